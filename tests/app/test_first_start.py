"""What a start makes sure of before anything is served."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from app import first_start
from app.demo import factories
from core import crypto, db, settings
from core.errors import SettingsError

SECRET = "another secret of more than thirty-two characters"
KEYS = "k1=" + b64encode(b"another key of thirty-two bytes!").decode()


@pytest.fixture
def house(fresh_database: str) -> Iterator[str]:
    """A house that knows customers; the keys that a test uses are taken away again."""
    ring = crypto.ring()
    with db.transaction() as session:
        factories.make_customer(session, mobile=None, mobile_index=None)
        factories.make_customer(session)
    yield fresh_database
    crypto.use(ring)


@pytest.mark.usefixtures("house")
def test_a_house_starts_with_the_keys_of_its_customers() -> None:
    with capture_logs() as lines:
        first_start.bring_up(settings.current())
    assert [line for line in lines if line["log_level"] != "info"] == []


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("keys", [KEYS, KEYS.replace("k1", "k9")], ids=["same name", "other name"])
def test_a_house_does_not_start_with_keys_that_do_not_open_its_customers(keys: str) -> None:
    crypto.use(crypto.Keyring.parse(keys, SECRET))
    with pytest.raises(SettingsError, match="HUISHENG_KEYS does not open"):
        first_start.bring_up(settings.current())


@pytest.mark.usefixtures("house")
def test_another_secret_is_logged_for_it_may_have_been_changed_on_purpose() -> None:
    crypto.use(crypto.Keyring.parse(settings.current().huisheng_keys, SECRET))
    with capture_logs() as lines:
        first_start.bring_up(settings.current())
    assert "secret_is_not_the_one_that_indexed_customers" in [line["event"] for line in lines]


@pytest.mark.usefixtures("fresh_database")
def test_a_house_without_customers_starts_with_any_keys() -> None:
    ring = crypto.ring()
    try:
        crypto.use(crypto.Keyring.parse(KEYS, SECRET))
        first_start.bring_up(settings.current())
    finally:
        crypto.use(ring)
