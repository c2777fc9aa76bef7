"""What is published, as pages of HTML and a feed. No action by itself.

Pages have no script and load nothing; their policy says so to the browser. All that
comes from outside is escaped; the same items make the same bytes.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from pydantic import Field

from actions.papers.wording import Wording
from actions.parameters import Language, Shape, Zone, printable

if TYPE_CHECKING:
    from jinja2 import Environment

FEED_MAX: Final = 100
"""Newest items that the feed tells; the list of all has every one."""
SUMMARY_MAX: Final = 2_000
"""Characters of an item's text in the feed."""
FEED_YEAR: Final = 2000
"""A name for ever needs a year in which it could have been given; any will do."""
THOUSAND: Final = 1_000
TITLE: Final = "公开栏 · Public notices"
ATOM: Final = "http://www.w3.org/2005/Atom"
_TEMPLATES: Final = Path(__file__).parent / "templates"
_TAGS: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "zh": {
        "all": "全部公开事项",
        "plan": "所属方案",
        "published": "公开日期",
        "place": "公开方式",
        "audience": "公开对象",
        "files": "附件",
    },
    "en": {
        "all": "All notices",
        "plan": "Plan",
        "published": "Published",
        "place": "Where",
        "audience": "For",
        "files": "Attachments",
    },
}


class Attachment(Shape):
    """A file that is offered with an item."""

    name: str
    """As readers see it and keep it."""
    stored: str
    """In the folder: digest and a harmless ending."""
    sha256: str
    size: int

    @property
    def readable(self) -> str:
        """``812 B``, ``1.5 MB``."""
        size, unit = float(self.size), "B"
        for larger in ("KB", "MB"):
            if size >= THOUSAND:
                size, unit = size / THOUSAND, larger
        return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


class Item(Shape):
    """What is published once. Kept as JSON beside its page, to list it again."""

    id: str = Field(pattern="^[0-9a-f]{32}$")
    at: datetime
    """Engine time of the move that asked, UTC."""
    zone: Zone
    lang: Language
    title: str
    plan: str
    place: str = ""
    audience: str = ""
    paragraphs: list[str] = Field(default=[])
    files: list[Attachment] = Field(default=[])

    @property
    def stamp(self) -> str:
        """For machines: RFC 3339."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    @property
    def day(self) -> str:
        """For readers."""
        wording = Wording(self.lang, self.zone)
        return wording.day(wording.day_of(self.at))

    @property
    def tag(self) -> str:
        """Of the language, for HTML and XML."""
        return _TAGS[self.lang]


def page(item: Item) -> bytes:
    """An item's own page."""
    words = {**_WORDS[item.lang], "tag": item.tag}
    return _rendered("page.html", item=item, words=words)


def index(items: Sequence[Item], *, title: str) -> bytes:
    """The list of all, newest first."""
    return _rendered("index.html", items=newest_first(items), title=title or TITLE)


def newest_first(items: Sequence[Item]) -> list[Item]:
    """By time, and what was asked for at one moment by name, so always the same."""
    return sorted(items, key=lambda item: (item.at, item.id), reverse=True)


def feed(items: Sequence[Item], *, first: str, title: str, url: str) -> bytes:
    """Atom (RFC 4287). ``first`` is the id of the first item there ever was here.

    ``url`` ends with a stroke; without it, links are told relative to the feed.
    """
    newest = newest_first(items)[:FEED_MAX]
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "zh-CN"})
    _add(root, "id", _tag(f"feed:{first}", year=FEED_YEAR))
    _add(root, "title", title or TITLE)
    _add(root, "updated", newest[0].stamp)
    _add(_add(root, "author"), "name", title or TITLE)
    _add(root, "link", rel="self", href=f"{url}feed.xml", type="application/atom+xml")
    _add(root, "link", rel="alternate", href=f"{url}index.html", type="text/html")
    for item in newest:
        _entry(root, item, url=url)
    ElementTree.indent(root, " ")
    written = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'.encode()


def _entry(root: ElementTree.Element, item: Item, *, url: str) -> None:
    entry = _add(root, "entry", **{"xml:lang": item.tag})
    _add(entry, "id", _tag(item.id, year=item.at.astimezone(UTC).year))
    _add(entry, "title", item.title, type="text")
    _add(entry, "published", item.stamp)
    _add(entry, "updated", item.stamp)
    _add(entry, "link", rel="alternate", href=f"{url}{item.id}.html", type="text/html")
    for file in item.files:
        _add(
            entry,
            "link",
            rel="enclosure",
            href=f"{url}{file.stored}",
            length=str(file.size),
            title=file.name,
        )
    _add(entry, "category", term=item.plan)
    text = "\n".join(item.paragraphs)
    cut = text[:SUMMARY_MAX] + "…" if len(text) > SUMMARY_MAX else text
    _add(entry, "summary", cut, type="text")


def _add(
    parent: ElementTree.Element, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    # A record of long ago may hold what no feed can: one such would end all of it.
    fit = {key: printable(value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, name, fit)
    child.text = printable(text) or None
    return child


def _tag(name: str, *, year: int) -> str:
    """A name for ever (RFC 4151), wherever the folder is served.

    Nobody's domain ends with ``.invalid``: what is unique is the digest.
    """
    return f"tag:plangate.invalid,{year:04}:{name}"


def _rendered(name: str, **values: Any) -> bytes:
    from markupsafe import Markup

    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template(name)
    # Only the style is ours; all else is escaped.
    shown = template.render(style=Markup(style), policy=policy, **values)  # noqa: S704
    return shown.encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
