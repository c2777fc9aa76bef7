"""The publish action: pages without script, a feed, and several workers at once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from actions.publish import ACTION, FOLDER, TITLE, URL, Parameters
from engine.action import Attempt, Done, Failed, TryAgain

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script> {{7*7}} {% raw %} %s {0.__class__} \"'&amp; </title> ]]>"
)
REPORT = b"%PDF-1.7 report"
DIGEST = hashlib.sha256(REPORT).hexdigest()
PAPER = {"sha256": DIGEST, "name": "剖析材料.pdf", "size": len(REPORT)}


class Page(HTMLParser):
    """A page as a browser takes it apart."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.tags[-1][0] if self.tags else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "public"
    place.mkdir()
    return place


def attempt(folder: Path | None = None, **given: Any) -> Attempt:
    asked = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    told: dict[str, Any] = {
        "key": "k1",
        "number": 1,
        "instance": "maguan",
        "node": "公开",
        "titles": {"plan": {"zh": "实施方案", "en": "the plan"}, "node": "公开结果"},
        "requested": asked,
        "now": asked,
        "people": {"县委办": {"title": "县委办公室"}},
        "files": {DIGEST: REPORT},
        "settings": {} if folder is None else {FOLDER: str(folder)},
    }
    return Attempt(**{**told, **given})


def published(during: Attempt, **asked: Any) -> Done:
    return ACTION.run(Parameters.model_validate(asked), during)


def page_of(done: Done) -> Page:
    (kept,) = done.files
    return Page(kept.content)


def entries(folder: Path) -> list[ElementTree.Element]:
    return ElementTree.parse(folder / "feed.xml").getroot().findall(f"{ATOM}entry")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_page_shows_what_for_whom_of_which_plan_and_when(folder: Path) -> None:
    done = published(
        attempt(folder),
        what="剖析材料及评议结果",
        to=["县委办", "甲"],
        place="公开栏",
        text=["第一段。\n第二段。"],
        attach=[PAPER],
    )
    page = Page((folder / done.detail).read_bytes())
    assert page.said("h1") == ["剖析材料及评议结果"]
    assert page.said("dt") == ["所属方案", "公开日期", "公开方式", "公开对象"]
    assert page.said("dd") == ["实施方案", "公开栏", "县委办公室、甲"]
    # The day as the office's own calendar shows it.
    assert page.said("time") == ["2026年3月2日"]
    assert page.said("p") == ["第一段。", "第二段。"]
    assert page.said("bdi") == ["剖析材料.pdf"]
    assert page.said("span") == ["15 B"]
    assert page.said("code") == [f"SHA-256 {DIGEST}"]
    assert (folder / f"{DIGEST}.pdf").read_bytes() == REPORT


def test_a_page_in_english_is_english_throughout(folder: Path) -> None:
    done = published(
        attempt(folder),
        lang="en",
        what={"zh": "结果", "en": "Results"},
        to=["甲", "乙"],
        place="Board",
    )
    page = page_of(done)
    assert page.all("html")[0]["lang"] == "en"
    assert page.said("h1") == ["Results"]
    assert page.said("dt") == ["Plan", "Published", "Where", "For"]
    assert page.said("dd") == ["the plan", "Board", "甲, 乙"]
    assert page.said("time") == ["2 March 2026"]


@pytest.mark.parametrize(
    ("asked", "title", "text"),
    [
        ({"what": "结果"}, "结果", []),
        ({"what": "结果", "title": "题"}, "题", ["结果"]),
        ({"what": "长" * 81}, "公开结果", ["长" * 81]),
        ({"what": "一\n二"}, "公开结果", ["一", "二"]),
        ({"what": ["题", "文", PAPER]}, "题", ["文"]),
        ({"what": PAPER}, "公开结果", []),
        ({}, "公开结果", []),
    ],
)
def test_the_title_is_what_is_said_first_or_the_node(
    asked: dict[str, Any], title: str, text: list[str]
) -> None:
    page = page_of(published(attempt(), **asked))
    assert page.said("h1") == [title]
    assert page.said("p") == text


def test_a_long_audience_is_told_by_its_beginning_and_its_length() -> None:
    many = [f"甲{n}" for n in range(200)]
    (audience,) = page_of(published(attempt(), to=many)).said("dd")[1:]
    assert audience.endswith("甲19等200人（单位）")
    assert "甲20" not in audience


def test_without_a_folder_the_page_is_kept_and_the_history_says_so() -> None:
    done = published(attempt(), what="结果", attach=[PAPER])
    assert done.files[0].name == "结果.html"
    assert "PLANGATE_PUBLIC" in done.detail
    assert page_of(done).said("h1") == ["结果"]


def test_what_is_published_is_also_kept_beside_the_history(folder: Path) -> None:
    done = published(attempt(folder), what="结果")
    assert done.files[0].content == (folder / done.detail).read_bytes()


def test_a_second_run_writes_the_same_page_and_lists_it_once(folder: Path) -> None:
    asked = {"what": "结果", "text": HOSTILE, "attach": [PAPER]}
    published(attempt(folder), **asked)
    before = files_of(folder)
    published(attempt(folder, number=2, now=datetime(2026, 4, 1, tzinfo=UTC)), **asked)
    assert files_of(folder) == before
    assert len(entries(folder)) == 1


def test_what_a_dead_process_left_is_made_good(folder: Path) -> None:
    published(attempt(folder), what="结果")
    whole = files_of(folder)
    (folder / "index.html").unlink()
    (folder / "feed.xml").unlink()
    (folder / ".items" / "new").write_bytes(b"half of a fi")
    published(attempt(folder), what="结果")
    assert files_of(folder) == whole


# -- the list and the feed


def put_three(folder: Path, **settings: str) -> None:
    for number, title in enumerate(("甲事", "乙事", "丙事")):
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)
        during = attempt(
            requested=at,
            key=f"k{number}",
            settings={FOLDER: str(folder), **settings},
        )
        published(during, what=title, text=title * 3_000, attach=[PAPER])


def test_the_list_has_every_item_newest_first(folder: Path) -> None:
    put_three(folder, **{TITLE: "办公室公开栏"})
    page = Page((folder / "index.html").read_bytes())
    assert page.said("h1") == ["办公室公开栏"]
    assert page.said("bdi")[::2] == ["丙事", "乙事", "甲事"]
    links = [str(one["href"]) for one in page.all("a")]
    assert len(links) == 4
    assert all((folder / link).is_file() for link in links)


def test_the_feed_is_valid_atom(folder: Path) -> None:
    put_three(folder)
    root = ElementTree.parse(folder / "feed.xml").getroot()
    assert root.tag == f"{ATOM}feed"
    for element in (root, *entries(folder)):
        for name in ("id", "title", "updated"):
            (child,) = element.findall(f"{ATOM}{name}")
            assert child.text
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert root.findtext(f"{ATOM}updated") == "2026-03-03T00:00:00Z"
    assert [one.findtext(f"{ATOM}title") for one in entries(folder)] == [
        "丙事",
        "乙事",
        "甲事",
    ]
    names = [element.findtext(f"{ATOM}id") for element in (root, *entries(folder))]
    assert len(set(names)) == 4
    assert all(str(name).startswith("tag:plangate.invalid,20") for name in names)


def test_an_entry_leads_to_its_page_and_its_files(folder: Path) -> None:
    put_three(folder)
    entry = entries(folder)[0]
    links = {one.get("rel"): one for one in entry.findall(f"{ATOM}link")}
    assert (folder / str(links["alternate"].get("href"))).is_file()
    assert links["enclosure"].get("href") == f"{DIGEST}.pdf"
    assert links["enclosure"].get("length") == str(len(REPORT))
    assert len(entry.findtext(f"{ATOM}summary") or "") == 2_001


def test_the_feed_keeps_its_name_when_more_is_published(folder: Path) -> None:
    published(attempt(folder, key="k9"), what="后")
    before = ElementTree.parse(folder / "feed.xml").getroot().findtext(f"{ATOM}id")
    put_three(folder)
    after = ElementTree.parse(folder / "feed.xml").getroot().findtext(f"{ATOM}id")
    assert before == after


def test_links_in_the_feed_are_full_where_the_address_is_known(folder: Path) -> None:
    put_three(folder, **{URL: "https://a.example/public"})
    root = ElementTree.parse(folder / "feed.xml").getroot()
    links = [str(one.get("href")) for one in root.iter(f"{ATOM}link")]
    assert all(link.startswith("https://a.example/public/") for link in links)


@pytest.mark.parametrize(
    "url",
    [
        *("a.example", "ftp://a.example", "javascript:alert(1)", "https://"),
        *("https://[/", "https://u:p@a.example/", "https://a.example/?a=1"),
        "https://a.example/#a",
    ],
)
def test_an_address_that_is_none_of_the_web_is_refused(folder: Path, url: str) -> None:
    during = attempt(settings={FOLDER: str(folder), URL: url})
    with pytest.raises(Failed, match="PLANGATE_PUBLIC_URL"):
        published(during, what="结果")
    assert files_of(folder) == {}


# -- what comes from outside


def test_hostile_texts_are_only_text(folder: Path) -> None:
    hostile = attempt(
        settings={FOLDER: str(folder), TITLE: HOSTILE},
        titles={"plan": HOSTILE, "node": HOSTILE},
        people={"甲": {"title": HOSTILE}},
    )
    done = published(
        hostile,
        title=HOSTILE,
        what=HOSTILE,
        to=["甲"],
        place=HOSTILE,
        attach=[{**PAPER, "name": HOSTILE}],
    )
    for name in (done.detail, "index.html"):
        page = Page((folder / name).read_bytes())
        assert not page.all("script")
        assert page.said("title") == page.said("h1") == [HOSTILE]
    page = page_of(done)
    assert page.said("p") == [HOSTILE]
    assert page.said("dd") == [HOSTILE] * 3
    assert entries(folder)[0].findtext(f"{ATOM}title") == HOSTILE


def test_control_characters_are_left_out(folder: Path) -> None:
    sly = "题\x00\x1b\ufffe\ud800\r\n目"
    published(attempt(folder), title=sly, text=sly)
    (entry,) = entries(folder)
    assert entry.findtext(f"{ATOM}title") == "题 目"
    assert entry.findtext(f"{ATOM}summary") == "题\n目"


def test_a_file_whose_name_no_feed_could_hold_is_in_the_feed(folder: Path) -> None:
    published(attempt(folder), what="结果", attach={**PAPER, "name": "表\uffff.pdf"})
    (entry,) = entries(folder)
    assert [one.get("title") for one in entry.findall(f"{ATOM}link")][1] == "表_.pdf"
    (record,) = (folder / ".items").glob("*.json")
    old = record.read_text(encoding="utf-8").replace("表_.pdf", "表\uffff.pdf")
    record.write_text(old, encoding="utf-8")
    published(attempt(folder, key="k2"), what="又一件")
    assert len(entries(folder)) == 2


def test_lists_of_files_are_one_list_and_what_is_not_given_is_left_out() -> None:
    done = published(attempt(), what=["结果", None], attach=[[PAPER], [], None])
    assert [link["href"] for link in page_of(done).all("a")] == [
        "index.html",
        f"{DIGEST}.pdf",
    ]


def test_a_page_has_no_script_and_may_load_nothing(folder: Path) -> None:
    done = published(attempt(folder), what="结果", attach=[PAPER])
    for name in (done.detail, "index.html"):
        content = (folder / name).read_bytes()
        page = Page(content)
        (policy,) = [
            str(one["content"])
            for one in page.all("meta")
            if one.get("http-equiv") == "Content-Security-Policy"
        ]
        style = content.split(b"<style>")[1].split(b"</style>")[0]
        digest = b64encode(hashlib.sha256(style).digest()).decode()
        assert policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'"
        )
        assert {tag for tag, _ in page.tags}.isdisjoint(
            {"script", "img", "iframe", "object", "form"}
        )
        assert not any(
            key.startswith("on") or key in ("style", "src")
            for _, attributes in page.tags
            for key in attributes
        )


@pytest.mark.parametrize(
    ("name", "shown", "ending"),
    [
        ("../../etc/passwd", "_.._etc_passwd", ".bin"),
        ("a.HTML", "a.HTML", ".bin"),
        ("a.svg", "a.svg", ".bin"),
        ("a.xhtml", "a.xhtml", ".bin"),
        ("a.pdf.js", "a.pdf.js", ".bin"),
        ("表.XLSX", "表.XLSX", ".xlsx"),
        ("a\u202efdp.exe", "afdp.exe", ".bin"),
        ('a"onclick="b.pdf', "a_onclick=_b.pdf", ".pdf"),
        ("", DIGEST[:12], ".bin"),
        ("index.html", "index.html", ".bin"),
    ],
)
def test_a_name_from_outside_is_shown_and_is_no_path(
    folder: Path, name: str, shown: str, ending: str
) -> None:
    done = published(attempt(folder), what="结果", attach=[{**PAPER, "name": name}])
    (link,) = [one for one in page_of(done).all("a") if "download" in one]
    assert link == {"href": f"{DIGEST}{ending}", "download": shown}
    assert set(files_of(folder)) == {
        f"{DIGEST}{ending}",
        done.detail,
        "index.html",
        "feed.xml",
        ".items/lock",
        ".items/first",
        f".items/{done.detail.removesuffix('.html')}.json",
    }


def test_a_content_that_is_named_twice_is_one_attachment() -> None:
    done = published(attempt(), what=["结果", PAPER], attach=[PAPER])
    assert page_of(done).said("bdi") == ["剖析材料.pdf"]


def test_records_hold_nothing_that_the_page_does_not_show(folder: Path) -> None:
    done = published(
        attempt(folder, people={"甲": {"mail": "a@a.example", "title": "甲科长"}}),
        what="结果",
        to=["甲"],
    )
    record = (folder / ".items" / done.detail).with_suffix(".json").read_text()
    assert "a.example" not in record
    assert json.loads(record)["audience"] == "甲科长"


# -- what can go wrong


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(Failed, match=DIGEST[:12]):
        published(attempt(files={}), attach=[PAPER])


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="公开文件夹写不进去"):
        published(attempt(tmp_path / "gone"), what="结果")
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TryAgain, match="cannot be written"):
        published(attempt(tmp_path / "file"), what="结果", lang="en")


def test_a_damaged_record_is_told_and_nothing_is_dropped(folder: Path) -> None:
    published(attempt(folder), what="结果")
    before = (folder / "index.html").read_bytes()
    (folder / ".items" / "zz.json").write_text("{")
    with pytest.raises(TryAgain, match=r"\.items/zz\.json 已损坏"):
        published(attempt(folder, key="k2"), what="另一件")
    assert (folder / "index.html").read_bytes() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": "now"},
        {"zone": "Mars/Olympus"},
        {"lang": "fr"},
        {"attach": [{"sha256": "../../etc/passwd"}]},
        {"attach": ["a.pdf"]},
        {"what": 5},
        {"attach": [PAPER] * 51},
    ],
)
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        published(attempt(), **wrong)


# -- several workers

WORKER = """
import sys
from datetime import UTC, datetime
from actions.publish import ACTION, FOLDER, Parameters
from engine.action import Attempt

folder, who = sys.argv[1:]
at = datetime(2026, 3, 1, tzinfo=UTC)
sys.stdin.readline()
for number in range(15):
    asked = Parameters.model_validate({"what": f"{who} {number}"})
    ACTION.run(asked, Attempt(
        key=f"{who}-{number}", number=1, instance="i", node="n", titles={},
        requested=at, now=at, settings={FOLDER: folder},
    ))
"""


def test_workers_that_publish_at_once_lose_nothing(folder: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), who],
            stdin=subprocess.PIPE,
            env=environment,
        )
        for who in ("甲", "乙", "丙")
    ]
    for worker in workers:
        worker.stdin.write(b"\n")  # type: ignore[union-attr]
        worker.stdin.flush()  # type: ignore[union-attr]
    for worker in workers:
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    told = {f"{who} {number}" for who in ("甲", "乙", "丙") for number in range(15)}
    page = Page((folder / "index.html").read_bytes())
    assert set(page.said("bdi")[::2]) == told
    assert {one.findtext(f"{ATOM}title") for one in entries(folder)} == told
    links = [str(one["href"]) for one in page.all("a")]
    assert all((folder / link).is_file() for link in links)
    assert not (folder / ".items" / "new").exists()
