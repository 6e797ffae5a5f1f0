"""The environment is read once, and what is wrong is named."""

import stat
from pathlib import Path

import pytest

from core import settings
from core.errors import SettingsError

KEY = "k1=" + "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="


def test_secrets_are_made_on_first_start_and_stay(tmp_path: Path) -> None:
    environ = {"HUISHENG_HOME": str(tmp_path / "var")}
    first, second = settings.load(environ), settings.load(environ)
    assert first.huisheng_secret == second.huisheng_secret
    assert first.huisheng_keys == second.huisheng_keys
    assert stat.S_IMODE((tmp_path / "var" / "secrets.env").stat().st_mode) == 0o600


def test_with_a_database_of_ones_own_the_secrets_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HUISHENG_SECRET and HUISHENG_KEYS"):
        settings.load({"DATABASE_URL": "postgresql://db/x", "HUISHENG_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUISHENG_KEYS", "k1=tooshort"),
        ("HUISHENG_SECRET", "short"),
        ("SMTP_URL", "mailhost:25"),
        ("HUISHENG_BASE_URL", "voice.example.cn"),
        ("WEB_PROCESSES", "many"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_malformed_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.load({"HUISHENG_HOME": str(tmp_path), name: value})


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"SMTP_URL.*WEB_PROCESSES"):
        settings.load({"HUISHENG_HOME": str(tmp_path), "SMTP_URL": "x", "WEB_PROCESSES": "0"})


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in settings.Settings.model_fields.values())
