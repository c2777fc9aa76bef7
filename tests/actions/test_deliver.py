"""The deliver action: everybody is told which document; who has mail gets it."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from actions.deliver import ACTION, Parameters
from actions.messaging.letters import ENCLOSED_MAX
from actions.messaging.lines import LINE_MAX, WAIT, WAITING_TRIES
from engine.action import Attempt, Done, Failed, TryAgain

ASKED = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
DRAFT, SURVEY = b"%PDF draft \x00\xff", b"PK survey"
DIGESTS = [hashlib.sha256(content).hexdigest() for content in (DRAFT, SURVEY)]
DOCUMENT = {
    "sha256": DIGESTS[0],
    "name": "材料.pdf",
    "size": 12,
    "deliverable": "剖析材料",
    "label": "送审稿",
}
ENCLOSED = {"sha256": DIGESTS[1], "name": "调研.docx"}
PEOPLE: dict[str, dict[str, Any]] = {
    "县委办": {"title": "县委办公室", "mail": "office@example.cn"},
    "甲": {"title": "甲"},
}


class Office:
    """What a real server was handed."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _: Any, __: Any, envelope: Any
    ) -> str:
        if self.answer.startswith("250"):
            content = envelope.original_content
            self.taken.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return self.answer


@pytest.fixture
def office() -> Iterator[Office]:
    server = Office()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


def attempt(office: Office | None = None, **given: Any) -> Attempt:
    settings = {} if office is None else {"PLANGATE_MAIL_FROM": "plan@example.cn"}
    if office is not None:
        settings["PLANGATE_SMTP"] = f"smtp://127.0.0.1:{office.port}"
    told: dict[str, Any] = {
        "key": "maguan/12/1",
        "number": 1,
        "instance": "maguan",
        "node": "报送",
        "titles": {"plan": {"zh": "实施方案", "en": "the plan"}, "node": "报送材料"},
        "requested": ASKED,
        "now": ASKED,
        "people": PEOPLE,
        "files": dict(zip(DIGESTS, (DRAFT, SURVEY), strict=True)),
        "settings": settings,
    }
    return Attempt(**{**told, **given})


def deliver(during: Attempt, **asked: Any) -> Done:
    given = {"to": ["县委办", "甲"], "what": DOCUMENT, **asked}
    done: Done = ACTION.run(Parameters.model_validate(given), during)
    return done


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_without_a_mail_server_everybody_reads_of_the_document_in_the_inbox() -> None:
    done = deliver(attempt(), enclosing=[ENCLOSED])
    assert [line.to for line in done.messages] == ["县委办", "甲"]
    assert {line.text for line in done.messages} == {
        f"实施方案 · 报送材料：剖析材料 送审稿 (SHA-256 {DIGESTS[0][:12]}…)；"
        f"调研.docx (SHA-256 {DIGESTS[1][:12]}…)"
    }
    assert done.detail == "收件箱：县委办、甲 / inbox: 县委办、甲"


def test_who_has_an_address_gets_the_files_by_mail_and_is_told_so(
    office: Office,
) -> None:
    done = deliver(attempt(office), enclosing=[ENCLOSED, DOCUMENT])
    (message,) = office.taken
    assert message["to"] == "县委办公室 <office@example.cn>"
    assert message["subject"] == "实施方案 · 报送材料：剖析材料 送审稿、调研.docx"
    files = {
        file.get_filename(): file.get_content() for file in message.iter_attachments()
    }
    assert files == {"材料.pdf": DRAFT, "调研.docx": SURVEY}
    assert f"1. 剖析材料 送审稿: 材料.pdf\n   SHA-256 {DIGESTS[0]}" in text_of(message)
    by_mail, by_hand = done.messages
    assert by_mail.to == "县委办"
    assert by_mail.text.endswith("（文件已寄邮件）")
    assert (by_hand.to, "邮件" in by_hand.text) == ("甲", False)
    assert done.detail.startswith("收件箱：县委办、甲；已寄邮件：县委办 / ")


def test_words_are_delivered_as_they_were_written(office: Office) -> None:
    done = deliver(attempt(office), what="进展 {{7*7}} %s <b>\r\n第二行")
    (message,) = office.taken
    assert text_of(message).startswith("进展 {{7*7}} %s <b>\n第二行\n")
    assert message["subject"] == "实施方案 · 报送材料"
    assert "进展 {{7*7}} %s <b> 第二行" in done.messages[1].text


def test_a_list_may_mix_words_and_documents_in_either_language() -> None:
    what = [{"zh": "请查收", "en": "please find"}, [DOCUMENT]]
    done = deliver(attempt(), what=what, lang="en")
    assert done.messages[0].text == (
        "the plan · 报送材料: please find; "
        f"剖析材料 送审稿 (SHA-256 {DIGESTS[0][:12]}…)"
    )


def test_the_second_attempt_bears_the_same_message_id(office: Office) -> None:
    deliver(attempt(office))
    deliver(attempt(office, number=2))
    first, second = office.taken
    assert first["message-id"] == second["message-id"]


def test_a_refused_mail_is_told_and_stops_nothing(office: Office) -> None:
    office.answer = "554 spam"
    done = deliver(attempt(office))
    assert [line.to for line in done.messages] == ["县委办", "甲"]
    assert "邮件未被接收：县委办" in done.detail
    assert "554" in done.detail


def test_a_silent_mail_server_is_waited_for_twice_and_then_the_inbox_will_do(
    office: Office,
) -> None:
    office.answer = "451 later"
    for number in range(1, WAITING_TRIES):
        with pytest.raises(TryAgain, match="451") as trouble:
            deliver(attempt(office, number=number))
        assert trouble.value.after == WAIT
    done = deliver(attempt(office, number=WAITING_TRIES))
    assert len(done.messages) == 2
    assert "邮件未被接收：县委办" in done.detail
    assert deliver(attempt(office, is_last=True)).messages == done.messages


def test_files_too_large_for_a_mail_are_named_in_it(office: Office) -> None:
    files = {DIGESTS[0]: b"x" * (ENCLOSED_MAX + 1)}
    deliver(attempt(office, files=files))
    (message,) = office.taken
    assert list(message.iter_attachments()) == []
    assert "材料超过邮件上限" in text_of(message)
    assert DIGESTS[0] in text_of(message)


def test_a_file_that_is_lost_is_told(office: Office) -> None:
    with pytest.raises(Failed, match=DIGESTS[0][:12]):
        deliver(attempt(office, files={}))


def test_a_line_has_an_end() -> None:
    (line, _) = deliver(attempt(), what="长" * 10_000).messages
    assert len(line.text) == LINE_MAX
    assert line.text.endswith("…")


def test_nobody_to_deliver_to_is_told() -> None:
    done = deliver(attempt(), to=[])
    assert done.messages == ()
    assert "nobody" in done.detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": []},
        {"what": None},
        {"what": {"sha256": "no digest"}},
        {"what": {"fr": "bonjour"}},
        {"enclosing": [ENCLOSED] * 51},
        {"cc": ["甲"]},
    ],
)
def test_a_delivery_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        deliver(attempt(), **wrong)
