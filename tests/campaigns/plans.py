"""The plan of a campaign, and what its clock must do: by counting, without the engine.

Each instance has strokes at given moments (each calls the desk), a round that comes
twice a day (each time a mail), a term that ends at a midnight, and an errand at which
somebody asks for calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MOVES = ("strike", "announce", "lapse")
"""What the clock of a campaign is asked about."""
LAST = timedelta(days=9)
"""So long after the campaign the plan's last day is."""
KINDS = {
    "stroke": """\
kind: stroke
title: {zh: 钟点, en: stroke}
extends: activity
fields:
  moment: {type: datetime, required: true}
  text: {type: text, required: true}
states:
  struck: {title: {zh: 已敲响, en: struck}}
  done: {title: {zh: 已到, en: arrived}, done: true, final: true}
  failed: {title: {zh: 未到, en: lost}, done: true, final: true}
moves:
- name: strike
  from: open
  to: struck
  at: moment
  then: [{action: webhook, with: {url: 'DESK', body: $text}}]
- {name: arrive, from: struck, to: done, on: succeeded}
- {name: fail, from: struck, to: failed, on: failed}
""",
    "round": """\
kind: round
title: {zh: 巡查, en: round}
extends: span
moves:
- name: announce
  from: open
  to: same
  every: recurs
  then: [{action: mail, with: {to: $owner, subject: 巡查, text: 请巡查}}]
""",
    "term": """\
kind: term
title: {zh: 限办, en: term}
extends: span
states:
  lapsed: {title: {zh: 已过期, en: lapsed}, done: true, final: true}
moves:
- {name: lapse, from: open, to: lapsed, when: [now >= due]}
""",
    "errand": """\
kind: errand
title: {zh: 跑腿, en: errand}
extends: span
moves:
- name: ask
  from: open
  to: same
  by: owner
  takes: {text: {type: text}}
  then: [{action: webhook, with: {url: 'DESK', body: $text}}]
""",
}
PLAN = """\
plan: test/campaign
title: {zh: 战役, en: campaign}
zone: Asia/Shanghai
calendar: weekdays
window: {from: FIRST, to: LAST}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}}
attempts:
  webhook: {tries: 1000, wait: 1 seconds, longest: 1 seconds}
  mail: {tries: 1000, wait: 1 seconds, longest: 1 seconds}
stages:
- id: 阶段
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 跑腿, kind: errand}
    - {id: 巡查, kind: round, recurs: {every: 1 days, at: [TIMES]}}
    - {id: 限办, kind: term, due: DUE}
"""
STROKE = (
    "    - {{id: {id}, kind: stroke, moment: '{at:%Y-%m-%dT%H:%M:%SZ}', text: {id}}}\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the clock does to every instance of a campaign that begins at ``start``."""

    start: datetime
    """In whole seconds."""
    strokes: tuple[datetime, ...]
    before: timedelta = timedelta(days=2)
    """So long before, the instances began; nobody looked since."""

    @property
    def begun(self) -> datetime:
        return self.start - self.before

    @property
    def times(self) -> tuple[time, time]:
        """Of the round: in the plan's zone, and hours away from the campaign itself."""
        local = self.start.astimezone(ZONE).replace(minute=0, second=0)
        first, second = (local + timedelta(hours=hours) for hours in (6, 18))
        return first.time(), second.time()

    @property
    def term(self) -> date:
        """The last day of the term: yesterday, seen from the campaign."""
        return (self.start - timedelta(days=1)).astimezone(ZONE).date()

    def due(self, until: datetime) -> list[tuple[datetime, str, str]]:
        """(due, node, move) of everything up to a moment, in order."""
        found = [
            (at, f"阶段.环节.{stroke_id(number)}", "strike")
            for number, at in enumerate(self.strokes)
        ]
        day = self.begun.astimezone(ZONE).date()
        # its last day belongs to a term
        midnight = datetime.combine(self.term + timedelta(days=1), time.min, ZONE)
        found.append((midnight.astimezone(UTC), "阶段.环节.限办", "lapse"))
        last = self.start.astimezone(ZONE).date() + LAST
        while day <= min(last, until.astimezone(ZONE).date()):
            for at in self.times:
                moment = datetime.combine(day, at, ZONE).astimezone(UTC)
                found.append((moment, "阶段.环节.巡查", "announce"))
            day += timedelta(days=1)
        return sorted(one for one in found if self.begun < one[0] <= until)

    def write(self, folder: Path, *, desk: int) -> Path:
        """The plan with its kinds, as files; ``desk`` is the port that is called."""
        kinds = folder / "kinds"
        kinds.mkdir()
        for name, text in KINDS.items():
            called = text.replace("DESK", f"http://127.0.0.1:{desk}/")
            (kinds / f"{name}.yaml").write_text(called, encoding="utf-8")
        today = self.start.astimezone(ZONE).date()
        head = (
            PLAN.replace("FIRST", f"{today - LAST}")
            .replace("LAST", f"{today + LAST}")
            .replace("DUE", f"{self.term}")
            .replace("TIMES", ", ".join(f"{at:%H:%M}" for at in self.times))
        )
        strokes = (
            STROKE.format(id=stroke_id(number), at=at)
            for number, at in enumerate(self.strokes)
        )
        plan = folder / "plan.yaml"
        plan.write_text(head + "".join(strokes), encoding="utf-8")
        return plan


def stroke_id(number: int) -> str:
    return f"敲{number}"


def spread(start: datetime, *, before: int, after: int, seconds: float) -> Course:
    """Strokes of the last hour, and of the seconds to come; all at their own second.

    Several may fall into one second when there are more of them than seconds.
    """
    past = [start - timedelta(seconds=3_600 * n // (before + 1)) for n in range(before)]
    step = seconds / max(1, after)
    ahead = [start + timedelta(seconds=int(n * step) + 1) for n in range(after)]
    return Course(start=start, strokes=(*past, *ahead))
