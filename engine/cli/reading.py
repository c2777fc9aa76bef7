"""How commands that only read look at instances: at their own moment, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from engine.cli.command import Session
from engine.cli.moment import now_of
from engine.words import bilingual

if TYPE_CHECKING:
    from engine.runtime.service import Service
    from engine.views.status import Reader

REQUESTS_MAX: Final = 100_000
"""Open requests that are counted."""
NAMES_MAX: Final = 6
"""Names of people on a line; more are told as a number."""


def reader_of(service: Service, instance: str) -> Reader:
    """An instance as it stands now; raises UnknownInstance."""
    from engine.views.status import Reader

    live = service.look(instance)
    requests = service.journal.open_requests(instance=instance, limit=REQUESTS_MAX)
    return Reader(
        known=live.known,
        instance=live.instance,
        timers=live.timers,
        requests=len(requests),
        now=now_of(live, None),
    )


def readers(service: Service, instance: str | None = None) -> Iterator[Reader]:
    """One instance, or all of them by id."""
    if instance is not None:
        yield reader_of(service, instance)
        return
    for head in service.journal.heads():
        yield reader_of(service, head.instance)


# -- in words


def text(session: Session, said: Any) -> str:
    """One language of what a view says."""
    return bilingual(said, session.language)


def who(session: Session, people: Any) -> str:
    """People by the name of their party, else by their own names."""
    names = list(people["who"])
    if people["party"] is not None:
        return text(session, people["party"])
    if not names:
        return session.say("view.nobody")
    shown = session.say("view.people", who=names[:NAMES_MAX])
    if len(names) > NAMES_MAX:
        return session.say("view.and_others", who=shown, count=len(names))
    return shown


def minute(moment: str | None) -> str:
    """A moment of a view to the minute; a day that is over is told as that day."""
    if moment is None:
        return "–"
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"


def due_day(moment: str | None) -> str:
    """The last day on which something is in time: midnight belongs to the day."""
    if moment is None:
        return "–"
    at = datetime.fromisoformat(moment)
    return f"{at - timedelta(microseconds=1):%Y-%m-%d}"
