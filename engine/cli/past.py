"""How commands that read ask for an earlier moment, by either of two clocks."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import click

from engine.cli.command import Session
from engine.cli.layout import columns, wrapped
from engine.errors import BadInput, Unavailable, UnknownEntry
from engine.plan.readers import read_date, read_datetime
from engine.plan.values import ValueReadError
from engine.words import LANGUAGES, say

if TYPE_CHECKING:
    from engine.audit.past.travel import KnownAt, Until
    from engine.core.instance import Instance
    from engine.plan.graph import Plan
    from engine.runtime.service import Live, Service
    from engine.views.status import Reader

as_of: Final = click.option("--as-of", metavar="TIME", help="view.opt_as_of")
known_at: Final = click.option(
    "--known-at", type=click.IntRange(min=1), metavar="N", help="view.opt_known_at"
)
MIDNIGHT: Final = time(0)
_MOMENT: Final = timedelta(microseconds=1)


def until_of(
    session: Session,
    service: Service,
    instance: str,
    *,
    as_of: str | None,
    known_at: int | None,
) -> Until | None:
    """The moment that is asked for; None: now. Raises NotInLogYet, BeyondLog."""
    from engine.audit.past.travel import AsOf

    if as_of is not None and known_at is not None:
        raise click.UsageError(session.say("view.one_clock"))
    if known_at is not None:
        return _known_at(service, instance, known_at)
    if as_of is None:
        return None
    return AsOf(end_of(as_of, service.plan_of(instance), "--as-of"))


def _known_at(service: Service, instance: str, size: int) -> KnownAt:
    from engine.audit.past import travel

    journal = service.journal
    # what is recorded gets its place now, as it would with the next checkpoint; of a
    # database that cannot be written to, what has one is asked
    with suppress(Unavailable):
        journal.log.number()
    last = service.look(instance).instance.revision
    return travel.known_at(journal.log, instance, size, last=last)


def either(text: str, live: Live, option: str) -> Until:
    """A time, a day, or a whole number: of an entry. Raises UnknownEntry, BadInput."""
    from engine.audit.past.travel import AsOf, UpTo

    if not (text.isascii() and text.isdigit()):
        return AsOf(end_of(text, live.plan, option))
    seq, last = int(text), live.instance.revision
    if not 1 <= seq <= last:
        raise UnknownEntry(instance=live.instance.id, seq=seq, last=last)
    return UpTo(seq)


def end_of(text: str, plan: Plan, option: str) -> datetime:
    """A time in the plan's zone; a day is meant whole. Raises BadInput."""
    try:
        day = read_date(text) + timedelta(days=1)
    except ValueReadError:
        return _time(text, plan, option)
    return datetime(day.year, day.month, day.day, tzinfo=plan.zone) - _MOMENT


def _time(text: str, plan: Plan, option: str) -> datetime:
    try:
        return read_datetime(text, plan.zone).astimezone(plan.zone)
    except ValueReadError as wrong:
        what = {
            language: say("view.day_alone", language, wrong=wrong.say(language))
            for language in LANGUAGES
        }
        raise BadInput(node="plangate", move=option, what=what) from None


def told(session: Session, until: Until) -> str:
    """A moment as it was asked for: a time, a day, or an entry."""
    from engine.audit.past.travel import AsOf

    if not isinstance(until, AsOf):
        return session.say("view.which_entry", seq=until.seq)
    if (until.at + _MOMENT).time() == MIDNIGHT:
        return session.say("view.whole_day", day=f"{until.at:%Y-%m-%d}")
    return until.asked()


def stood_at(service: Service, live: Live, until: Until) -> Instance:
    """The instance as it stood; raises NotYet."""
    from engine.audit.past import travel

    return travel.stood_at(service.journal, live.instance, until)


def reader_then(service: Service, instance: str, until: Until) -> Reader:
    """An instance as it stood, looked at then; raises UnknownInstance, NotYet.

    By engine time it is judged at the moment that was asked for, by a size of the log
    at the time of its last entry among so many.
    """
    from engine.audit.past.travel import AsOf
    from engine.core.agenda import timers_of
    from engine.core.facts import Known
    from engine.views.status import Reader

    live = service.look(instance)
    then = stood_at(service, live, until)
    assert then.at is not None
    return Reader(
        known=Known(live.plan, then.id, then.facts, revision=then.revision),
        instance=then,
        timers=timers_of(live.plan, then),
        requests=sum(key.startswith("q/") for key in then.facts),
        now=until.at if isinstance(until, AsOf) else then.at,
    )


def reader_for(service: Service, instance: str, until: Until | None) -> Reader:
    """An instance as it stands now, or as it stood."""
    from engine.cli.reading import reader_of

    if until is None:
        return reader_of(service, instance)
    return reader_then(service, instance, until)


def print_then(
    session: Session, service: Service, reader: Reader, until: Until
) -> None:
    """Says that this is how it stood, and how much has been recorded since."""
    from engine.audit.past.travel import KnownAt
    from engine.cli.moment import now_of

    live = service.look(reader.instance.id)
    later = live.instance.revision - reader.instance.revision
    said = {"revision": reader.instance.revision, "later": later}
    if isinstance(until, KnownAt):
        now = f"{reader.now.astimezone(reader.known.zone):%Y-%m-%d %H:%M}"
        code, said = "view.as_it_was_known", {**said, "size": until.size}
    else:
        now = told(session, until)
        is_future = reader.now > now_of(live, None)
        present = "view.as_it_will" if is_future else "view.as_it_stands"
        code = "view.as_it_stood" if later else present
    session.print(wrapped(session.say(code, now=now, **said), columns()))
