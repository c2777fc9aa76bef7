"""A history as an export takes it, for the tests of each form."""

from __future__ import annotations

import io
from typing import Any

from engine.audit.exports.record import Export, History
from engine.cli.telling import Telling


def history_of(service: Any, instance: str, language: str = "zh") -> History:
    plan = service.look(instance).plan
    head = service.journal.head(instance)
    return History(
        head=head,
        plan=plan,
        language=language,
        read=lambda: service.journal.entries(instance, limit=head.revision),
        told=Telling(plan, language).event,
    )


def exported(form: Any, *histories: History, case: str = "instance") -> bytes:
    """The bytes of the file; ``form`` is the module that writes it."""
    out = io.BytesIO()
    language = histories[0].language
    form.write(Export(histories=histories, language=language, case=case), out)
    return out.getvalue()
