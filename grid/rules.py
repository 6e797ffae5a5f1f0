"""Who may do what: permissions, the roles as sets of them (least privilege, MLPS level 3), and logging in."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from core.sentences import N_, Value, said

# Five wrong passwords in a row close an account for a quarter of an hour (MLPS level 3, 8.1.4.1 b).
FAILURES_PER_ACCOUNT = 5
LOCKED_FOR = timedelta(minutes=15)

# An office of some hundred people shares one address, so an address may fail more often than a person.
FAILURES_PER_ADDRESS = 30
ADDRESS_WINDOW = timedelta(minutes=15)

# However busy a session is, after a working day its owner says again who they are.
LONGEST_SESSION = timedelta(hours=12)

# "Last seen" and "last used" are written this often: a row per click would cost more than it tells.
SEEN_EVERY = timedelta(minutes=1)

LOGIN_LETTERS = r"[A-Za-z0-9._@-]*"
SHORTEST_LOGIN, LONGEST_LOGIN = 2, 32
LONGEST_NAME = 40

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128  # argon2 would take more, but a megabyte of password is an attack

# Those of the usual lists of leaked passwords that are long enough to pass the first rule.
_WORST_PASSWORDS = frozenset(
    {
        "0123456789", "01234567890", "0987654321", "1234567890", "12345678900", "12345678910", "123456789a",
        "123456789q", "123456789abc", "1234554321", "1122334455", "1111122222", "112233445566", "1029384756",
        "5201314520", "13145201314", "woaini1314", "woaini5201314", "woaini1314520", "woaini123456",
        "a123456789", "aa123456789", "abc1234567", "abc123456789", "abcd123456", "abcd1234567", "q123456789",
        "qwer123456", "qwer1234567", "qwe1234567", "qwerty1234", "qwerty12345", "qwerty123456", "qwertyuiop",
        "qwertyuiop123", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "1qazxsw23edc", "qazwsxedcrfv",
        "zxcvbnm123", "asdfghjkl1", "asdfghjkl123", "q1w2e3r4t5", "a1b2c3d4e5", "admin12345", "admin123456",
        "administrator", "password12", "password123", "password1234", "passw0rd123", "p@ssw0rd123",
        "p@ssword123", "iloveyou123", "welcome123", "welcome1234", "letmein123", "changeme123", "huisheng123",
        "huisheng1234", "huisheng123456",
    }
)  # fmt: skip


class Permission(StrEnum):
    """One thing that a person or a key may do."""

    DASHBOARD_VIEW = "dashboard.view"
    FEEDBACK_VIEW = "feedback.view"
    FEEDBACK_IMPORT = "feedback.import"
    TICKET_VIEW = "ticket.view"
    TICKET_WORK = "ticket.work"
    TICKET_ASSIGN = "ticket.assign"
    SURVEY_VIEW = "survey.view"
    SURVEY_EDIT = "survey.edit"
    SURVEY_PUBLISH = "survey.publish"
    MESSAGE_VIEW = "message.view"
    MESSAGE_SETTLE = "message.settle"
    PERSONAL_REVEAL = "personal.reveal"
    EXPORT = "export"
    STAFF_MANAGE = "staff.manage"
    KEY_MANAGE = "key.manage"
    JOB_MANAGE = "job.manage"
    AUDIT_VIEW = "audit.view"


class Role(StrEnum):
    """A named set of permissions; a member of staff has one, in one region with all below it."""

    ADMINISTRATOR = "administrator"
    CX_MANAGER = "cx_manager"
    AGENT = "agent"
    ANALYST = "analyst"
    VIEWER = "viewer"
    AUDITOR = "auditor"


P = Permission

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.CX_MANAGER: frozenset(
        {
            P.DASHBOARD_VIEW, P.FEEDBACK_VIEW, P.FEEDBACK_IMPORT, P.TICKET_VIEW, P.TICKET_WORK,
            P.TICKET_ASSIGN, P.SURVEY_VIEW, P.SURVEY_EDIT, P.SURVEY_PUBLISH, P.MESSAGE_VIEW, P.MESSAGE_SETTLE,
            P.PERSONAL_REVEAL, P.EXPORT,
        }
    ),
    Role.AGENT: frozenset({P.FEEDBACK_VIEW, P.TICKET_VIEW, P.TICKET_WORK, P.PERSONAL_REVEAL}),
    Role.ANALYST: frozenset({P.DASHBOARD_VIEW, P.FEEDBACK_VIEW, P.SURVEY_VIEW, P.EXPORT}),
    Role.VIEWER: frozenset({P.DASHBOARD_VIEW}),
    Role.AUDITOR: frozenset({P.DASHBOARD_VIEW, P.AUDIT_VIEW, P.MESSAGE_VIEW}),
}  # fmt: skip


class Scope(StrEnum):
    """What an API key was issued for."""

    EVENTS_WRITE = "events:write"
    FEEDBACK_WRITE = "feedback:write"
    FEEDBACK_READ = "feedback:read"
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    METRICS_READ = "metrics:read"
    RESPONSES_READ = "responses:read"


class RegionKind(StrEnum):
    """The four levels of an insurer's network; each stands below the one before."""

    HEADQUARTERS = "headquarters"
    PROVINCE = "province"
    CITY = "city"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks, a member of staff or an API key: one region with all below it, and rights there.

    ``region_path`` is the region's ``/1/4/``; whatever a viewer sees lies in regions whose path begins so.
    """

    name: str
    region_id: int
    region_path: str
    region_name: str
    permissions: frozenset[Permission] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    staff_id: int | None = None
    role: Role | None = None
    language: str = "zh"

    def may(self, permission: Permission) -> bool:
        """Say whether the viewer has ``permission``."""
        return permission in self.permissions

    def sees(self, region_path: str) -> bool:
        """Say whether a region lies in the viewer's subtree."""
        return region_path.startswith(self.region_path)

    @property
    def everywhere(self) -> bool:
        """Whether the viewer stands at headquarters and so sees every region."""
        return self.region_path.count("/") == 2

    @property
    def signature(self) -> str:
        """How the audit log names the viewer: ``staff:12`` or ``key:hotline``."""
        return f"staff:{self.staff_id}" if self.staff_id is not None else f"key:{self.name}"


def password_faults(password: str, login: str) -> list[Value]:
    """Return every sentence that speaks against a password; empty if it may be used.

    Length and a list of known-bad words, not character classes: classes make people write ``Huisheng1!``
    (NIST SP 800-63B, 5.1.1.2).
    """
    faults: list[Value] = []
    if len(password) < SHORTEST_PASSWORD:
        faults.append(said(N_("密码至少 %(n)s 位"), n=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        faults.append(said(N_("密码最多 %(n)s 位"), n=LONGEST_PASSWORD))
    plain = password.casefold()
    if login and login.casefold() in plain:
        faults.append(N_("密码不能包含登录名"))
    if plain in _WORST_PASSWORDS or (plain and len(set(plain)) <= 2):
        faults.append(N_("这个密码太常见，很容易被猜到"))
    return faults


def account_faults(login: str, name: str) -> dict[str, list[Value]]:
    """Return what speaks against the login and the name of a new account, by field; empty if nothing does."""
    faults: dict[str, list[Value]] = {}
    if not re.fullmatch(LOGIN_LETTERS, login):
        faults["login"] = [N_("登录名只能用字母、数字和 . _ - @")]
    elif not SHORTEST_LOGIN <= len(login) <= LONGEST_LOGIN:
        faults["login"] = [N_("登录名长 2 到 32 位")]
    return faults | name_faults(name, N_("请输入姓名"))


def name_faults(name: str, missing: str) -> dict[str, list[Value]]:
    """Return what speaks against the name of a person or a key; ``missing`` is said where there is none."""
    if not name.strip():
        return {"name": [missing]}
    if len(name.strip()) > LONGEST_NAME:
        return {"name": [said(N_("名称最多 %(n)s 个字"), n=LONGEST_NAME)]}
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return {"name": [N_("含有无法识别的字符")]}
    return {}


def login_name(text: str) -> str:
    """Return a login as it is stored: no blanks around it, small letters."""
    return text.strip().lower()


def children_of(kind: RegionKind) -> tuple[RegionKind, ...]:
    """Return the kinds that may stand below ``kind``: all deeper ones (a branch may report to a province)."""
    order = tuple(RegionKind)
    return order[order.index(kind) + 1 :]


def local_path(wanted: str | None) -> str | None:
    r"""Return ``wanted`` if it is a path of this site to go on to after login, otherwise None.

    Browsers read ``//host`` and ``/\host`` as another site and drop tabs and line breaks before they look,
    so whatever is not plainly a path of ours is refused (CWE-601).
    """
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return None
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in wanted):
        return None
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path in {"/login", "/logout"}:
        return None
    return wanted


def first_page(viewer: Viewer) -> str:
    """Return the path of the page that a person's work begins with."""
    if viewer.may(Permission.DASHBOARD_VIEW):
        return "/"
    return "/tickets" if viewer.may(Permission.TICKET_VIEW) else "/account"
