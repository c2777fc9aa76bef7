"""A PostgreSQL server that the campaigns may take away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as found:
        yield found
