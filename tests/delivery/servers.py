"""Mail servers for tests, on loopback: a real one that remembers what it took, and one that misbehaves."""

import asyncio
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import BinaryIO

from aiosmtpd.smtp import SMTP, Envelope, Session


class Recorder:
    """A real SMTP server (aiosmtpd) in a thread; every mail it took is kept, also if its 250 was lost."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def counts(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.recipients.extend(envelope.rcpt_tos)
        # The mail is taken; whether its sender lives to hear so is another matter.
        await asyncio.sleep(self.delay)
        return "250 2.0.0 taken"

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: SMTP(self, hostname="mail.test", loop=self._loop), "127.0.0.1", 0
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()


CLOSE, SILENCE, TAKE_AND_CLOSE, TAKE_IN_SILENCE = "close", "silence", "take and close", "take in silence"


class FaultServer:
    """Speaks just enough SMTP, and at the steps in ``faults`` answers so or does what its word says.

    Steps: banner, EHLO, MAIL, RCPT, DATA, content, dot. ``content`` happens while the letter is arriving,
    ``dot`` after all of it has. ``accepted`` counts Message-IDs of letters that this server keeps.
    """

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        self.accepted: Counter[str] = Counter()
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
        return f"smtp://127.0.0.1:{self.port}"

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

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError, _Leave):
            self._converse(connection, lines)

    def _converse(self, wire: socket.socket, lines: BinaryIO) -> None:
        self._say(wire, "banner", "220 fault.test")
        while line := lines.readline():
            word = line.split()[0].upper().decode()
            if word == "DATA":
                self._say(wire, "DATA", "354 go on")
                if "DATA" not in self.faults:
                    self._take(wire, lines)
            elif word == "QUIT":
                self._say(wire, "QUIT", "221 bye")
                return
            else:
                self._say(wire, word, "250 fine")

    def _take(self, wire: socket.socket, lines: BinaryIO) -> None:
        if "content" in self.faults:
            lines.readline()
            self._say(wire, "content", "")
        letter = []
        while (line := lines.readline()) not in {b"", b".\r\n"}:
            letter.append(line)
        found = re.search(rb"^Message-ID: (\S+)", b"".join(letter), re.MULTILINE)
        assert found
        fault = self.faults.get("dot", "250 taken")
        if fault.startswith("2") or fault in {TAKE_AND_CLOSE, TAKE_IN_SILENCE}:
            self.accepted[found.group(1).decode()] += 1
        self._say(wire, "dot", "250 taken")

    def _say(self, wire: socket.socket, step: str, usual: str) -> None:
        answer = self.faults.get(step, usual)
        if answer in {CLOSE, TAKE_AND_CLOSE}:
            raise _Leave
        if answer in {SILENCE, TAKE_IN_SILENCE}:
            self._over.wait(30)
            raise _Leave
        wire.sendall(answer.encode() + b"\r\n")


class _Leave(Exception):  # noqa: N818 - no error, the end of a conversation
    pass


@contextmanager
def recorder(*, delay: float = 0.0) -> Iterator[Recorder]:
    server = Recorder(delay=delay)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def faulty(faults: dict[str, str]) -> Iterator[FaultServer]:
    server = FaultServer(faults)
    try:
        yield server
    finally:
        server.stop()
