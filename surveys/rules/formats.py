"""Short answers of a known form: mobile number, identity card, policy number, e-mail, number.

Each reader takes what a customer typed (full-width figures, spaces and dashes included) and returns the one
way of writing it that is stored and compared. What cannot be one raises UnreadableAnswerError with the
mistake's code; the sentence for the customer is made of the code in each language.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from core import clock
from customers.rules import normal_email, normal_mobile
from surveys.rules.readings import UnreadableAnswerError

_SEPARATORS = re.compile(r"[\s\-·.]")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_FIRST_BIRTH = date(1900, 1, 1)
# The first two figures of GB/T 2260; 83 is on residence permits of people from Taiwan, and cards of foreign
# permanent residents begin with 9 (GA 2029-2023).
_PROVINCES = {
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
    "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
}  # fmt: skip

_POLICY = re.compile(r"[A-Z0-9]([A-Z0-9\-]{6,28})[A-Z0-9]")
_POLICY_FIGURES = 6

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
# Thousands as in 12,500; in China also ten thousands, as in 1,2500.
_GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,4}(,\d{4})+)(\.\d{1,6})?")


def narrow(text: str) -> str:
    """Return a text on one line, with full-width figures, letters and dashes made plain ones."""
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    return " ".join(unicodedata.normalize("NFKC", whole).translate(_DASHES).split())


def mobile(text: str) -> str:
    """Return a mainland mobile number as eleven figures, without +86; the mistake is "mobile"."""
    number = normal_mobile(narrow(text))
    if number is None or not number.isascii():
        raise UnreadableAnswerError("mobile")
    return number


def email(text: str) -> str:
    """Return an e-mail address as it is written to; the mistake is "email"."""
    address = normal_email(narrow(text))
    if address is None:
        raise UnreadableAnswerError("email")
    return address


def id_card(text: str) -> str:
    """Return the eighteen characters of an identity card, a final X in capitals.

    The last character is checked by ISO 7064 MOD 11-2 as GB 11643-1999 lays down. Mistakes: "id_card_old" for
    the fifteen figures of cards that ended in 2013, "id_card" for another shape or province, "id_card_birth"
    for a birthday that no calendar has or that is to come, "id_card_check" for a slip of the pen.
    """
    number = _SEPARATORS.sub("", narrow(text)).upper()
    if re.fullmatch(r"[0-9]{15}", number):
        raise UnreadableAnswerError("id_card_old")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or not (number[0] == "9" or number[:2] in _PROVINCES):
        raise UnreadableAnswerError("id_card")
    born = _day(number[6:14])
    if born is None or not _FIRST_BIRTH <= born <= clock.beijing_day(clock.now()):
        raise UnreadableAnswerError("id_card_birth")
    if check_character(number[:17]) != number[17]:
        raise UnreadableAnswerError("id_card_check")
    return number


def check_character(figures: str) -> str:
    """Return the last character that belongs to the first seventeen figures of an identity card."""
    total = sum(int(figure) * weight for figure, weight in zip(figures, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def policy(text: str) -> str:
    """Return a policy number in capitals without spaces; the mistake is "policy".

    Insurers number their policies each in their own way: 8 to 30 letters, figures and hyphens, of which at
    least six are figures.
    """
    number = narrow(text).replace(" ", "").upper()
    if not _POLICY.fullmatch(number) or sum(c.isdigit() for c in number) < _POLICY_FIGURES:
        raise UnreadableAnswerError("policy")
    return number


def number(text: str, low: float | None = None, high: float | None = None) -> float:
    """Return a number that may be written with full-width figures and separated thousands.

    Mistakes: "number" for what is none, "number_low" and "number_high" for one beyond the bounds.
    """
    figures = narrow(text).replace(" ", "").replace("、", ",")
    if _GROUPED.fullmatch(figures) and figures.isascii():
        figures = figures.replace(",", "")
    if not (_NUMBER.fullmatch(figures) and figures.isascii()):
        raise UnreadableAnswerError("number")
    value = Decimal(figures)
    if low is not None and value < Decimal(str(low)):
        raise UnreadableAnswerError("number_low", low=written(low))
    if high is not None and value > Decimal(str(high)):
        raise UnreadableAnswerError("number_high", high=written(high))
    return float(value)


def written(value: float) -> str:
    """Return a number as it stands in a sentence: 5, 0.5, 1000000."""
    return format(Decimal(str(value)).normalize(), "f")


def _day(figures: str) -> date | None:
    try:
        return date(int(figures[:4]), int(figures[4:6]), int(figures[6:]))
    except ValueError:
        return None
