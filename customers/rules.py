"""What a customer's data must look like, and how it is normalised before it is indexed or masked."""

import re

_MOBILE = re.compile(r"1[3-9]\d{9}")
_EMAIL = re.compile(
    r"[^@\s,;<>\"'()\\\[\]\x00-\x1f]+@[^@\s,;<>\"'()\\\[\]\x00-\x1f.]+(\.[^@\s,;<>\"'()\\\[\]\x00-\x1f.]+)+"
)

ALL_CHANNELS = "*"


def normal_mobile(text: str) -> str | None:
    """Return a mainland mobile number as eleven digits, or None if it is none."""
    digits = re.sub(r"[\s\-()（）]", "", text)
    digits = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", digits)
    return digits if _MOBILE.fullmatch(digits) else None


def normal_email(text: str) -> str | None:
    """Return an e-mail address as it is written to, or None if it is none; 254 characters is SMTP's limit."""
    address = text.strip()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def email_key(address: str) -> str:
    """Return the form under which an address is found: mail hosts in practice ignore case."""
    return address.casefold()


def masked_name(name: str | None) -> str:
    """Return a name with all but the surname covered: 王*, 欧阳**."""
    if not name:
        return ""
    surname = name[:2] if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else name[:1]
    return surname + "*" * max(1, len(name) - len(surname))


def masked_mobile(mobile: str | None) -> str:
    """Return 138****1234."""
    return f"{mobile[:3]}****{mobile[-4:]}" if mobile and len(mobile) >= 7 else ""


def masked_email(email: str | None) -> str:
    """Return w***@example.cn."""
    if not email or "@" not in email:
        return ""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


_DOUBLE_SURNAMES = {
    "欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "东方", "司徒", "端木", "南宫",
}  # fmt: skip
