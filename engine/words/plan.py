"""Sentences of plans."""

MESSAGES: dict[str, tuple[str, str]] = {}
