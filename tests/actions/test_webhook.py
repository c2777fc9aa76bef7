"""The webhook action: listed hosts, the address that was checked, one key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from actions.webhook import ACTION, BODY_MAX, WAIT_MAX, Parameters, run
from engine.action import Attempt, Done, Failed, TryAgain

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a real secret").decode()


class Receiver(ThreadingHTTPServer):
    """A real server that keeps what it was sent, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.endless = False

    @property
    def port(self) -> int:
        return self.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        heads = {name.lower(): value for name, value in self.headers.items()}
        self.server.calls.append((self.command, self.path, heads, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        while self.server.endless:
            try:
                self.wfile.write(b"x" * 65536)
            except OSError:
                return

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Tests keep quiet."""


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.shutdown()
    thread.join()
    receiver.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


def attempt(**given: Any) -> Attempt:
    told: dict[str, Any] = {
        "key": "maguan/12/1",
        "number": 1,
        "instance": "maguan",
        "node": "报送",
        "titles": {"plan": "实施方案", "node": "报送"},
        "requested": NOW,
        "now": NOW,
    }
    return Attempt(**{**told, **given})


def call(
    url: str, *, hosts: str, during: dict[str, Any] | None = None, **asked: Any
) -> Done:
    settings = {"PLANGATE_WEBHOOK_HOSTS": hosts, **asked.pop("settings", {})}
    parameters = Parameters.model_validate(
        {"url": url, "body": {"事": "办结"}, **asked}
    )
    done: Done = ACTION.run(parameters, attempt(settings=settings, **(during or {})))
    return done


def rebound(*answers: str) -> Any:
    """A resolver that gives each answer once, as one does that rebinds."""
    left = iter(answers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return [next(left)]

    return resolve


def test_a_listed_host_is_sent_the_body_as_json(receiver: Receiver) -> None:
    done = call(f"{receiver.url}/收文?a=1", hosts=receiver.url)
    ((method, path, heads, body),) = receiver.calls
    assert (method, path) == ("POST", "/%E6%94%B6%E6%96%87?a=1")
    assert json.loads(body) == {"事": "办结"}
    assert heads["content-type"] == "application/json; charset=utf-8"
    assert heads["host"] == f"127.0.0.1:{receiver.port}"
    assert done.detail == "127.0.0.1: 200"


def test_a_plan_may_put_instead_of_post(receiver: Receiver) -> None:
    call(receiver.url, hosts=receiver.url, method="PUT")
    assert receiver.calls[0][0] == "PUT"


def test_each_attempt_bears_the_key_of_the_request(receiver: Receiver) -> None:
    call(receiver.url, hosts=receiver.url)
    later = {"number": 2, "now": NOW + timedelta(hours=1)}
    call(receiver.url, hosts=receiver.url, during=later)
    keys = [heads["idempotency-key"] for _, _, heads, _ in receiver.calls]
    assert keys == ["maguan/12/1", "maguan/12/1"]
    assert receiver.calls[0][3] == receiver.calls[1][3]


def test_a_key_in_chinese_or_with_a_line_of_its_own_stays_one_header(
    receiver: Receiver,
) -> None:
    sly = "马关\r\nx-evil: 1/12/1"
    call(receiver.url, hosts=receiver.url, during={"key": sly})
    heads = receiver.calls[0][2]
    assert "x-evil" not in heads
    assert heads["idempotency-key"] == "%E9%A9%AC%E5%85%B3%0D%0Ax-evil%3A%201/12/1"


def test_the_signature_is_that_of_id_time_and_body(receiver: Receiver) -> None:
    settings = {"PLANGATE_WEBHOOK_SECRET": SECRET}
    call(receiver.url, hosts=receiver.url, settings=settings)
    _, _, heads, body = receiver.calls[0]
    assert heads["webhook-timestamp"] == "1772326800"
    signed = f"{heads['webhook-id']}.{heads['webhook-timestamp']}.".encode() + body
    key = b"thirty-two bytes of a real secret"
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert heads["webhook-signature"] == f"v1,{expected}"


def test_a_secret_of_any_other_form_signs_as_its_own_bytes(receiver: Receiver) -> None:
    call(receiver.url, hosts=receiver.url, settings={"PLANGATE_WEBHOOK_SECRET": "口令"})
    _, _, heads, body = receiver.calls[0]
    signed = b"maguan/12/1.1772326800." + body
    expected = hmac.digest("口令".encode(), signed, hashlib.sha256)
    assert base64.b64decode(heads["webhook-signature"][3:]) == expected


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    call(receiver.url, hosts=receiver.url)
    assert "webhook-signature" not in receiver.calls[0][2]


def test_a_secret_that_says_base64_and_is_none_is_told_without_it() -> None:
    with pytest.raises(Failed, match="PLANGATE_WEBHOOK_SECRET") as refusal:
        call(
            "http://127.0.0.1:9",
            hosts="http://127.0.0.1:9",
            settings={"PLANGATE_WEBHOOK_SECRET": "whsec_不是"},
        )
    assert "不是 base64" in str(refusal.value)
    assert "whsec_不是" not in str(refusal.value)


@pytest.mark.parametrize(
    "hosts",
    [
        "",
        "https://127.0.0.1:{port}",
        "127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://.0.0.1:{port}",
        "http://localhost:{port}=127.0.0.1",
    ],
)
def test_a_host_scheme_or_port_that_is_not_listed_is_refused(
    receiver: Receiver, hosts: str
) -> None:
    with pytest.raises(Failed, match="PLANGATE_WEBHOOK_HOSTS"):
        call(receiver.url, hosts=hosts.format(port=receiver.port))
    assert receiver.calls == []


def test_an_entry_with_a_dot_means_what_is_below_it_and_not_itself(
    receiver: Receiver,
) -> None:
    hosts = f"http://.example.com:{receiver.port}=127.0.0.1"
    inside = rebound("127.0.0.1")
    told = attempt(settings={"PLANGATE_WEBHOOK_HOSTS": hosts})
    for host, listed in [
        ("a.example.com", True),
        ("example.com", False),
        ("aexample.com", False),
        ("example.com.evil.cn", False),
    ]:
        url = f"http://{host}:{receiver.port}/"
        asked = Parameters.model_validate({"url": url, "body": 1})
        if listed:
            assert run(asked, told, resolve=inside).detail == "a.example.com: 200"
        else:
            with pytest.raises(Failed):
                run(asked, told, resolve=inside)


def test_a_listed_name_that_stands_for_this_machine_is_refused(
    receiver: Receiver,
) -> None:
    url = f"http://localhost:{receiver.port}"
    with pytest.raises(Failed, match="公网"):
        call(url, hosts=url)
    assert receiver.calls == []
    assert call(url, hosts=f"{url}=127.0.0.1").detail == "localhost: 200"


@pytest.mark.parametrize("spelling", ["2130706433", "017700000001", "127.1", "0x7f.1"])
def test_another_spelling_of_an_address_is_a_name_and_judged_as_one(
    receiver: Receiver, spelling: str
) -> None:
    url = f"http://{spelling}:{receiver.port}"
    with pytest.raises(Failed):
        call(url, hosts=receiver.url)
    # Listed as it is written it resolves, and the address is judged for itself.
    with pytest.raises(Failed, match="公网"):
        call(url, hosts=url)
    assert receiver.calls == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "0.0.0.0",
        "192.88.99.1",
        "::1",
        "::",
        "fe80::1%1",
        "fc00::1",
        "ff02::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "fec0::1",
        "3fff::1",
        "not an address",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    asked = Parameters.model_validate({"url": "https://hooks.example.com", "body": 1})
    told = attempt(settings={"PLANGATE_WEBHOOK_HOSTS": "hooks.example.com"})
    with pytest.raises(Failed, match="公网"):
        run(asked, told, resolve=rebound(address))


def test_ipv6_in_a_url_is_judged_like_any_other_and_in_every_spelling() -> None:
    for url in ["http://[::1]:9", "http://[0:0:0:0:0:0:0:1]:9"]:
        with pytest.raises(Failed):
            call(url, hosts="http://127.0.0.1:9 http://localhost:9")
        # Listed, it is tried: there nobody listens.
        with pytest.raises(TryAgain):
            call(url, hosts="http://[::1]:9")


def test_the_name_is_resolved_once_and_the_connection_goes_to_that_answer(
    receiver: Receiver,
) -> None:
    url = f"http://hooks.example.com:{receiver.port}/x"
    asked = Parameters.model_validate({"url": url, "body": 1})
    hosts = f"http://hooks.example.com:{receiver.port}=127.0.0.1"
    told = attempt(settings={"PLANGATE_WEBHOOK_HOSTS": hosts})
    # A second question would get the second answer, and then StopIteration.
    done = run(asked, told, resolve=rebound("127.0.0.1", "169.254.169.254"))
    assert done.detail == "hooks.example.com: 200"
    assert receiver.calls[0][2]["host"] == f"hooks.example.com:{receiver.port}"


def test_when_a_name_does_not_resolve_nothing_is_sent_and_it_is_tried_again() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    asked = Parameters.model_validate({"url": "https://hooks.example.com", "body": 1})
    told = attempt(settings={"PLANGATE_WEBHOOK_HOSTS": "hooks.example.com"})
    with pytest.raises(TryAgain, match="没有答复"):
        run(asked, told, resolve=resolve)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_counts_as_refused(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    receiver.headers = {"location": f"{receiver.url}/elsewhere"}
    with pytest.raises(Failed, match=str(status)):
        call(receiver.url, hosts=receiver.url)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_what_a_receiver_refuses_is_not_tried_again(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    with pytest.raises(Failed, match=str(status)):
        call(receiver.url, hosts=receiver.url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(TryAgain, match=str(status)) as trouble:
        call(receiver.url, hosts=receiver.url)
    assert trouble.value.after is None


@pytest.mark.parametrize(
    ("told", "after"),
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 01 Mar 2026 01:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 01 Mar 2020 01:05:00 GMT", timedelta()),
        ("999999999", WAIT_MAX),
        ("soon", None),
        ("-5", None),
    ],
)
def test_a_receiver_may_say_when_to_come_again_within_a_day(
    receiver: Receiver, told: str, after: timedelta | None
) -> None:
    receiver.status = 429
    receiver.headers = {"retry-after": told}
    with pytest.raises(TryAgain) as trouble:
        call(receiver.url, hosts=receiver.url)
    assert trouble.value.after == after


def test_a_plan_may_say_which_answers_count(receiver: Receiver) -> None:
    receiver.status = 409
    assert call(receiver.url, hosts=receiver.url, expect=[201, 409]).detail.endswith(
        "409"
    )
    receiver.status = 200
    with pytest.raises(Failed, match="201"):
        call(receiver.url, hosts=receiver.url, expect=[201])


def test_an_endless_answer_is_left_unread(receiver: Receiver) -> None:
    receiver.endless = True
    assert call(receiver.url, hosts=receiver.url).detail == "127.0.0.1: 200"


def test_a_receiver_that_nobody_listens_at_is_tried_again() -> None:
    with pytest.raises(TryAgain, match="没有答复"):
        call("http://127.0.0.1:9", hosts="http://127.0.0.1:9")


def test_proxies_of_the_environment_are_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert call(receiver.url, hosts=receiver.url).detail == "127.0.0.1: 200"


def test_a_body_is_literal_and_has_a_limit(receiver: Receiver) -> None:
    literal = {"a": "{{7*7}} %s {0.__class__} </script>\r\n"}
    call(receiver.url, hosts=receiver.url, body=literal)
    assert json.loads(receiver.calls[0][3]) == literal
    with pytest.raises(Failed, match=str(BODY_MAX)):
        call(receiver.url, hosts=receiver.url, body="长" * BODY_MAX)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://user:pass@example.com/"},
        {"url": "https://@example.com/"},
        {"url": "https://127.0.0.1%2f@example.com/"},
        {"url": "ftp://example.com/"},
        {"url": "file:///etc/passwd"},
        {"url": "gopher://example.com/"},
        {"url": "https:///x"},
        {"url": "example.com"},
        {"url": "https://example.com/\r\nx-evil: 1"},
        {"url": "https://example.com/a b"},
        {"url": "https://example.com\\@evil.cn/"},
        {"url": "https://example.com:0/"},
        {"url": "https://example.com:99999/"},
        {"url": "https://１２７.0.0.1/"},
        {"url": "https://0177.0.0.1/"},
        {"url": "https://example.com/" + "a" * 2_000},
        {"method": "GET"},
        {"method": "DELETE"},
        {"expect": [302]},
        {"expect": [500]},
        {"headers": {"x": "y"}},
        {"body": object()},
    ],
)
def test_a_call_that_cannot_be_is_refused_before_it_is_tried(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({"url": "https://example.com", "body": 1, **wrong})


@pytest.mark.parametrize("hosts", ["a/b", "ftp://a", "[::g]", "*", "a=b", "-"])
def test_a_list_of_hosts_with_a_fault_lets_nothing_through(hosts: str) -> None:
    with pytest.raises(Failed, match="PLANGATE_WEBHOOK_HOSTS"):
        call("https://example.com", hosts=f"example.com {hosts}")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")
def test_the_certificate_is_asked_for_the_name_though_the_address_is_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certified("hooks.example.com", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda _, name, __: names.append(name)
    receiver = Receiver()
    receiver.socket = context.wrap_socket(
        receiver.socket, server_side=True, do_handshake_on_connect=False
    )
    hosts = f".example.com:{receiver.port}=127.0.0.1"
    told = attempt(settings={"PLANGATE_WEBHOOK_HOSTS": hosts})

    def to(host: str) -> Parameters:
        url = f"https://{host}:{receiver.port}/"
        return Parameters.model_validate({"url": url, "body": 1})

    with serving(receiver):
        with pytest.raises(TryAgain, match="is not trusted"):  # nobody vouches yet
            run(to("hooks.example.com"), told, resolve=rebound("127.0.0.1"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        run(to("hooks.example.com"), told, resolve=rebound("127.0.0.1"))
        with pytest.raises(TryAgain, match="is not trusted"):  # it is of another name
            run(to("other.example.com"), told, resolve=rebound("127.0.0.1"))
    assert names == ["hooks.example.com", "hooks.example.com", "other.example.com"]
    assert [heads["host"] for _, _, heads, _ in receiver.calls] == [
        f"hooks.example.com:{receiver.port}"
    ]


def certified(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    asked = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    written = ("-days", "2", "-keyout", str(key), "-out", str(certificate))
    command = [*asked.split(), *named, *written]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
