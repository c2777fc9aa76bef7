"""Draws the picture of the README from a real run.

    python docs/pictures/campaign.py

Runs ``plangate demo`` in an empty folder, asks the database it made for its history
and its status, and draws what happened: a bar for each stage and link from its
opening to its closing, and a mark for each refusal, override and new round.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("campaign.svg")
INSTANCE = "maguan-2009"
REGISTERS = {"问题": "整改落实.解决突出问题"}
"""The link in which the items of a register are worked."""
LEFT, RIGHT, TOP, ROW, WIDTH = 300, 24, 64, 25, 1000
FIRST, LAST = date(2009, 4, 1), date(2009, 9, 5)
INK, PAPER, LINE = "#24292f", "#ffffff", "#d8dee4"
STAGE, LINK, REFUSED, PASSED, ROUND = (
    "#0969da",
    "#9cc9f5",
    "#cf222e",
    "#bf8700",
    "#8250df",
)


def asked(folder: str, *words: str) -> Any:
    """What a command of plangate prints, read as JSON if it was asked for."""
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "engine", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout) if "--json" in words else None


def across(day: date) -> float:
    return LEFT + (day - FIRST).days / (LAST - FIRST).days * (WIDTH - LEFT - RIGHT)


def day_of(entry: Mapping[str, Any]) -> date:
    return date.fromisoformat(entry["at"][:10])


def drawn(nodes: Sequence[Mapping[str, Any]], entries: Sequence[Any]) -> Iterator[str]:
    for number, node in enumerate(nodes):
        y = TOP + number * ROW
        is_stage = node["kind"] == "stage"
        weight = "600" if is_stage else "400"
        indent = 16 if is_stage else 32
        yield (
            f'<text x="{indent}" y="{y + 14}" font-weight="{weight}">'
            f"{escape(node['title']['zh'])}</text>"
        )
        mine = [e for e in entries if is_within(e["node"], node["node"])]
        own = [e for e in mine if e["node"] == node["node"] and e["type"] == "moved"]
        if own:
            yield bar(y, day_of(own[0]), day_of(own[-1]), is_stage=is_stage)
        if not is_stage:
            yield from marks(y, mine)


def is_within(node: str | None, link: str) -> bool:
    register = (node or "").partition("#")[0]
    inside = REGISTERS.get(register, node or "")
    return inside == link or inside.startswith((f"{link}.", f"{link}["))


def bar(y: int, start: date, end: date, *, is_stage: bool) -> str:
    x, width = across(start), max(across(end) - across(start), 4)
    height, colour = (6, STAGE) if is_stage else (14, LINK)
    top = y + (6 if is_stage else 2)
    return (
        f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{height}" '
        f'rx="3" fill="{colour}"/>'
    )


def marks(y: int, entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in entries:
        colour = colour_of(entry)
        if colour is not None:
            x = across(day_of(entry))
            yield f'<circle cx="{x:.1f}" cy="{y + 9}" r="3.2" fill="{colour}"/>'


def colour_of(entry: Mapping[str, Any]) -> str | None:
    data = entry["data"]
    if entry["type"] == "refused":
        return REFUSED
    if entry["type"] != "moved":
        return None
    if data["move"] == "override":
        return PASSED
    return ROUND if data["move"] in {"fail", "redo"} else None


def months(height: int) -> Iterator[str]:
    day = FIRST
    while day <= LAST:
        x = across(day)
        yield (
            f'<line x1="{x:.1f}" y1="48" x2="{x:.1f}" y2="{height - 40}" '
            f'stroke="{LINE}"/>'
        )
        yield f'<text x="{x + 4:.1f}" y="46" fill="#57606a">{day.month}月</text>'
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def legend(height: int, counted: Mapping[str, int]) -> Iterator[str]:
    x = 16
    for colour, words in (
        (REFUSED, f"关口没有放行 refused {counted[REFUSED]}"),
        (PASSED, f"经批准放行 override {counted[PASSED]}"),
        (ROUND, f"返工 new round {counted[ROUND]}"),
    ):
        yield f'<circle cx="{x}" cy="{height - 20}" r="4" fill="{colour}"/>'
        yield f'<text x="{x + 10}" y="{height - 15}">{words}</text>'
        x += 250


def picture(status: Mapping[str, Any], entries: Sequence[Any]) -> str:
    nodes = [one for one in status["nodes"] if one["kind"] in {"stage", "link"}]
    height = TOP + len(nodes) * ROW + 48
    links = [one["node"] for one in nodes if one["kind"] == "link"]
    inside = [e for e in entries if any(is_within(e["node"], link) for link in links)]
    found = [colour_of(entry) for entry in inside]
    counted = {colour: found.count(colour) for colour in (REFUSED, PASSED, ROUND)}
    title = escape(status["title"]["zh"])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        f'<text x="16" y="26" font-size="15" font-weight="600">{title} · '
        f"{status['revision']} 条记录</text>",
        *months(height),
        *drawn(nodes, entries),
        *legend(height, counted),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = ("--db", "sqlite:///campaign.db")
        asked(folder, "demo", *database)
        status = asked(folder, "status", INSTANCE, "--json", *database)
        history = asked(folder, "history", INSTANCE, "--json", *database)
    TARGET.write_text(picture(status, history["entries"]), encoding="utf-8")


if __name__ == "__main__":
    main()
