"""Who is written to and called: a real SMTP server and a real HTTP server.

A receiver accepts a key once and counts how often it saw it again. It takes its time,
and (HTTP) refuses now and then before it has accepted: whoever is killed in between
does not know whether the effect is there.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class Receiver:
    """What arrived: each key with its content, and how often it was seen."""

    port: int = 0
    accepted: dict[str, bytes] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    slow_seconds: float = 0.0
    """The longest that it thinks after it has accepted, before it answers."""
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    altered: set[str] = field(default_factory=set)
    """Keys that came again with another content."""
    lock: Lock = field(default_factory=Lock)

    def take(self, key: str, content: bytes) -> None:
        with self.lock:
            self.seen[key] += 1
            if self.accepted.setdefault(key, content) != content:
                self.altered.add(key)

    def forget(self) -> None:
        """As if nothing had come."""
        with self.lock:
            self.accepted, self.seen, self.altered = {}, Counter(), set()

    def pause(self) -> float:
        """Seconds that it thinks, by chance."""
        with self.lock:
            return self.chance.random() * self.slow_seconds

    @property
    def again(self) -> int:
        """Times that something was seen which had been accepted."""
        return self.seen.total() - len(self.accepted)


class Mailbox(Receiver):
    """Knows a mail by its Message-ID."""

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _: Any, __: Any, envelope: Any
    ) -> str:
        content = envelope.original_content
        self.take(message_from_bytes(content)["Message-ID"], content)
        await asyncio.sleep(self.pause())
        return "250 OK"


@dataclass(slots=True)
class Desk(Receiver):
    """Knows a call by its Idempotency-Key."""

    refuses: float = 0.0
    """The share of calls that it does not take now."""
    open: Event = field(default_factory=Event)
    """While it is not set, whatever was accepted gets no answer."""

    def answer(self, key: str, content: bytes) -> int:
        with self.lock:
            is_refused = self.chance.random() < self.refuses
        if is_refused:
            return 503
        self.take(key, content)
        self.open.wait()
        time.sleep(self.pause())
        return 200


@contextmanager
def mailbox(**given: Any) -> Iterator[Mailbox]:
    """A mail server of this machine."""
    box = Mailbox(**given)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


@contextmanager
def desk(**given: Any) -> Iterator[Desk]:
    """A web server of this machine."""
    found = Desk(**given)
    found.open.set()
    server = _Server(("127.0.0.1", 0), _handler(found))
    found.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.open.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Callers that are killed while they speak are what these tests are about."""


def _handler(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            content = self.rfile.read(length)
            if len(content) < length:
                return  # the caller died in the middle of a word
            key = self.headers["idempotency-key"]
            self.send_response(desk.answer(key, content))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Handler
