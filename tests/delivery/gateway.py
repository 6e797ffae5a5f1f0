"""An SMS platform for tests, on loopback: it checks signatures, remembers what it took, and can misbehave."""

import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hmac import compare_digest
from typing import Any, BinaryIO

from delivery.channels.sms import signature
from tests.delivery.post import SMS_SECRET

AT_HEAD, TAKE_AND_CLOSE, TAKE_IN_SILENCE, CLOSE, SILENCE, DRIP = (
    "close at head", "take and close", "take in silence", "close", "silence", "drip",
)  # fmt: skip
TAKING = {TAKE_AND_CLOSE, TAKE_IN_SILENCE, DRIP}


def answered(status: int, body: str = '{"code":"accepted"}', length: int | None = None) -> bytes:
    """Return an HTTP answer; ``length`` promises another number of bytes than follow."""
    size = len(body.encode()) if length is None else length
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body.encode()


class Gateway:
    """Takes requests as docs/sms.md says and answers ``accepted``, or does what ``fault`` says.

    ``fault`` is a word above or the bytes to answer with. ``taken`` counts the ids of texts that the platform
    keeps: by itself it takes an id as often as it is sent, so that nothing hides a message sent twice.
    """

    def __init__(
        self, fault: str | bytes = b"", *, delay: float = 0.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.fault, self.delay, self._tls = fault, delay, tls
        self.requests: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.targets: list[str] = []
        self.taken: Counter[str] = Counter()
        self.connections = 0
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = int(self._listener.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/sms/send?tenant=1"

    def stop(self) -> None:
        self._over.set()
        for thread in [self._accepting, *self._threads]:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, bare: socket.socket) -> None:
        with bare, suppress(OSError):
            wire = self._tls.wrap_socket(bare, server_side=True) if self._tls else bare
            with wire, wire.makefile("rb") as lines:
                self._converse(wire, lines)

    def _converse(self, wire: socket.socket, lines: BinaryIO) -> None:
        target = lines.readline().decode("latin-1")
        head = {}
        while (line := lines.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            head[name.lower()] = value.strip()
        if "content-length" not in head or self.fault == AT_HEAD:
            return
        body = lines.read(int(head["content-length"]))
        if len(body) < int(head["content-length"]):
            return
        timestamp = head["x-huisheng-timestamp"]
        known = signature(SMS_SECRET.encode(), timestamp, body)
        if not compare_digest(known, head["x-huisheng-signature"]) or not timestamp.isdigit():
            wire.sendall(answered(401, '{"message":"signature"}'))
            return
        asked = json.loads(body)
        self.targets.append(target.strip())
        self.heads.append(head)
        self.requests.append(asked)
        self._end(wire, asked["id"])

    def _end(self, wire: socket.socket, number: str) -> None:
        if not self.fault or self.fault in TAKING:
            self.taken[number] += 1
        # The text is taken; whether its sender lives to hear so is another matter.
        time.sleep(self.delay)
        match self.fault:
            case str(word) if word in {CLOSE, TAKE_AND_CLOSE}:
                return
            case str(word) if word in {SILENCE, TAKE_IN_SILENCE}:
                self._over.wait(30)
            case str(word) if word == DRIP:
                for byte in answered(200):
                    wire.sendall(bytes([byte]))
                    if self._over.wait(0.2):
                        return
            case bytes(words) if words:
                wire.sendall(words)
            case _:
                wire.sendall(answered(200))


@contextmanager
def gateway(
    fault: str | bytes = b"", *, delay: float = 0.0, tls: ssl.SSLContext | None = None
) -> Iterator[Gateway]:
    server = Gateway(fault, delay=delay, tls=tls)
    try:
        yield server
    finally:
        server.stop()
