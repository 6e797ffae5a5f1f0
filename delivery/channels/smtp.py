"""SMTP, step by step (RFC 5321), because what counts is how far a conversation came when it broke.

Until the letter's content begins to leave, the server cannot have taken it: a break or a 4xx is tried
again. From the first byte of content until the server's answer nobody can know: a break there is
``unknown``. An answer settles it: 2xx taken, 4xx not now, 5xx never.
"""

import re
import smtplib
import ssl
from urllib.parse import unquote, urlsplit

from core import logs
from core.settings import Settings
from delivery.channels import mail as mails
from delivery.crash import crash_point
from delivery.letters import Letter, Words, as_letter
from delivery.rules import Channel, Outcome, Verdict, wire_address

log = logs.get(__name__)

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)

# Servers end long sessions by themselves (Exchange after some dozens of mails); better to end it politely.
LETTERS_PER_CONNECTION = 100


class SmtpChannel:
    """One connection to the mail server of ``SMTP_URL``, kept for a batch, opened anew when it broke."""

    channel = Channel.EMAIL

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._url = urlsplit(config.smtp_url)
        self._smtp: smtplib.SMTP | None = None
        self._carried = 0

    @property
    def longest_seconds(self) -> float:
        """Five replies are waited for in one conversation, and some time goes into sending."""
        return 6 * self._config.smtp_timeout_seconds

    def open(self) -> Outcome | None:
        """Connect, greet, encrypt and log in unless that is done and the server still listens."""
        if self._smtp is not None and self._carried < LETTERS_PER_CONNECTION and self._listens(self._smtp):
            return None
        self.close()
        crash_point("before_connect")
        try:
            self._smtp = self._connected()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Outcome(Verdict.UNREACHABLE, _words(error))
        self._carried = 0
        return None

    def mark(self, number: str) -> str:
        """Return the Message-ID."""
        return mails.message_id(number, self._config.mail_from)

    def pack(self, words: Words, message_id: str) -> bytes:
        """Return the mail in seven-bit lines that end in CR LF, as DATA takes them."""
        return mails.build(as_letter(words), message_id, self._config).as_bytes()

    def send(self, words: Words, packed: bytes) -> Outcome:
        """Carry one mail through MAIL, RCPT and DATA."""
        smtp = self._smtp
        if smtp is None:
            return Outcome(Verdict.UNREACHABLE, "no connection")
        self._carried += 1
        refusal = self._announce(smtp, as_letter(words))
        if refusal is not None:
            return refusal
        try:
            smtp.send(_LINE_WITH_DOT.sub(b"..", packed) + b".\r\n")
            crash_point("after_data")
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._drop()
            return Outcome(Verdict.UNKNOWN, f"after the content: {_words(error)}")
        verdict = _verdict(code)
        if code == 421 or verdict == Verdict.UNKNOWN:
            self._drop()
        return Outcome(verdict, _said(code, answer))

    def close(self) -> None:
        """Say QUIT if there is somebody to say it to."""
        if self._smtp is None:
            return
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            log.debug("mail_server_left_without_goodbye", error=_words(error))
        self._drop()

    def _announce(self, smtp: smtplib.SMTP, letter: Letter) -> Outcome | None:
        """Go through everything before the content; return why it ended there, or None to go on."""
        recipient = wire_address(letter.to)
        steps = (
            ("MAIL", f"MAIL FROM:<{self._config.mail_from}>", 250),
            ("RCPT", f"RCPT TO:<{recipient}>", 250),
            ("DATA", "DATA", 354),
        )
        for name, command, wanted in steps:
            try:
                code, answer = smtp.docmd(command)
            except (OSError, smtplib.SMTPException, ValueError) as error:
                self._drop()
                return Outcome(Verdict.UNREACHABLE, f"{name}: {_words(error)}")
            if code == wanted or (name == "RCPT" and code == 251):
                continue
            verdict = _verdict(code)
            if name == "MAIL" or verdict in {Verdict.ACCEPTED, Verdict.UNKNOWN}:
                # A refusal of our own address is about us, not about the customer: it is mended and tried
                # again. So is an answer that makes no sense here; nothing has left yet.
                verdict = Verdict.POSTPONED
            self._start_over(smtp, code)
            return Outcome(verdict, f"{name}: {_said(code, answer)}")
        return None

    def _start_over(self, smtp: smtplib.SMTP, code: int) -> None:
        """Clear the refused transaction, so that the next letter finds the connection clean."""
        if code != 421 and self._listens(smtp):
            return
        self._drop()

    def _listens(self, smtp: smtplib.SMTP) -> bool:
        try:
            return smtp.rset()[0] == 250
        except (OSError, smtplib.SMTPException, ValueError):
            return False

    def _connected(self) -> smtplib.SMTP:
        host, timeout = self._url.hostname or "", self._config.smtp_timeout_seconds
        port = self._url.port or _PORTS[self._url.scheme]
        # The library would ask the name service for our own name, which behind a firewall can take long.
        own_name = wire_address(self._config.mail_from).rpartition("@")[2]
        if self._url.scheme == "smtps":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own_name, timeout=timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, own_name, timeout=timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self._url.scheme == "smtp+starttls":
                smtp.starttls(context=ssl.create_default_context())
            if self._url.username:
                smtp.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _verdict(code: int) -> Verdict:
    """Return what a reply code says of the letter; a code that is none says nothing."""
    match code // 100:
        case 2:
            return Verdict.ACCEPTED
        case 4:
            return Verdict.POSTPONED
        case 5:
            return Verdict.REJECTED
        case _:
            return Verdict.UNKNOWN


def _said(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    return f"{type(error).__name__}: {error}"
