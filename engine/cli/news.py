"""What a worker tells while it works, in words or as a line of JSON each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.audit.signing.sealing import SignedAgain, Unsigned
from engine.cli.command import Session
from engine.cli.draining import MANY, Drain
from engine.cli.signing import lasted
from engine.cli.telling import Told
from engine.errors import Unavailable
from engine.ports import Json
from engine.runtime.firing import Aside, Fired, Mass
from engine.runtime.requests import Held, Lost, Recorded, trouble_told
from engine.runtime.service import Result
from engine.runtime.timers import Away
from engine.runtime.worker import Progress
from engine.words import LANGUAGES

if TYPE_CHECKING:
    from engine.runtime.service import Service


@dataclass(slots=True)
class Newsreader:
    """Standard output has what was recorded, standard error what is in the way.

    ``due`` counts the instances that have something due now. ``ticks`` are seconds.
    """

    session: Session
    service: Service
    is_json: bool
    due: Callable[[], int]
    ticks: Callable[[], float] = time.monotonic
    warned: dict[str, int] = field(default_factory=dict)
    drain: Drain | None = None

    def tell(self, news: Any) -> None:
        match news:
            case Fired():
                self.fired(news)
            case Recorded():
                self.recorded(news)
            case Progress():
                self.progress(news)
            case Held():
                self.held(news)
            case Lost():
                key = news.request.key
                self.session.warn(self.session.say("cli.worker_lost", key=key))
            case Mass():
                self.mass(news)
            case _:
                self.around(news)

    def around(self, news: Any) -> None:
        """What is no news of an instance: the database, and who signs."""
        match news:
            case Away():
                self.away(news)
            case Unsigned():
                self.unsigned(news)
            case SignedAgain():
                told = self.session.say("seal.worker_signed", size=news.size)
                self.session.warn(told)

    # -- what was recorded

    def fired(self, news: Fired) -> None:
        # a database that is away is told by who needs it more
        with suppress(Unavailable):
            self.drained(news)
        if self.drain is None or self.is_json:
            for result in news.results:
                self.entries(result, {})
        for aside in news.aside:
            self.aside(aside)
        if not news.is_more:
            self.drain = None

    def drained(self, news: Fired) -> None:
        """How far a mass is. People who read are not told of each instance then."""
        now, count = self.ticks(), len(news.results)
        if self.drain is None and news.is_more and count + (due := self.due()) >= MANY:
            self.drain = Drain(began=now)
            self.session.warn(self.session.say("cli.worker_drain", count=count + due))
        drain = self.drain
        if drain is None:
            return
        drain.done += count
        told = {"done": drain.done, "rate": drain.rate(now)}
        if not news.is_more:
            self.session.warn(self.session.say("cli.worker_drained", **told))
        elif drain.is_news(now):
            of = drain.done + self.due()
            self.session.warn(self.session.say("cli.worker_draining", of=of, **told))

    def recorded(self, news: Recorded) -> None:
        request, ended = news.task.request, news.ended
        done = ended.done
        told: dict[str, Json] = {
            "request": request.key,
            "action": request.action,
            "node": request.node,
            "outcome": "succeeded" if ended.sort == "done" else "failed",
            "cause": ended.sort if ended.sort in {"timed_out", "crashed"} else None,
            "detail": ended.detail,
            "files": [one.name for one in done.files] if done else [],
        }
        self.entries(news.result, told)
        if not self.is_json:
            code = f"cli.worker_{told['outcome']}"
            line = self.session.say(
                code, action=request.action, node=request.node, detail=ended.detail
            )
            self.session.print(f"  {line}")

    def entries(self, result: Result, more: dict[str, Json]) -> None:
        told = Told(self.session, self.service.plan_of(result.instance))
        if self.is_json:
            line = {**told.json((), result), **more}
            self.session.print(json.dumps(line, ensure_ascii=False))
        else:
            self.session.print(f"{result.instance}  {result.at:%Y-%m-%d %H:%M}Z")
            told.print((), result)

    # -- what is in the way

    def progress(self, news: Progress) -> None:
        request = news.request
        told = self.session.say(
            "cli.worker_progress",
            action=request.action,
            node=request.node,
            done=news.done,
            of=news.of,
        )
        self.session.warn(told)

    def held(self, news: Held) -> None:
        request = news.request
        if self.is_json:
            why = {one: trouble_told(news.trouble, one) for one in LANGUAGES}
            until = news.until.isoformat() if news.until else None
            line: dict[str, Json] = {
                "instance": request.instance,
                "request": request.key,
                "action": request.action,
                "node": request.node,
                "until": until,
                "held": why,
            }
            self.session.print(json.dumps(line, ensure_ascii=False))
            return
        told = self.session.say(
            "cli.worker_held" if news.until else "cli.worker_parked",
            action=request.action,
            node=request.node,
            why=trouble_told(news.trouble, self.session.language),
            until=_told(news.until) if news.until else "",
        )
        self.session.warn(told)

    def aside(self, news: Aside) -> None:
        if self.warned.get(news.instance) == news.tries:
            return
        self.warned[news.instance] = news.tries
        why = self._why(news.trouble)
        told = self.session.say(
            "cli.worker_aside", instance=news.instance, why=why, until=_told(news.until)
        )
        self.session.warn(told)

    def _why(self, trouble: Exception) -> str:
        speaks = getattr(trouble, "say", None)
        return str(speaks(self.session.language)) if speaks else repr(trouble)

    def mass(self, news: Mass) -> None:
        told = self.session.say(
            "cli.worker_mass",
            count=news.count,
            earliest=_told(news.earliest),
            latest=_told(news.latest),
        )
        self.session.warn(told)

    def away(self, news: Away) -> None:
        told = self.session.say(
            "cli.worker_away",
            why=self._why(news.trouble),
            seconds=int(news.pause.total_seconds()),
        )
        self.session.warn(told)

    def unsigned(self, news: Unsigned) -> None:
        lasts = ""
        if news.since is not None:
            time = lasted(self.session, news.since, datetime.now(UTC))
            lasts = self.session.say("seal.lasted", lasted=time)
        why = news.trouble[self.session.language]
        told = self.session.say("seal.worker_unsigned", lasted=lasts, why=why)
        self.session.warn(told)


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
