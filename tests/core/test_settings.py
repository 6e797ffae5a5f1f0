"""The environment is read once, and what is wrong is named."""

import stat
from pathlib import Path

import pytest

from core import settings
from core.errors import NoHomeError, SettingsError

KEY = "k1=" + "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="


def test_secrets_are_made_on_first_start_and_stay(tmp_path: Path) -> None:
    environ = {"HUISHENG_HOME": str(tmp_path / "var")}
    first, second = settings.load(environ, founding=True), settings.load(environ)
    assert first.huisheng_secret == second.huisheng_secret
    assert first.huisheng_keys == second.huisheng_keys
    assert stat.S_IMODE((tmp_path / "var" / "secrets.env").stat().st_mode) == 0o600


def test_who_does_not_start_the_product_makes_no_home(tmp_path: Path) -> None:
    with pytest.raises(NoHomeError, match=r"elsewhere/var.*HUISHENG_HOME.*DATABASE_URL.*cx up"):
        settings.load({"HUISHENG_HOME": str(tmp_path / "elsewhere" / "var")})
    assert list(tmp_path.iterdir()) == []


def test_with_a_database_of_ones_own_the_secrets_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HUISHENG_SECRET and HUISHENG_KEYS"):
        settings.load({"DATABASE_URL": "postgresql://db/x", "HUISHENG_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUISHENG_KEYS", "k1=tooshort"),
        ("HUISHENG_SECRET", "short"),
        ("SMTP_URL", "mailhost:25"),
        ("SMTP_URL", "smtp://post:half/secret@mailhost:25"),
        ("SMTP_URL", "smtp://post:half#secret@mailhost:25"),
        ("SMTP_URL", "smtps://mailhost:99999"),
        ("DATABASE_URL", "oracle://db/x"),
        ("DATABASE_URL", "postgresql://db"),
        ("HUISHENG_BASE_URL", "voice.example.cn"),
        ("SMS_URL", "sms.example.cn/send"),
        ("SMS_URL", "https://user:pw@sms.example.cn/send"),
        ("SMS_URL", "https://sms.example.cn/发送"),
        ("SMS_URL", "https://sms.example.cn:99999/send"),
        ("SMS_SIGNATURE", "【甲】【乙】"),
        ("SMS_FROM_HOUR", "7"),
        ("SMS_UNTIL_HOUR", "23"),
        ("WEB_PROCESSES", "many"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_malformed_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.load({"HUISHENG_HOME": str(tmp_path), name: value}, founding=True)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SMS_URL": "https://sms.example.cn/send"}, "SMS_SECRET"),
        ({"SMS_URL": "https://sms.example.cn/send", "SMS_SECRET": "short"}, "SMS_SECRET"),
        ({"SMS_FROM_HOUR": "20", "SMS_UNTIL_HOUR": "10"}, "SMS_FROM_HOUR"),
    ],
)
def test_settings_of_sms_that_do_not_fit_together_are_named(
    tmp_path: Path, given: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        settings.load({"HUISHENG_HOME": str(tmp_path), **given}, founding=True)


@pytest.mark.parametrize("given", ["安澜客服", "【安澜客服】", " 【安澜客服】 "])
def test_a_signature_is_taken_with_and_without_its_brackets(tmp_path: Path, given: str) -> None:
    assert (
        settings.load({"HUISHENG_HOME": str(tmp_path), "SMS_SIGNATURE": given}, founding=True).sms_signature
        == "安澜客服"
    )


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"SMTP_URL.*WEB_PROCESSES"):
        settings.load({"HUISHENG_HOME": str(tmp_path), "SMTP_URL": "x", "WEB_PROCESSES": "0"}, founding=True)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in settings.Settings.model_fields.values())


def test_lost_secrets_are_not_replaced_where_data_wait_for_them(tmp_path: Path) -> None:
    home = tmp_path / "var"
    settings.load({"HUISHENG_HOME": str(home)}, founding=True)
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("18\n", encoding="ascii")
    (home / "secrets.env").unlink()
    with pytest.raises(SettingsError, match=r"secrets\.env is missing.*backup"):
        settings.load({"HUISHENG_HOME": str(home)}, founding=True)
    assert not (home / "secrets.env").exists()
    given = {"HUISHENG_HOME": str(home), "HUISHENG_SECRET": "s" * 32, "HUISHENG_KEYS": KEY}
    assert settings.load(given, founding=True).huisheng_secret == "s" * 32
    assert not (home / "secrets.env").exists()
