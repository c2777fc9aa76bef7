"""Publishing: a page for the audience, with its files, a list of all and a feed.

Pages are plain files in a folder of the office, which any web server can serve. A
second run of a request writes the same page again: its name comes from the request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from actions.pages.page import Attachment, Item, page
from actions.papers.wording import Wording
from actions.parameters import (
    Language,
    Paper,
    Parties,
    Shape,
    Text,
    Zone,
    in_language,
    listed,
    one_line,
    undirected,
)
from engine.action import (
    Action,
    Attempt,
    Done,
    Failed,
    Made,
    Setting,
    TryAgain,
    file_name,
)

FOLDER: Final = "PLANGATE_PUBLIC"
URL: Final = "PLANGATE_PUBLIC_URL"
TITLE: Final = "PLANGATE_PUBLIC_TITLE"
PARTS_MAX: Final = 100
FILES_MAX: Final = 50
TITLE_MAX: Final = 80
"""Characters of ``what`` that can be a title; a longer one is text."""
SHOWN_MAX: Final = 20
"""Parties that a page names; of more, it tells how many there are."""
_HARMLESS: Final = frozenset(
    {".pdf", ".ofd", ".docx", ".doc", ".wps", ".odt", ".xlsx", ".xls", ".et", ".ods"}
    | {".pptx", ".ppt", ".dps", ".odp", ".txt", ".csv", ".ics", ".zip", ".mp3", ".mp4"}
    | {".png", ".jpg", ".jpeg", ".gif", ".webp"}
)
"""Endings that no server tells a browser to run; all others become ``.bin``."""
Parts: TypeAlias = Annotated[
    list[Paper | Text], BeforeValidator(listed), Field(max_length=PARTS_MAX)
]
Texts: TypeAlias = Annotated[
    list[Text], BeforeValidator(listed), Field(max_length=PARTS_MAX)
]
Papers: TypeAlias = Annotated[
    list[Paper], BeforeValidator(listed), Field(max_length=FILES_MAX)
]


class Parameters(Shape):
    """What a plan says of the page."""

    what: Parts = Field(default=[])
    """Texts, and files or versions of deliverables."""
    to: Parties = Field(default=[])
    place: Text | None = None
    """Where else it is made known: 公开栏, 政府网站."""
    title: Text | None = None
    text: Texts = Field(default=[])
    attach: Papers = Field(default=[])
    lang: Language = "zh"
    zone: Zone = "Asia/Shanghai"

    @property
    def papers(self) -> list[Paper]:
        """Every file, each content once."""
        named = [part for part in self.what if isinstance(part, Paper)]
        return list({paper.sha256: paper for paper in (*named, *self.attach)}.values())


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Write page, files, list and feed; the page is also kept beside the history.

    Raises TryAgain where the folder cannot be written, Failed where a file or the
    address of the folder is not what it should be.
    """
    item = _item(parameters, attempt)
    name = file_name(undirected(item.title), instead=item.id)
    kept = Made(name=f"{name.removesuffix('.html')}.html", content=page(item))
    folder = attempt.settings.get(FOLDER)
    if not folder:
        return Done(detail=_SAYS["nowhere"][parameters.lang], files=(kept,))
    files = {file.stored: attempt.files[file.sha256] for file in item.files}
    _put(item, files, attempt=attempt)
    return Done(detail=f"{item.id}.html", files=(kept,))


def _put(item: Item, files: dict[str, bytes], *, attempt: Attempt) -> None:
    from actions.pages.noticeboard import Damaged, Noticeboard

    board = Noticeboard(
        Path(attempt.settings[FOLDER]),
        title=one_line(attempt.settings.get(TITLE, "")),
        url=_address(attempt.settings.get(URL, ""), lang=item.lang),
    )
    try:
        board.put(item, files)
    except OSError as error:
        why = _SAYS["unwritten"][item.lang].format(why=error.strerror or "?")
        raise TryAgain(why) from error
    except Damaged as damaged:
        raise TryAgain(_SAYS["damaged"][item.lang].format(record=damaged)) from damaged


def _address(url: str, *, lang: Language) -> str:
    """With a stroke at its end; none is none. Raises Failed."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname
        wrong = wrong or bool(parts.query or parts.fragment or parts.username)
    except ValueError:
        wrong = True
    if wrong:
        raise Failed(_SAYS["address"][lang])
    return url.rstrip("/") + "/"


def _item(parameters: Parameters, attempt: Attempt) -> Item:
    lang = parameters.lang
    wording = Wording(lang, parameters.zone)
    said = [
        wording.text(part) for part in parameters.what if not isinstance(part, Paper)
    ]
    title = one_line(wording.text(parameters.title))
    if not title and said and len(said[0]) <= TITLE_MAX and "\n" not in said[0].strip():
        title, *said = said
    node = in_language(attempt.titles.get("node", attempt.node), lang)
    plan = in_language(attempt.titles.get("plan", attempt.instance), lang)
    said += [wording.text(text) for text in parameters.text]
    return Item(
        id=hashlib.sha256(attempt.key.encode()).hexdigest()[:32],
        at=attempt.requested,
        zone=parameters.zone,
        lang=lang,
        title=one_line(title) or one_line(node) or "–",
        plan=one_line(plan),
        place=one_line(wording.text(parameters.place)),
        audience=_audience(parameters.to, attempt, lang=lang),
        paragraphs=[*_paragraphs(said)],
        files=[_attachment(paper, attempt, lang=lang) for paper in parameters.papers],
    )


def _paragraphs(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from (line.strip() for line in text.split("\n") if line.strip())


def _audience(parties: list[str], attempt: Attempt, *, lang: Language) -> str:
    """Parties by title; a long list is told by its beginning and its length."""
    shown = [
        one_line(in_language(attempt.people.get(party, {}).get("title") or party, lang))
        for party in parties[:SHOWN_MAX]
    ]
    names = {"zh": "、", "en": ", "}[lang].join(shown)
    if len(parties) > SHOWN_MAX:
        names += _SAYS["more"][lang].format(all=len(parties))
    return names


def _attachment(paper: Paper, attempt: Attempt, *, lang: Language) -> Attachment:
    content = attempt.files.get(paper.sha256)
    if content is None:
        raise Failed(_SAYS["no_file"][lang].format(digest=paper.sha256[:12]))
    ending = Path(paper.shown).suffix.lower()
    return Attachment(
        name=paper.shown,
        # A name from outside is shown and never becomes one of the folder.
        stored=paper.sha256 + (ending if ending in _HARMLESS else ".bin"),
        sha256=paper.sha256,
        size=len(content),
    )


_SAYS: Final[dict[str, dict[Language, str]]] = {
    "nowhere": {
        "zh": f"未设置公开文件夹（{FOLDER}），网页只随本条记录保存",
        "en": f"no folder to publish in is set ({FOLDER}); the page is kept here only",
    },
    "unwritten": {
        "zh": "公开文件夹写不进去（{why}）；请确认文件夹存在、可写、有空间",
        "en": "the folder to publish in cannot be written ({why}); see that it is "
        "there, may be written and has room",
    },
    "damaged": {
        "zh": "公开文件夹里的记录 {record} 已损坏；请从备份恢复或删去，再试",
        "en": "the record {record} in the folder to publish in is damaged; restore it "
        "from a backup or delete it, then try again",
    },
    "address": {
        "zh": f"{URL} 要写 http 或 https 网址，不带问号、井号和账号；请改正设置",
        "en": f"{URL} has to be an http or https address without ?, # and user; "
        "correct the setting",
    },
    "no_file": {
        "zh": "文件 {digest}… 不在；请重新上传，再次提出",
        "en": "the file {digest}… is not there; hand it in again and ask once more",
    },
    "more": {"zh": "等{all}人（单位）", "en": " and others, {all} in all"},
}


def _settings() -> tuple[Setting, ...]:
    return (
        Setting(
            name=FOLDER,
            what={
                "zh": "公开网页所在的文件夹，要先建好",
                "en": "folder of the public pages; it has to be there",
            },
        ),
        Setting(
            name=URL,
            what={
                "zh": "该文件夹对外的网址，供订阅源写完整链接",
                "en": "its address on the web, for full links in the feed",
            },
        ),
        Setting(
            name=TITLE,
            what={"zh": "公开栏的名称", "en": "what the whole is called"},
        ),
    )


ACTION: Final = Action(
    name="publish",
    title={"zh": "公开发布", "en": "publish"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "写出逐字节相同的同一网页，目录和订阅源里仍只有一条",
        "en": "writes the same page with the same bytes; list and feed have it once",
    },
    settings=_settings(),
)
