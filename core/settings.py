"""Every environment variable of the product, documented, read once at start.

A missing or malformed value stops the start with the names of all variables at fault. With the
embedded database the secrets are made on first start and kept in ``<home>/secrets.env`` (mode 600);
with ``DATABASE_URL`` set, somebody else runs the database and must give the secrets too. Only who starts the
product founds a home: a command run in a wrong folder must not make a second installation there.
"""

import os
import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import NoHomeError, SettingsError

_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _keys(text: str) -> str:
    for part in filter(None, text.split(",")):
        name, _, key = part.partition("=")
        try:
            size = len(b64decode(key, validate=True))
        except Base64Error as error:
            raise ValueError(f"key {name!r} is not base64") from error
        if not name.isidentifier() or len(name) > 16 or size != 32:
            raise ValueError("must read ID=BASE64[,ID=BASE64…] with keys of 32 bytes, the active one first")
    return text


def _database_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port  # a port that is none raises ValueError here and not at the first connection
    except ValueError:
        parts = urlsplit("")
    # The value holds a password, so nothing of it is said again.
    if text and (parts.scheme not in _POSTGRES or len(parts.path) < 2):
        raise ValueError("must read postgresql://[user[:password]@][host[:port]]/name, odd letters as %40")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise ValueError("must be an http(s) address such as https://voice.example.cn")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname):
        raise ValueError("must read smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]")
    try:
        _ = parts.port  # asked for here and not at the first letter
    except ValueError:
        # Also where a password holds / or #: what stands before it looks like host and port then. It is not said again.
        raise ValueError(
            "has a port that is none; write odd letters of user and password as %2F, %23"
        ) from None
    return text


def _sms_url(text: str) -> str:
    parts = urlsplit(text)
    if not text:
        return text
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must read http(s)://host[:port]/path without user and password")
    _ = parts.port  # a port that is none raises ValueError here and not at the first message
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("must be written in ASCII without spaces")
    return text


def _sms_signature(text: str) -> str:
    name = text.strip().removeprefix("【").removesuffix("】").strip()
    if len(name) > 20 or re.search(r"[【】\x00-\x1f]", name):
        raise ValueError("must be one name of at most 20 characters such as 【安澜保险】")
    return name


def _mail_from(text: str) -> str:
    if not re.fullmatch(
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+", text
    ):
        raise ValueError("must be a plain address such as service@insurer.cn")
    return text


def _hosts(text: str) -> str:
    hosts = [host.strip().lower() for host in text.split(",") if host.strip()]
    for host in hosts:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", host):
            raise ValueError(
                f"{host!r} is not a host name; write hosts like www.insurer.cn, separated by commas"
            )
    return ",".join(hosts)


class Settings(BaseModel):
    """The product's settings; one field is one environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        "", description="PostgreSQL to use; empty runs the embedded one in the home."
    )
    huisheng_home: Annotated[Path, AfterValidator(_absolute)] = Field(
        Path("var"), description="State folder: embedded database, generated secrets, logs, uploads."
    )
    huisheng_secret: str = Field(
        "", description="Signs sessions and links, keys the blind indexes; 32+ characters."
    )
    huisheng_keys: Annotated[str, AfterValidator(_keys)] = Field(
        "", description="Encryption keyring ID=BASE64[,…], 32-byte keys; the first encrypts, all decrypt."
    )
    huisheng_base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "http://127.0.0.1:8000", description="Address under which customers reach the answer pages."
    )
    huisheng_company: str = Field(
        "安澜保险", description="The insurer's name as customers and staff read it."
    )
    huisheng_phone: str = Field(
        "", max_length=32, description="The service number that customers' pages offer; none if empty."
    )
    huisheng_embed_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        "",
        description="Hosts whose pages may show questionnaires in a frame, separated by commas; none if empty.",
    )
    huisheng_redirect_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        "", description="Hosts to which a thank-you page may lead on, separated by commas; none if empty."
    )
    smtp_url: Annotated[str, AfterValidator(_smtp_url)] = Field(
        "", description="Mail server; empty prints e-mails to the log instead of sending them."
    )
    mail_from: Annotated[str, AfterValidator(_mail_from)] = Field(
        "service@huisheng.example", description="Sender address of e-mails to customers."
    )
    smtp_timeout_seconds: float = Field(20.0, gt=0, le=120, description="Longest wait for one SMTP reply.")
    sms_url: Annotated[str, AfterValidator(_sms_url)] = Field(
        "", description="The SMS platform's address; empty writes text messages into the outbox folder."
    )
    sms_secret: str = Field(
        "", description="Signs what is sent to the SMS platform; 16+ characters, mandatory with SMS_URL."
    )
    sms_signature: Annotated[str, AfterValidator(_sms_signature)] = Field(
        "", description="The name in 【】 that begins every text message; the company's if empty."
    )
    sms_timeout_seconds: float = Field(
        10.0, gt=0, le=120, description="Longest wait for the SMS platform's whole answer."
    )
    sms_from_hour: int = Field(
        9, ge=8, le=21, description="No text message leaves before this hour, Beijing time."
    )
    sms_until_hour: int = Field(
        21, ge=9, le=22, description="No text message leaves from this hour on, Beijing time."
    )
    ask_within_days: int = Field(
        7,
        ge=1,
        le=365,
        description="A customer is asked at most so many days later than a rule says; older events are only stored.",
    )
    lease_seconds: float = Field(
        60.0,
        gt=0,
        le=600,
        description="A worker that claimed messages and fell silent loses them after this long.",
    )
    web_processes: int = Field(2, ge=1, le=64, description="Processes that serve HTTP.")
    web_threads: int = Field(
        8, ge=1, le=64, description="Threads per web process; also its database connections."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies whose X-Forwarded-For is believed."
    )
    secure_cookies: bool = Field(
        default=False, description="Send cookies over HTTPS only; set it wherever TLS ends before us."
    )
    idle_minutes: int = Field(
        30, ge=1, le=720, description="Staff sessions end after this long without a request."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level logged.")
    log_format: str = Field(
        "json", pattern="^(json|console)$", description="json for machines, console for people."
    )

    @model_validator(mode="after")
    def _secrets_given(self) -> Self:
        if self.huisheng_secret and len(self.huisheng_secret) < 32:
            raise ValueError("HUISHENG_SECRET must have at least 32 characters")
        return self

    @model_validator(mode="after")
    def _sms_whole(self) -> Self:
        if self.sms_url and len(self.sms_secret) < 16:
            raise ValueError("SMS_SECRET must have at least 16 characters where SMS_URL is set")
        if self.sms_from_hour >= self.sms_until_hour:
            raise ValueError("SMS_FROM_HOUR must come before SMS_UNTIL_HOUR")
        return self

    @property
    def embed_hosts(self) -> tuple[str, ...]:
        """The hosts whose pages may show questionnaires in a frame."""
        return tuple(filter(None, self.huisheng_embed_hosts.split(",")))

    @property
    def redirect_hosts(self) -> tuple[str, ...]:
        """The hosts to which a thank-you page may lead on."""
        return tuple(filter(None, self.huisheng_redirect_hosts.split(",")))

    @property
    def embedded(self) -> bool:
        """Whether the product runs its own PostgreSQL."""
        return not self.database_url


def load(environ: dict[str, str] | None = None, *, founding: bool = False) -> Settings:
    """Read the settings; raise SettingsError naming every variable that is missing or malformed.

    ``founding`` makes the secrets of a home that has none; without it NoHomeError is raised where they are needed.
    """
    given = dict(os.environ if environ is None else environ)
    home = _absolute(Path(given.get("HUISHENG_HOME") or "var"))
    if not given.get("DATABASE_URL"):
        if founding and not (given.get("HUISHENG_SECRET") and given.get("HUISHENG_KEYS")):
            _make_secrets(home)
        given = _kept_secrets(home) | given
        if not (given.get("HUISHENG_SECRET") and given.get("HUISHENG_KEYS")):
            raise no_home(home)
    fields: dict[str, Any] = {
        name: given[name.upper()] for name in Settings.model_fields if given.get(name.upper())
    }
    try:
        settings = Settings(**fields)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    missing = [name for name in ("huisheng_secret", "huisheng_keys") if not getattr(settings, name)]
    if missing:
        names = " and ".join(name.upper() for name in missing)
        raise SettingsError(f"{names} must be set when DATABASE_URL is set")
    return settings


@lru_cache(maxsize=1)
def current() -> Settings:
    """Return the settings of this process, read on first use."""
    return load()


def found() -> Settings:
    """Return the settings of this process; where the home has no secrets yet, make them. For the start alone."""
    load(founding=True)
    current.cache_clear()
    return current()


def no_home(home: Path) -> NoHomeError:
    """Return the error that says that nobody has started the product in this home."""
    return NoHomeError(
        f"在 {home} 没有找到回声的数据：请到安装目录里运行，或用环境变量 HUISHENG_HOME 指明数据目录、"
        "用 DATABASE_URL 指明数据库；第一次启动请用 cx up。"
    )


def _sentence(error: ValidationError) -> str:
    parts = []
    for item in error.errors():
        name = str(item["loc"][0]).upper() if item["loc"] else "settings"
        parts.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)


def _make_secrets(home: Path) -> None:
    """Make the secrets of a home that has none; raise SettingsError where data wait for those that are lost."""
    file = home / "secrets.env"
    if file.exists():
        return
    if (home / "postgres" / "PG_VERSION").exists():
        raise SettingsError(
            f"{file} is missing, but {home / 'postgres'} holds data that only its secrets open: "
            "put the file back from your backup"
        )
    home.mkdir(parents=True, exist_ok=True)
    lines = [
        f"HUISHENG_SECRET={secrets.token_urlsafe(48)}",
        f"HUISHENG_KEYS=k1={b64encode(secrets.token_bytes(32)).decode()}",
    ]
    fresh = file.with_suffix(f".{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        # A link fails where the file exists: of two first starts at once, one pair of secrets wins.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _kept_secrets(home: Path) -> dict[str, str]:
    """Return the secrets kept in the home; nothing if there are none."""
    file = home / "secrets.env"
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if line)
    return {name: value for name, _, value in pairs}
