"""The mail action: one message, whole at the other end, the same in each attempt."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from icalendar import Calendar
from pydantic import ValidationError

from actions.calendar import uid_of
from actions.mail import ACTION, Parameters
from actions.messaging.letters import ENCLOSED_MAX
from actions.messaging.relay import RECIPIENTS_MAX
from engine.action import Attempt, Done, Failed, TryAgain

ASKED = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
REPORT = b"%PDF-1.7 \x00\xff report"
REPORT_DIGEST = hashlib.sha256(REPORT).hexdigest()
PEOPLE: dict[str, dict[str, Any]] = {
    "甲": {"title": "甲", "mail": "jia@example.cn"},
    "乙": {"title": {"zh": "乙科长", "en": "section head Yi"}, "mail": "yi@example.cn"},
    "丙": {"title": "丙"},
}
ENVELOPE = {"to": ["甲"], "subject": "会议通知", "text": "请准时参加。"}


class Office:
    """What a real server was handed; it refuses whom it is told to."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: dict[str, str] = {}
        """Of addresses, or of DATA."""
        self.encrypted: list[bool] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: Any, __: Any, envelope: Any, address: str, ___: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, _: Any, envelope: Any
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.raw.append(envelope.original_content)
        self.taken.append(
            message_from_bytes(envelope.original_content, policy=policy.default)  # type: ignore[arg-type]
        )
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
        return "250 OK"


@contextmanager
def serving(office: Office, **options: Any) -> Iterator[Office]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **options)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@pytest.fixture
def office() -> Iterator[Office]:
    with serving(Office()) as server:
        yield server


def attempt(office: Office, **given: Any) -> Attempt:
    told: dict[str, Any] = {
        "key": "maguan/12/1",
        "number": 1,
        "instance": "maguan",
        "node": "会议",
        "titles": {"plan": "实施方案", "node": "民主生活会"},
        "requested": ASKED,
        "now": ASKED,
        "people": PEOPLE,
        "files": {REPORT_DIGEST: REPORT},
        "settings": {
            "PLANGATE_SMTP": f"smtp://127.0.0.1:{office.port}",
            "PLANGATE_MAIL_FROM": "plan@example.cn",
        },
    }
    return Attempt(**{**told, **given})


def through(office: Office, relay: str, **given: Any) -> Attempt:
    settings = {
        "PLANGATE_SMTP": relay.format(port=office.port),
        "PLANGATE_MAIL_FROM": "plan@example.cn",
    }
    return attempt(office, settings=settings, **given)


def send(during: Attempt, **asked: Any) -> Done:
    done: Done = ACTION.run(Parameters.model_validate({**ENVELOPE, **asked}), during)
    return done


def body_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_arrives_with_its_words_as_they_were_written(office: Office) -> None:
    literal = "{{7*7}} %s {0.__class__} <b>&amp;</b>\n.\nFrom 甲\n"
    done = send(attempt(office), to=["甲", "乙"], text=literal, subject="通知 100% {x}")
    (message,) = office.taken
    assert message["subject"] == "通知 100% {x}"
    assert body_of(message).startswith(literal)
    assert body_of(message).endswith("-- \n实施方案 · 民主生活会\n")
    assert str(message["to"]) == "甲 <jia@example.cn>, 乙科长 <yi@example.cn>"
    assert office.envelopes == [
        ("plan@example.cn", ["jia@example.cn", "yi@example.cn"])
    ]
    assert done.detail == "已寄邮件：甲、乙 / mailed: 甲、乙"
    assert done.messages == ()


def test_who_is_copied_stands_under_cc_and_nobody_gets_two(office: Office) -> None:
    send(attempt(office), to=["甲"], cc=["甲", ["乙"]])
    (message,) = office.taken
    assert str(message["to"]) == "甲 <jia@example.cn>"
    assert str(message["cc"]) == "乙科长 <yi@example.cn>"


def test_words_are_in_the_language_asked_for(office: Office) -> None:
    send(attempt(office), to=["乙"], subject={"zh": "会", "en": "meeting"}, lang="en")
    (message,) = office.taken
    assert message["subject"] == "meeting"
    assert message["to"].addresses[0].display_name == "section head Yi"


def test_the_second_attempt_sends_the_same_bytes_and_message_id(office: Office) -> None:
    paper = {"sha256": REPORT_DIGEST, "name": "a.pdf"}
    invite = {"starts": "2026-03-02T06:30:00Z"}
    send(attempt(office), attach=paper, invite=invite)
    later = attempt(office, number=2, now=ASKED + timedelta(hours=3))
    send(later, attach=paper, invite=invite)
    assert office.raw[0] == office.raw[1]
    send(attempt(office, key="maguan/13/1"))
    first, _, other = (message["message-id"] for message in office.taken)
    assert first.endswith("@example.cn>")
    assert first != other
    assert office.taken[0]["date"].datetime == ASKED


def test_files_come_back_out_as_they_went_in(office: Office) -> None:
    office_file = b"PK\x03\x04" + bytes(range(256)) * 40
    digest = hashlib.sha256(office_file).hexdigest()
    files = {REPORT_DIGEST: REPORT, digest: office_file}
    papers = [
        {"sha256": REPORT_DIGEST, "name": "分析检查报告（送审稿）" * 5 + ".pdf"},
        {"sha256": digest, "name": "表.xlsx", "deliverable": "台账", "label": "二稿"},
    ]
    send(attempt(office, files=files), attach=papers)
    report, table = office.taken[0].iter_attachments()
    assert report.get_content() == REPORT
    assert report.get_filename() == papers[0]["name"]
    assert report.get_content_type() == "application/pdf"
    assert table.get_content() == office_file
    assert table.get_filename() == "表.xlsx"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('../../etc/pass"wd', "_.._etc_pass_wd"),
        ("a\r\nBcc: x@evil.cn\r\n.pdf", "a_Bcc_ x@evil.cn_.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("", REPORT_DIGEST[:12]),
        ("..", REPORT_DIGEST[:12]),
        ("长" * 4_000 + ".html", "长" * 78 + ".html"),
        ("😀;filename=x.exe", "😀;filename=x.exe"),
    ],
)
def test_the_name_of_a_file_is_a_name_and_nothing_else(
    office: Office, name: str, safe: str
) -> None:
    send(attempt(office), attach={"sha256": REPORT_DIGEST, "name": name})
    (message,) = office.taken
    (file,) = message.iter_attachments()
    assert file.get_filename() == safe
    assert file.get_content() == REPORT
    assert message["bcc"] is None


def test_what_may_hold_a_program_is_bytes_to_a_reader(office: Office) -> None:
    send(attempt(office), attach={"sha256": REPORT_DIGEST, "name": "x.html"})
    (file,) = office.taken[0].iter_attachments()
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_content_disposition() == "attachment"


def test_two_files_of_one_name_are_both_enclosed(office: Office) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    papers = [{"sha256": digest, "name": "a.pdf"} for digest in (REPORT_DIGEST, other)]
    files = {REPORT_DIGEST: REPORT, other: b"other"}
    send(attempt(office, files=files), attach=papers)
    names = [file.get_filename() for file in office.taken[0].iter_attachments()]
    assert len(set(names)) == 2


def test_no_line_of_a_head_can_be_added_from_outside(office: Office) -> None:
    sly = "会\r\nBcc: x@evil.cn\r\n\r\n<html>\u2028Bcc: y@evil.cn"
    people = {"甲": {"title": sly, "mail": "jia@example.cn"}}
    send(attempt(office, people=people, titles={"plan": sly}), subject=sly)
    (message,) = office.taken
    heads = {name.lower() for name in message}
    assert heads == {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    }
    assert message["subject"] == "会 Bcc: x@evil.cn <html> Bcc: y@evil.cn"
    assert office.envelopes[0][1] == ["jia@example.cn"]


@pytest.mark.parametrize(
    "sly",
    [
        "=?utf-8?q?a=0ABcc:_x@evil.cn?=",
        "=?utf-8?b?CkJjYzogeEBldmlsLmNu?=",
        "通知=?utf-8?q?=0ABcc:_x@evil.cn?= " + "=?utf-8?q?b?= " * 9 + "c",
        "局长, <x@evil.cn>; " * 9 + "c",
        "a" * 100 + ', b" <x@evil.cn>',
        "会议" * 90,
        '\\", (x:y;',
    ],
)
def test_what_looks_like_a_head_in_words_is_shown_as_it_was_written(
    office: Office, sly: str
) -> None:
    people = {
        "甲": {"title": sly, "mail": "jia@example.cn"},
        "乙": {"title": sly, "mail": "yi@example.cn"},
    }
    send(attempt(office, people=people), to=["甲", "乙"], subject=sly)
    (message,), (raw,) = office.taken, office.raw
    assert "bcc" not in message
    assert message["subject"] == sly
    addresses = [one.addr_spec for one in message["to"].addresses]
    assert addresses == ["jia@example.cn", "yi@example.cn"]
    names = [name for name, _ in getaddresses([message_from_bytes(raw)["to"]])]
    assert [str(make_header(decode_header(name))) for name in names] == [sly, sly]
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "address",
    [
        "jia@example.cn\r\nRCPT TO:<x@evil.cn>",
        "jia@example.cn, x@evil.cn",
        "甲@example.cn",
        "jia",
        "<jia@example.cn>",
        '"a b"@example.cn',
        "jia@" + "a" * 300 + ".cn",
        "",
        None,
        ["jia@example.cn"],
    ],
)
def test_who_has_no_usable_address_is_told_in_the_inbox(
    office: Office, address: Any
) -> None:
    people = {**PEOPLE, "丙": {"title": "丙", "mail": address}}
    paper = {"sha256": REPORT_DIGEST, "name": "a.pdf"}
    done = send(attempt(office, people=people), to=["甲", "丙"], attach=paper)
    assert office.envelopes[0][1] == ["jia@example.cn"]
    assert done.detail == (
        "已寄邮件：甲；没有可用邮箱：丙 / mailed: 甲; no usable mail address: 丙"
    )
    (line,) = done.messages
    assert line.to == "丙"
    assert line.text == (
        "实施方案 · 民主生活会：会议通知：请准时参加。 （附件：a.pdf）"
    )


def test_when_nobody_has_an_address_nothing_is_sent_and_everybody_is_told(
    office: Office,
) -> None:
    done = send(attempt(office), to=["丙", "丁"])
    assert office.taken == []
    assert [line.to for line in done.messages] == ["丙", "丁"]


def test_who_the_server_refuses_is_told_in_the_inbox_and_the_others_have_it(
    office: Office,
) -> None:
    office.answers = {"yi@example.cn": "550 no such yi@example.cn"}
    done = send(attempt(office), to=["甲", "乙"])
    assert office.envelopes[0][1] == ["jia@example.cn"]
    assert [line.to for line in done.messages] == ["乙"]
    assert "邮件未被接收：乙" in done.detail
    assert "@" not in done.detail


@pytest.mark.parametrize("asked", ["jia@example.cn", "DATA"])
def test_a_refusal_for_good_fails_and_a_refusal_for_now_is_tried_again(
    office: Office, asked: str
) -> None:
    office.answers = {asked: "554 jia@example.cn is spam"}
    with pytest.raises(Failed, match="554") as refusal:
        send(attempt(office))
    assert "@" not in str(refusal.value)
    office.answers = {asked: "451 jia@example.cn come later"}
    with pytest.raises(TryAgain, match="451"):
        send(attempt(office))


def test_refused_for_good_and_for_now_together_are_tried_again(office: Office) -> None:
    office.answers = {"jia@example.cn": "550 no", "yi@example.cn": "450 busy"}
    with pytest.raises(TryAgain, match="450, 550"):
        send(attempt(office), to=["甲", "乙"])


def test_a_server_that_hangs_up_between_addresses_took_nothing(office: Office) -> None:
    office.answers = {"yi@example.cn": "421 closing"}
    with pytest.raises(TryAgain):
        send(attempt(office), to=["甲", "乙"])
    assert office.taken == []


def test_a_server_that_is_not_there_is_tried_again(office: Office) -> None:
    with pytest.raises(TryAgain, match="没有答复"):
        send(through(office, "smtp://127.0.0.1:9"))


def test_more_than_a_hundred_get_several_messages_of_their_own(office: Office) -> None:
    people = {
        f"职工{n}": {"title": f"职工，{n}", "mail": f"n{n}@example.cn"}
        for n in range(RECIPIENTS_MAX + 5)
    }
    done = send(attempt(office, people=people), to=list(people))
    assert [len(addresses) for _, addresses in office.envelopes] == [RECIPIENTS_MAX, 5]
    first, second = office.taken
    assert first["message-id"] != second["message-id"]
    names = [one.display_name for one in first["to"].addresses]
    assert names == [f"职工，{n}" for n in range(RECIPIENTS_MAX)]
    assert max(len(line) for line in office.raw[0].split(b"\r\n")) <= 998
    assert "(105)" in done.detail


def test_a_batch_that_fails_after_another_went_out_does_not_double_it(
    office: Office,
) -> None:
    people = {f"n{n}": {"mail": f"n{n}@example.cn"} for n in range(RECIPIENTS_MAX + 1)}
    office.answers = {f"n{RECIPIENTS_MAX}@example.cn": "451 later"}
    done = send(attempt(office, people=people), to=list(people))
    assert [line.to for line in done.messages] == [f"n{RECIPIENTS_MAX}"]


def test_a_server_that_fell_silent_is_not_asked_for_the_next_hundred(
    office: Office,
) -> None:
    people = {
        f"n{n}": {"mail": f"n{n}@example.cn"} for n in range(RECIPIENTS_MAX * 2 + 1)
    }
    office.answers = {f"n{RECIPIENTS_MAX}@example.cn": "421 closing"}
    done = send(attempt(office, people=people), to=list(people))
    assert len(office.taken) == 1
    assert [line.to for line in done.messages] == list(people)[RECIPIENTS_MAX:]


def test_a_slow_server_is_asked_for_no_more_than_the_time_allows(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.messaging.relay.POST_SECONDS", 0.0)
    people = {f"n{n}": {"mail": f"n{n}@example.cn"} for n in range(RECIPIENTS_MAX + 1)}
    done = send(attempt(office, people=people), to=list(people))
    assert len(office.taken) == 1
    assert [line.to for line in done.messages] == [f"n{RECIPIENTS_MAX}"]


def test_a_calendar_reads_the_invitation(office: Office) -> None:
    invite = {
        "starts": "2026-03-02T06:30:00Z",
        "ends": "2026-03-02T08:30:00Z",
        "place": "二楼会议室",
        "organiser": "乙",
    }
    send(attempt(office), to=["甲"], cc=["乙"], invite=invite)
    part = office.taken[0].get_body(("calendar",))
    assert part is not None
    assert part.get_param("method") == "REQUEST"
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert calendar["method"] == "REQUEST"
    (entry,) = calendar.walk("VEVENT")
    assert entry["uid"] == uid_of("maguan", "会议")
    assert entry["summary"] == "会议通知"
    assert entry["location"] == "二楼会议室"
    assert entry.decoded("dtstart") == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert entry["organizer"] == "mailto:yi@example.cn"
    assert entry["organizer"].params["cn"] == "乙科长"
    assert list(entry["attendee"]) == ["mailto:jia@example.cn", "mailto:yi@example.cn"]
    assert [one.params["role"] for one in entry["attendee"]] == [
        "REQ-PARTICIPANT",
        "OPT-PARTICIPANT",
    ]
    assert body_of(office.taken[0]).startswith("请准时参加。")


def test_a_changed_meeting_moves_in_the_calendar(office: Office) -> None:
    send(attempt(office), invite={"starts": "2026-03-02T06:30:00Z"})
    later = attempt(office, key="k2", requested=ASKED + timedelta(hours=1))
    send(later, invite={"starts": "2026-03-03"})
    before, after = (
        Calendar.from_ical(
            message.get_body(("calendar",)).get_payload(decode=True)
        ).walk("VEVENT")[0]  # type: ignore[union-attr]
        for message in office.taken
    )
    assert before["uid"] == after["uid"]
    assert after["sequence"] > before["sequence"]


def test_the_invitation_reads_as_it_was_written(office: Office) -> None:
    invite = {"starts": "2026-03-02", "place": r"\\server\New\note"}
    send(attempt(office), invite=invite)
    part = office.taken[0].get_body(("calendar",))
    assert part is not None
    assert rb"LOCATION:\\\\server\\New\\note" in part.get_payload(decode=True)


def test_a_name_cannot_add_to_the_invitation(office: Office) -> None:
    sly = '甲";X=":mailto:x@evil.cn\r\nATTENDEE:mailto:x@evil.cn'
    people = {"甲": {"title": sly, "mail": "jia@example.cn"}}
    invite = {"starts": "2026-03-02", "title": sly, "place": sly}
    send(attempt(office, people=people), invite=invite)
    part = office.taken[0].get_body(("calendar",))
    assert part is not None
    (entry,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert entry["attendee"] == "mailto:jia@example.cn"
    assert entry["organizer"] == "mailto:plan@example.cn"


def test_files_of_too_many_bytes_and_lost_files_are_told(office: Office) -> None:
    files = {REPORT_DIGEST: b"x" * (ENCLOSED_MAX + 1)}
    paper = {"sha256": REPORT_DIGEST, "name": "a.pdf"}
    with pytest.raises(Failed, match=str(ENCLOSED_MAX)):
        send(attempt(office, files=files), attach=paper)
    with pytest.raises(Failed, match=REPORT_DIGEST[:12]):
        send(attempt(office, files={}), attach=paper)


@pytest.mark.parametrize(
    "relay",
    [
        "",
        "http://geheim@127.0.0.1",
        "smtp://",
        "smtp://geheim:x@127.0.0.1:port",
        "smtp://127.0.0.1?tls=geheim",
        "smtp://geheim..example.cn",
        "smtp://127.0.0.1?geheim=1",
        "smtp://geheim:口令@127.0.0.1",
    ],
)
def test_a_server_that_is_not_set_well_is_told_without_the_setting(
    office: Office, relay: str
) -> None:
    with pytest.raises(Failed, match="PLANGATE_SMTP") as refusal:
        send(attempt(office, settings={"PLANGATE_SMTP": relay}))
    assert "geheim" not in str(refusal.value)


def test_a_sender_that_is_no_address_is_told(office: Office) -> None:
    settings = {"PLANGATE_SMTP": "smtp://127.0.0.1", "PLANGATE_MAIL_FROM": "a\r\nb"}
    with pytest.raises(Failed, match="PLANGATE_MAIL_FROM"):
        send(attempt(office, settings=settings))


def test_a_password_is_not_sent_where_nobody_offers_encryption(office: Office) -> None:
    for relay in (
        "smtp://u:p@127.0.0.1:{port}",
        "smtp://127.0.0.1:{port}?tls=required",
    ):
        with pytest.raises(Failed, match="tls=none"):
            send(through(office, relay))
    assert office.taken == []


def knows(user: str, password: str) -> Callable[..., AuthResult]:
    def check(_: Any, __: Any, ___: Any, ____: str, given: LoginPassword) -> AuthResult:
        good = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=good)

    return check


def test_a_password_that_is_wrong_fails_for_good() -> None:
    options = {"auth_require_tls": False, "authenticator": knows("plan", "p@ss/word")}
    with serving(Office(), **options) as office:
        send(through(office, "smtp://plan:p%40ss%2Fword@127.0.0.1:{port}?tls=none"))
        assert len(office.taken) == 1
        with pytest.raises(Failed, match="535") as refusal:
            send(through(office, "smtp://plan:geheim@127.0.0.1:{port}?tls=none"))
        assert "geheim" not in str(refusal.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")
@pytest.mark.parametrize(
    "relay", ["smtp://127.0.0.1:{port}", "smtps://127.0.0.1:{port}"]
)
def test_what_is_offered_is_encrypted_and_only_to_a_server_that_is_trusted(
    relay: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certified("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    way = "tls_context" if relay.startswith("smtp:") else "ssl_context"
    with serving(Office(), **{way: context}) as office:
        send(through(office, relay))
        assert office.encrypted == [True]
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(TryAgain, match="证书"):
            send(through(office, relay))
        assert len(office.taken) == 1


def certified(address: str, folder: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    asked = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    named = ("-subj", "/CN=mail", "-addext", f"subjectAltName=IP:{address}")
    written = ("-days", "2", "-keyout", str(key), "-out", str(certificate))
    command = [*asked.split(), *named, *written]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize(
    "wrong",
    [
        {"bcc": ["甲"]},
        {"attach": [{"sha256": "x"}]},
        {"attach": [{"sha256": REPORT_DIGEST}] * 51},
        {"invite": {"starts": "2026-03-02T06:30:00"}},
        {"invite": {"starts": "2026-03-02", "ends": "2026-03-01"}},
        {"invite": {"starts": "2026-03-02", "colour": "red"}},
        {"lang": "fr"},
    ],
)
def test_a_mail_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({**ENVELOPE, **wrong})
