"""From a letter to the bytes of an e-mail (RFC 5322, 2045–2047, 8058).

Whatever reaches a header is freed of line breaks and other control characters first: a customer's name or
a survey's title must not be able to write headers of its own (CWE-93, ASVS 1.3.11).
"""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from core import clock
from core.settings import Settings
from delivery.letters import Letter
from delivery.rules import wire_address

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _WirePolicy(EmailPolicy):
    """SMTP's line ends and 7-bit headers; a link stays in one piece.

    The library folds a long link into encoded words, which no mail client reads as a link.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:  # noqa: ANN401 - as the library declares it
        """Return the header as it travels."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_WIRE = _WirePolicy(linesep="\r\n", cte_type="7bit")
READABLE = _WIRE.clone(linesep="\n", cte_type="8bit", utf8=True)
"""For files that people look into: the same mail, its words as they are."""


def plain(text: str) -> str:
    """Return ``text`` on one line without control characters, as a header may hold it."""
    return _CONTROLS.sub(" ", text).strip()


def message_id(number: str, sender: str) -> str:
    """Return the Message-ID of a message's number, in the domain of the sender."""
    return f"<{number}@{sender.rpartition('@')[2]}>"


def build(letter: Letter, message_id: str, config: Settings, *, encoding: str = "base64") -> EmailMessage:
    """Return the letter as an e-mail with its text and HTML, who it is from, and how to refuse more.

    ``encoding`` is the content transfer encoding of the bodies. Raises ValueError for an address that no
    mail can go to, see :func:`delivery.rules.wire_address`.
    """
    mail = EmailMessage(policy=_WIRE)
    mail["From"] = Address(display_name=plain(config.huisheng_company), addr_spec=config.mail_from)
    mail["To"] = Address(addr_spec=wire_address(letter.to))
    mail["Subject"] = plain(letter.subject)
    mail["Date"] = clock.beijing(clock.now())
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    if letter.opt_out_url:
        mail["List-Unsubscribe"] = f"<{plain(letter.opt_out_url).replace(' ', '%20')}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text, cte=encoding)
    mail.add_alternative(letter.html, subtype="html", cte=encoding)
    return mail
