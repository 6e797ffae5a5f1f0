"""The console: instead of being sent, a mail is written into a folder and the log says where.

The default, so that trying the product mails nobody. The file is a whole e-mail with readable words: any
mail program opens it, and so does ``less``.
"""

import os
import re
from pathlib import Path

from core import clock, logs
from core.settings import Settings
from delivery.channels import mail as mails
from delivery.letters import Letter
from delivery.rules import Outcome, Verdict

log = logs.get(__name__)

FOLDER = "outbox"


class ConsoleChannel:
    """Writes ``<home>/outbox/<time>-<Message-ID>.eml``."""

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

    def pack(self, letter: Letter, message_id: str) -> bytes:
        """Return the mail with its words as they are."""
        return mails.build(letter, message_id, self._config, encoding="8bit").as_bytes(policy=mails.READABLE)

    def send(self, letter: Letter, mail: bytes) -> Outcome:
        """Write the file; a reader never sees half of one."""
        found = re.search(rb"^Message-ID: <(\w+)", mail, re.MULTILINE)
        name = found.group(1).decode()[:16] if found else "letter"
        path = self._folder / f"{clock.beijing(clock.now()):%Y%m%d-%H%M%S}-{name}.eml"
        unfinished = path.with_suffix(".part")
        try:
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(mail)
            os.replace(unfinished, path)  # noqa: PTH105 - Path.replace says the same, this is the atomic one
        except OSError as error:
            return Outcome(Verdict.UNREACHABLE, f"{type(error).__name__}: {error.strerror}")
        log.info("letter_written", subject=letter.subject, path=str(path))
        return Outcome(Verdict.ACCEPTED, f"written to {FOLDER}/{path.name}")

    def close(self) -> None:
        """Nothing is open between two letters."""
