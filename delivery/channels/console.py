"""The console: instead of being sent, a message is written into a folder and the log says where.

The default, so that trying the product writes to nobody. The file of a letter is a whole e-mail with
readable words: any mail program opens it, and so does ``less``. The file of a short text says to whom it
would have gone and as how many messages, then the words.
"""

import os
import re
from pathlib import Path

from core import clock, logs
from core.settings import Settings
from delivery.channels import mail as mails
from delivery.letters import Words, as_letter, as_short_text
from delivery.rules import Channel, Outcome, Verdict, segments, text_number

log = logs.get(__name__)

FOLDER = "outbox"


class _Console:
    """Writes ``<home>/outbox/<time>-<number><suffix>``."""

    channel: Channel
    suffix: str
    longest_seconds = 0.0

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._folder: Path = config.huisheng_home / FOLDER

    def open(self) -> Outcome | None:
        """Make the folder; it holds personal data, so nobody else may look into it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            return Outcome(Verdict.UNREACHABLE, f"{type(error).__name__}: {error.strerror}")
        return None

    def close(self) -> None:
        """Nothing is open between two messages."""

    def _written(self, number: str, packed: bytes) -> Outcome:
        """Write the file; a reader never sees half of one."""
        path = self._folder / f"{clock.beijing(clock.now()):%Y%m%d-%H%M%S}-{number[:16]}{self.suffix}"
        unfinished = path.with_suffix(".part")
        try:
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(packed)
            os.replace(unfinished, path)  # noqa: PTH105 - Path.replace says the same, this is the atomic one
        except OSError as error:
            return Outcome(Verdict.UNREACHABLE, f"{type(error).__name__}: {error.strerror}")
        log.info("message_written", channel=self.channel, path=str(path))
        return Outcome(Verdict.ACCEPTED, f"written to {FOLDER}/{path.name}")


class ConsoleMail(_Console):
    """Writes letters as ``.eml``."""

    channel = Channel.EMAIL
    suffix = ".eml"

    def mark(self, number: str) -> str:
        """Return the Message-ID."""
        return mails.message_id(number, self._config.mail_from)

    def pack(self, words: Words, message_id: str) -> bytes:
        """Return the mail with its words as they are."""
        mail = mails.build(as_letter(words), message_id, self._config, encoding="8bit")
        return mail.as_bytes(policy=mails.READABLE)

    def send(self, words: Words, packed: bytes) -> Outcome:
        """Write the file, named after the Message-ID."""
        del words
        found = re.search(rb"^Message-ID: <(\w+)", packed, re.MULTILINE)
        return self._written(found.group(1).decode() if found else "letter", packed)


class ConsoleSms(_Console):
    """Writes short texts as ``.txt``."""

    channel = Channel.SMS
    suffix = ".txt"

    def mark(self, number: str) -> str:
        """Return the number itself, as the platform gets it."""
        return number

    def pack(self, words: Words, message_id: str) -> bytes:
        """Return a sheet that says what would have been sent to whom."""
        short = as_short_text(words)
        head = f"{message_id}\nSMS → {text_number(short.to)} · × {segments(short.text)}\n\n"
        return f"{head}{short.text}\n".encode()

    def send(self, words: Words, packed: bytes) -> Outcome:
        """Write the file, named after the number."""
        del words
        return self._written(packed.partition(b"\n")[0].decode(), packed)
