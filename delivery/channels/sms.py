"""An insurer's own SMS platform, spoken to by one signed HTTP request for each message (docs/sms.md).

As with mail, what counts is how far a conversation came when it broke. Until the first byte of the
request's body leaves, the platform cannot know whom to write to: a break there is tried again. From then
until its whole answer came nobody can know: a break there is ``unknown``, although the request carries the
same id every time and the platform promises to take an id once. That promise is somebody else's, and a
customer who gets a message twice does not ask whose.

Every message has a connection of its own. A kept one may be closed by the platform at the moment at which
it is used again, which looks exactly like a message that was taken without an answer.
"""

import hmac
import io
import json
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from core import clock
from core.settings import Settings
from delivery.crash import crash_point
from delivery.letters import Words, as_short_text
from delivery.rules import Channel, Outcome, Verdict, text_number

_LONGEST_ANSWER = 65_536
_CODES = {"accepted": Verdict.ACCEPTED, "rejected": Verdict.REJECTED, "later": Verdict.POSTPONED}
_NOT_TAKEN = frozenset({301, 307, 308, 503})
_PERHAPS_TAKEN = frozenset({409})


class SmsChannel:
    """Requests to ``SMS_URL``, signed with ``SMS_SECRET``."""

    channel = Channel.SMS

    def __init__(self, config: Settings) -> None:
        self._secret = config.sms_secret.encode()
        self._timeout = config.sms_timeout_seconds
        self._url = urlsplit(config.sms_url)
        self._wire: HTTPConnection | None = None

    @property
    def longest_seconds(self) -> float:
        """Head, body and answer may each take the whole patience."""
        return 3 * self._timeout

    def open(self) -> Outcome | None:
        """Connect anew, with TLS where the address says https."""
        self.close()
        crash_point("before_connect")
        host, port = self._url.hostname or "", self._url.port
        wire = (
            HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
            if self._url.scheme == "https"
            else HTTPConnection(host, port, timeout=self._timeout)
        )
        try:
            wire.connect()
        except (OSError, HTTPException, ValueError) as error:
            wire.close()
            return Outcome(Verdict.UNREACHABLE, _words(error))
        self._wire = wire
        return None

    def mark(self, number: str) -> str:
        """Return the number itself: the ``id`` of the request, the same for every attempt."""
        return number

    def pack(self, words: Words, message_id: str) -> bytes:
        """Return the request's body; raise ValueError for a number that no SMS can go to."""
        short = as_short_text(words)
        body = {"id": message_id, "mobile": text_number(short.to), "text": short.text}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def send(self, words: Words, packed: bytes) -> Outcome:
        """Carry one request and read the platform's answer."""
        del words
        wire, self._wire = self._wire, None
        if wire is None or wire.sock is None:
            return Outcome(Verdict.UNREACHABLE, "no connection")
        try:
            return self._conversed(wire, packed)
        finally:
            wire.close()

    def close(self) -> None:
        """Hang up if a connection was opened and not used."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _conversed(self, wire: HTTPConnection, packed: bytes) -> Outcome:
        try:
            self._say_head(wire, packed)
        except (OSError, HTTPException, ValueError) as error:
            return Outcome(Verdict.UNREACHABLE, f"before the body: {_words(error)}")
        try:
            wire.send(packed)
            crash_point("after_data")
            status, answer = self._heard(wire)
        except (OSError, HTTPException, ValueError) as error:
            return Outcome(Verdict.UNKNOWN, f"after the body: {_words(error)}")
        return judged(status, answer)

    def _say_head(self, wire: HTTPConnection, packed: bytes) -> None:
        timestamp = str(int(clock.now().timestamp()))
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        wire.putrequest("POST", target, skip_accept_encoding=True)
        for name, value in (
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(packed))),
            ("Accept", "application/json"),
            ("Connection", "close"),
            ("X-Huisheng-Timestamp", timestamp),
            ("X-Huisheng-Signature", signature(self._secret, timestamp, packed)),
        ):
            wire.putheader(name, value)
        wire.endheaders()

    def _heard(self, wire: HTTPConnection) -> tuple[int, bytes]:
        """Return the status and the body of the answer; raise if it does not come whole and in time."""
        response = HTTPResponse(_Patient(wire.sock, self._timeout), method="POST")  # type: ignore[arg-type]
        try:
            response.begin()
            answer = response.read(_LONGEST_ANSWER)
            if response.length:
                raise HTTPException("the answer broke off or does not end")
            return response.status, answer
        finally:
            response.close()


class _Patient(io.RawIOBase):
    """The reading end of a socket with one patience for the whole answer, however it drips."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._until = time.monotonic() + seconds

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return itself as the file that an HTTP response reads."""
        del mode
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Read what is there; raise TimeoutError once the patience is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the hex HMAC-SHA256 of ``timestamp.body``, by which the platform knows who is asking."""
    return hmac.new(secret, timestamp.encode() + b"." + body, "sha256").hexdigest()


def judged(status: int, answer: bytes) -> Outcome:
    """Return what an answer says of the message: the platform's own code where it gave one, else the status.

    Without a code only those statuses are taken for a no that say that the request was not worked on: 4xx
    and 503, which are about us or about the moment and not about the customer, and a moved address. Other
    5xx come from programs that broke in the middle, and a 2xx without a code says nothing.
    """
    code, words = _read(answer)
    said = f"{status} {words}".rstrip()
    verdict = _CODES.get(code)
    if verdict is not None and (verdict != Verdict.ACCEPTED or 200 <= status < 300):
        return Outcome(verdict, said)
    if verdict is None and (400 <= status < 500 or status in _NOT_TAKEN) and status not in _PERHAPS_TAKEN:
        return Outcome(Verdict.POSTPONED, said)
    return Outcome(Verdict.UNKNOWN, said)


def _read(answer: bytes) -> tuple[str, str]:
    """Return the code of an answer, empty if it has none, and the words to keep of it."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return "", answer[:300].decode("utf-8", "replace")
    code, message = found.get("code"), found.get("message")
    words = " ".join(str(part)[:200] for part in (code, message) if part not in {None, ""})
    return code if isinstance(code, str) else "", words


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
