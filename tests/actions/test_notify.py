"""The notify action: the inbox for everybody, chats as far as they are allowed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from actions.messaging import bots, channels
from actions.messaging.channels import MAIL, OWN, SERVICES
from actions.messaging.hosts import read_entries
from actions.messaging.lines import LINE_MAX, WAIT, WAITING_TRIES
from actions.notify import ACTION, Parameters
from engine.action import Attempt, Done, Failed, TryAgain

ASKED = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
KEY = "maguan/12/1"
# Apprise asks for a module that Python is to lose, and does without it elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is:DeprecationWarning")
NUMBER = hashlib.sha256(KEY.encode()).hexdigest()[:8]


class Receiver(ThreadingHTTPServer):
    """A real server that keeps what it was sent, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.refused: set[str] = set()
        """Paths that answer 500."""
        self.location = ""
        self.answer = b""
        self.silence = threading.Event()

    def channel(self, path: str = "/chat", query: str = "") -> str:
        return f"json://127.0.0.1:{self.server_port}{path}{query}"

    @property
    def messages(self) -> list[str]:
        return [told["message"] for _, told in self.told]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["content-length"]))
        path = self.path.rstrip("/")
        self.server.told.append((path, json.loads(told)))
        if path == "/silent":
            self.server.silence.wait()
            return
        status = 307 if self.server.location else 200
        self.send_response(500 if path in self.server.refused else status)
        if self.server.location:
            self.send_header("location", self.server.location)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Tests keep quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.silence.set()
    server.shutdown()
    thread.join()
    server.server_close()


def attempt(**given: Any) -> Attempt:
    told: dict[str, Any] = {
        "key": KEY,
        "number": 1,
        "instance": "maguan",
        "node": "会议",
        "titles": {"plan": {"zh": "实施方案", "en": "the plan"}, "node": "民主生活会"},
        "requested": ASKED,
        "now": ASKED,
        "settings": {"PLANGATE_CHANNEL_HOSTS": "127.0.0.1"},
    }
    return Attempt(**{**told, **given})


def reachable(**channels: Any) -> dict[str, dict[str, Any]]:
    return {
        party: {"title": party, "channels": urls} for party, urls in channels.items()
    }


def tell(during: Attempt | None = None, **asked: Any) -> Done:
    given = {"to": ["甲"], "text": "会议通知", **asked}
    parameters = Parameters.model_validate(given)
    done: Done = ACTION.run(parameters, during or attempt())
    return done


def test_everybody_named_has_a_line_in_the_inbox_without_any_setting() -> None:
    done = tell(attempt(settings={}), to=[["甲", "乙"], "甲", "丙"])
    assert [line.to for line in done.messages] == ["甲", "乙", "丙"]
    assert {line.text for line in done.messages} == {"实施方案 · 民主生活会：会议通知"}
    assert done.detail == "收件箱：甲、乙、丙 / inbox: 甲、乙、丙"


def test_the_line_says_why_and_when_as_the_clock_of_the_place_shows_it() -> None:
    asked: dict[str, Any] = {
        "why": {"zh": "逾期", "en": "overdue"},
        "reason": "材料不全",
        "cause": "经费",
        "starts": "2026-03-02T18:30:00Z",
    }
    assert tell(**asked).messages[0].text == (
        "实施方案 · 民主生活会：会议通知；说明：逾期；理由：材料不全；原因：经费；"
        "时间：2026年3月3日 02:30 (Asia/Shanghai)"
    )
    there = tell(**asked, zone="Europe/Berlin", lang="en").messages[0].text
    assert there == (
        "the plan · 民主生活会: 会议通知; why: overdue; reason: 材料不全; cause: 经费; "
        "time: 2026-03-02 19:30 (Europe/Berlin)"
    )


def test_a_day_has_no_clock() -> None:
    line = tell(starts="2026-03-02").messages[0]
    assert line.text.endswith("时间：2026年3月2日")


def test_what_an_escalation_says_is_enough() -> None:
    done = tell(text=None, why={"zh": "逾期且过了宽限期仍未办结", "en": "overdue"})
    assert (
        done.messages[0].text == "实施方案 · 民主生活会：说明：逾期且过了宽限期仍未办结"
    )


def test_who_has_a_channel_is_told_there_too_with_the_number_of_the_request(
    receiver: Receiver,
) -> None:
    people = reachable(甲=[receiver.channel()])
    done = tell(attempt(people=people), to=["甲", "乙"], reason="材料不全")
    ((path, told),) = receiver.told
    assert path == "/chat"
    assert told["title"] == "实施方案 · 民主生活会"
    assert told["message"] == f"会议通知\n理由：材料不全\n编号：{NUMBER}"
    assert [line.to for line in done.messages] == ["甲", "乙"]
    assert done.detail.startswith("收件箱：甲、乙；已发即时消息：甲 / ")


def test_a_chat_of_several_gets_one_message_that_names_them(receiver: Receiver) -> None:
    group = receiver.channel("/group")
    people = reachable(甲=[group], 乙=[group, receiver.channel("/own")])
    tell(attempt(people=people), to=["甲", "乙"])
    assert sorted(path for path, _ in receiver.told) == ["/group", "/own"]
    (told,) = (told["message"] for path, told in receiver.told if path == "/group")
    assert told == f"会议通知\n致：甲、乙\n编号：{NUMBER}"


def test_a_second_attempt_bears_the_same_number(receiver: Receiver) -> None:
    people = reachable(甲=[receiver.channel()])
    tell(attempt(people=people))
    tell(attempt(people=people, number=2))
    first, second = receiver.messages
    assert first == second


def test_words_go_out_literally(receiver: Receiver) -> None:
    literal = "{{7*7}} %s {0.__class__} **粗** <b>&amp;</b> :smile: \\n @all $x"
    people = reachable(甲=[receiver.channel()])
    tell(attempt(people=people), text=literal)
    assert receiver.messages == [f"{literal}\n编号：{NUMBER}"]


def test_a_title_has_no_lines_of_its_own(receiver: Receiver) -> None:
    titles = {"plan": "甲\r\n乙\u2028丙\x00\x1b[31m", "node": "会\n议"}
    people = reachable(甲=[receiver.channel()])
    done = tell(attempt(people=people, titles=titles), text="一\r\n二")
    assert receiver.told[0][1]["title"] == "甲 乙 丙[31m · 会 议"
    assert receiver.messages == [f"一\n二\n编号：{NUMBER}"]
    assert done.messages[0].text == "甲 乙 丙[31m · 会 议：一 二"


def test_when_some_are_reached_the_others_are_named_and_nobody_is_told_twice(
    receiver: Receiver,
) -> None:
    receiver.refused = {"/bad"}
    people = reachable(甲=[receiver.channel()], 乙=[receiver.channel("/bad")])
    done = tell(attempt(people=people), to=["甲", "乙"])
    assert "已发即时消息：甲；即时消息未发出：乙" in done.detail
    assert [line.to for line in done.messages] == ["甲", "乙"]


def test_one_channel_of_several_is_enough(receiver: Receiver) -> None:
    receiver.refused = {"/bad"}
    urls = [receiver.channel("/bad"), receiver.channel()]
    done = tell(attempt(people=reachable(甲=urls)))
    assert "已发即时消息：甲" in done.detail
    assert "未发出" not in done.detail


def test_when_no_chat_answers_two_attempts_wait_and_the_third_leaves_it_at_the_inbox(
    receiver: Receiver,
) -> None:
    receiver.refused = {"/bad"}
    people = reachable(甲=[receiver.channel("/bad")])
    for number in range(1, WAITING_TRIES):
        with pytest.raises(TryAgain, match="即时消息") as trouble:
            tell(attempt(people=people, number=number))
        assert trouble.value.after == WAIT
    done = tell(attempt(people=people, number=WAITING_TRIES))
    assert "即时消息未发出：甲" in done.detail
    assert done.messages[0].to == "甲"
    assert tell(attempt(people=people, is_last=True)).messages == done.messages


def test_a_service_that_says_nothing_is_not_waited_for_for_ever(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bots, "READ_SECONDS", 0.1)
    people = reachable(
        甲=[receiver.channel("/silent", "?rto=600&cto=600&retry=5")],
        乙=[receiver.channel()],
    )
    done = tell(attempt(people=people), to=["甲", "乙"])
    assert "已发即时消息：乙；即时消息未发出：甲" in done.detail
    assert [path for path, _ in receiver.told].count("/silent") == 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.location = f"http://127.0.0.1:{receiver.server_port}/elsewhere"
    people = reachable(甲=[receiver.channel(query="?redirect=yes")])
    done = tell(attempt(people=people, number=WAITING_TRIES))
    assert [path for path, _ in receiver.told] == ["/chat"]
    assert "即时消息未发出：甲" in done.detail


@pytest.mark.parametrize(
    ("hosts", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:{port}", True),
        ("", False),
        ("127.0.0.1:1", False),
        ("localhost", False),
        (".0.0.1", True),
        ("10.0.0.1 example.com", False),
    ],
)
def test_a_host_is_dialled_only_if_the_office_lists_it(
    receiver: Receiver, hosts: str, *, allowed: bool
) -> None:
    settings = {"PLANGATE_CHANNEL_HOSTS": hosts.format(port=receiver.server_port)}
    done = tell(attempt(people=reachable(甲=[receiver.channel()]), settings=settings))
    assert len(receiver.told) == (1 if allowed else 0)
    assert ("即时消息未发出：甲" in done.detail) is not allowed


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "gnome://",
        "windows://",
        "macosx://",
        "exec://ls",
        "apprise://127.0.0.1/key",
        "https://oapi.dingtalk.com/robot/send?access_token=abc",
        "http://127.0.0.1:{port}/",
        "xml://127.0.0.1:{port}/",
        "form://127.0.0.1:{port}/",
        "mqtt://127.0.0.1:{port}/x",
        "json://2130706433:{port}/",
        "json://0x7f.1:{port}/",
        "json://localhost:{port}/",
        "json://[::1]:{port}/",
        "json://127.0.0.1@example.com:{port}/",
        "json://",
        " json://127.0.0.1:{port}/",
        "json",
        "mailto://u:p@example.com?smtp=10.0.0.1",
        "mailto://u:p@127.0.0.1?smtp=10.0.0.1",
    ],
)
def test_another_service_or_host_is_refused_and_not_tried_again(
    receiver: Receiver, url: str
) -> None:
    people = reachable(甲=[url.format(port=receiver.server_port)])
    done = tell(attempt(people=people))
    assert receiver.told == []
    assert "即时消息未发出：甲" in done.detail
    assert "127" not in done.detail


@pytest.mark.parametrize("scheme", sorted(SERVICES | OWN))
def test_every_service_that_is_listed_is_one_that_apprise_has(scheme: str) -> None:
    from apprise.manager_plugins import NotificationManager

    assert scheme in NotificationManager().schemas()


@pytest.mark.parametrize(
    "url",
    [
        "wecombot://abcdefgh-1234",
        "dingtalk://abcdefgh1234",
        "feishu://abcdefgh1234",
        "lark://abcdefgh1234",
        "pushplus://" + "a" * 32,
        "schan://abcdefgh1234",
        "wechat://corp:secret@1000002/zhang",
    ],
)
def test_a_service_with_a_fixed_host_needs_no_entry_and_none_of_its_own_rules(
    url: str,
) -> None:
    service = channels.service_of(f"{url}?verify=no&redirect=yes&rto=600&retry=5", ())
    assert service is not None
    assert service.verify_certificate is True
    assert service.redirects is False
    assert service.request_timeout == (bots.CONNECT_SECONDS, bots.READ_SECONDS)
    assert service.retry == 0


@pytest.mark.parametrize(("code", "told"), [(0, "已发即时消息"), (81013, "未发出")])
def test_a_wecom_application_writes_to_a_person_and_its_answer_counts(
    receiver: Receiver, code: int, told: str
) -> None:
    receiver.answer = json.dumps({"errcode": code, "access_token": "t1"}).encode()
    base = f"http://127.0.0.1:{receiver.server_port}"
    settings = {"PLANGATE_CHANNEL_BASES": f"wechat={base}"}
    people = reachable(甲="wechat://corp:geheim@1000002/zhang")
    done = tell(attempt(people=people, settings=settings, number=WAITING_TRIES))
    assert told in done.detail
    if code == 0:
        ((path, sent),) = receiver.told
        assert path == "/cgi-bin/message/send?access_token=t1"
        assert (sent["agentid"], sent["touser"]) == (1000002, "zhang")
        assert sent["text"]["content"].endswith(f"会议通知\n编号：{NUMBER}")


BOTS = {
    "wecombot": "wecombot://abc-1234",
    "dingtalk": "dingtalk://SECgeheim@abc1234/13800000000",
    "feishu": "feishu://abc-1234",
    "lark": "lark://abc-1234",
}


def among(receiver: Receiver, *kinds: str, **given: Any) -> Attempt:
    """An attempt in an office that runs these bots itself."""
    base = f"http://127.0.0.1:{receiver.server_port}/own"
    bases = ", ".join(f"{kind}={base}/" for kind in kinds)
    people = reachable(甲=[BOTS[kind] for kind in kinds])
    settings = {"PLANGATE_CHANNEL_BASES": bases}
    return attempt(**{"people": people, "settings": settings, **given})


def test_a_bot_that_the_office_runs_itself_is_called_there(receiver: Receiver) -> None:
    receiver.answer = b'{"errcode":0,"errmsg":"ok"}'
    assert "已发即时消息：甲" in tell(among(receiver, "wecombot")).detail
    words = f"实施方案 · 民主生活会\n会议通知\n编号：{NUMBER}"
    assert receiver.told == [
        (
            "/own/cgi-bin/webhook/send?key=abc-1234",
            {"msgtype": "text", "text": {"content": words}},
        )
    ]
    receiver.answer = b'{"StatusCode":0,"code":0,"data":{},"msg":"success"}'
    for kind in ("feishu", "lark"):
        receiver.told.clear()
        assert "已发即时消息：甲" in tell(among(receiver, kind)).detail
        assert receiver.told == [
            (
                "/own/open-apis/bot/v2/hook/abc-1234",
                {"msg_type": "text", "content": {"text": words}},
            )
        ]


def test_a_bot_of_dingtalk_is_called_with_its_signature(receiver: Receiver) -> None:
    receiver.answer = b'{"errcode":0,"errmsg":"ok"}'
    assert "已发即时消息：甲" in tell(among(receiver, "dingtalk")).detail
    ((path, told),) = receiver.told
    assert told["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}
    query = dict(parse_qsl(urlsplit(path).query, strict_parsing=True))
    signed = hmac.digest(b"SECgeheim", b"1772326800000\nSECgeheim", hashlib.sha256)
    assert query == {
        "access_token": "abc1234",
        "timestamp": "1772326800000",
        "sign": base64.b64encode(signed).decode(),
    }


@pytest.mark.parametrize(
    "answer",
    [
        b'{"errcode":93000,"errmsg":"invalid webhook url"}',
        b'{"errcode":310000,"errmsg":"sign not match"}',
        b'{"code":19001,"msg":"param invalid"}',
        b'{"code":0,"StatusCode":9499}',
        b"{}",
        b"[]",
        b"",
        b"<html>",
        b"[" * 60_000,
        b'{"errcode":0,"x":"' + b"x" * 100_000 + b'"}',
    ],
)
@pytest.mark.parametrize("kind", sorted(BOTS))
def test_a_bot_that_says_no_with_200_has_not_told_anybody(
    receiver: Receiver, kind: str, answer: bytes
) -> None:
    receiver.answer = answer
    done = tell(among(receiver, kind, number=WAITING_TRIES))
    assert len(receiver.told) == 1
    assert "即时消息未发出：甲" in done.detail


@pytest.mark.parametrize("kind", sorted(BOTS))
def test_a_bot_that_is_away_or_sends_elsewhere_has_not_told_anybody(
    receiver: Receiver, kind: str
) -> None:
    receiver.answer = b'{"errcode":0,"code":0}'
    receiver.location = f"http://127.0.0.1:{receiver.server_port}/elsewhere"
    with pytest.raises(TryAgain):
        tell(among(receiver, kind))
    assert len(receiver.told) == 1
    settings = {"PLANGATE_CHANNEL_BASES": f"{kind}=http://127.0.0.1:9"}
    with pytest.raises(TryAgain):
        tell(among(receiver, kind, settings=settings))


def test_nobody_can_call_everybody_through_what_a_bot_shows(receiver: Receiver) -> None:
    receiver.answer = b'{"code":0}'
    tell(among(receiver, "feishu"), text='<at user_id="all">所有人</AT> a<b')
    shown = receiver.told[0][1]["content"]["text"]
    assert "<at" not in shown
    assert shown.replace("\u200b", "").count('<at user_id="all">所有人</AT> a<b') == 1


def test_what_a_chat_shows_fits_and_keeps_its_number(receiver: Receiver) -> None:
    receiver.answer = b'{"errcode":0}'
    people = {f"职工{n}" + "长" * 50: {"channels": BOTS["wecombot"]} for n in range(30)}
    titles = {"plan": "长" * 500, "node": "长" * 500}
    during = among(receiver, "wecombot", people=people, titles=titles)
    tell(during, to=list(people), text="长" * 5_000)
    ((_, told),) = receiver.told
    assert len(told["text"]["content"].encode()) <= 2_048
    assert told["text"]["content"].endswith(f"\n编号：{NUMBER}")


@pytest.mark.parametrize(
    "bases",
    [
        "qq=https://a.cn",
        "feishu",
        "feishu=a.cn",
        "feishu=file:///x",
        "lark=https://u@a",
    ],
)
def test_a_base_with_a_fault_is_told(bases: str) -> None:
    people = reachable(甲=[BOTS["feishu"]])
    with pytest.raises(Failed, match="PLANGATE_CHANNEL_BASES"):
        tell(attempt(people=people, settings={"PLANGATE_CHANNEL_BASES": bases}))


@pytest.mark.parametrize("scheme", sorted(MAIL))
def test_a_mail_goes_to_the_server_that_is_listed(scheme: str) -> None:
    url = f"{scheme}://u:p@example.com?smtp=mail.example.com&to=jia@example.com"
    (entry,) = read_entries("mail.example.com")
    assert channels.service_of(url, (entry,)) is not None
    (other,) = read_entries("example.com")
    assert channels.service_of(url, (other,)) is None
    for option in ("pgppub=/etc/passwd", "pgpprv=/etc/passwd", "wkd=yes", "+x-a=b"):
        assert channels.service_of(f"{url}&{option}", (entry,)) is None
        assert channels.service_of(f"{url};{option}", (entry,)) is None


class Office:
    """What a real mail server was handed."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _: Any, __: Any, envelope: Any
    ) -> str:
        content = envelope.original_content
        self.taken.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


def test_a_chat_that_is_a_mail_shows_the_words_and_no_markup_of_theirs() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    office = Office()
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{port}?mode=insecure&from=p@a.cn&to=jia@a.cn"
        done = tell(
            attempt(people=reachable(甲=[url])), text="<img src=x> {{7*7}} 100%"
        )
    finally:
        controller.stop()
    assert "已发即时消息：甲" in done.detail
    (message,) = office.taken
    assert message["subject"] == "实施方案 · 民主生活会"
    shown = message.get_body(("html",))
    assert shown is not None
    assert "&lt;img" in shown.get_content()
    assert "<img" not in shown.get_content()
    assert "100%" in shown.get_content()


def test_nothing_of_a_channel_is_logged_or_told(
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.refused = {"/geheim"}
    urls = [
        f"json://user:geheim@127.0.0.1:{receiver.server_port}/geheim",
        "json://geheim:geheim@",
        "dingtalk://geheim%%%",
        "wecombot://geheim",
    ]
    settings = {
        "PLANGATE_CHANNEL_HOSTS": "127.0.0.1",
        "PLANGATE_CHANNEL_BASES": f"wecombot=http://127.0.0.1:{receiver.server_port}",
    }
    people = reachable(甲=urls)
    done = tell(attempt(people=people, number=WAITING_TRIES, settings=settings))
    assert len(receiver.told) == 2
    for written in (caplog.text, done.detail, *capsys.readouterr()):
        assert "geheim" not in written


def test_files_of_apprise_in_a_home_are_not_read(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".config" / "apprise").mkdir(parents=True)
    for name in (".apprise", ".config/apprise/apprise.conf"):
        (tmp_path / name).write_text(receiver.channel("/config"), encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    tell(attempt(people=reachable(甲=[receiver.channel()])))
    assert [path for path, _ in receiver.told] == ["/chat"]


@pytest.mark.parametrize("channels", [None, [], [None, 3, ""], {"a": "b"}])
def test_who_has_no_usable_channel_has_the_inbox(channels: Any) -> None:
    done = tell(attempt(people=reachable(甲=channels)))
    assert done.detail == "收件箱：甲 / inbox: 甲"


def test_a_list_of_hosts_with_a_fault_is_told() -> None:
    people = reachable(甲=["json://127.0.0.1"])
    settings = {"PLANGATE_CHANNEL_HOSTS": "http://a/b"}
    with pytest.raises(Failed, match="PLANGATE_CHANNEL_HOSTS"):
        tell(attempt(people=people, settings=settings))


def test_a_line_has_an_end() -> None:
    assert len(tell(text="长" * 10_000).messages[0].text) == LINE_MAX


def test_nobody_to_tell_is_told() -> None:
    assert "nobody" in tell(to=[]).detail


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"text": ""},
        {"text": {"fr": "bonjour"}},
        {"starts": "2026-03-02T06:30:00"},
        {"zone": "Mars/Base"},
        {"lang": "fr"},
        {"subject": "x"},
    ],
)
def test_a_notice_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tell(**wrong)
