"""After a rotation every value is under the new key, and nothing else has changed."""

import base64

from sqlalchemy import LargeBinary, select, type_coerce

from app.demo import factories
from app.tables import metadata
from core import crypto, db, rotation
from customers import queries
from customers.models import Customer
from surveys.models import Answer

SECRET = "s" * 40


def ring(*names: str) -> crypto.Keyring:
    """Return a ring of these keys, each made of its name."""
    parts = (f"{name}={base64.b64encode(name.encode().ljust(32, b'x')).decode()}" for name in names)
    return crypto.Keyring.parse(",".join(parts), SECRET)


def test_every_value_moves_to_the_active_key_and_is_still_found(fresh_database: str) -> None:
    before = crypto.ring()
    try:
        crypto.use(ring("old"))
        with db.transaction() as session:
            person = factories.make_customer(session, name="沈立群", mobile="13812345678")
            factories.make_staff(session, totp_secret="JBSWY3DPEHPK3PXP")
            response = factories.make_response(session, nps=3)
            for question, secret in (("mobile", "13812345678"), ("policy", "PL2026000123")):
                session.add(Answer(response_id=response.id, question_id=question, secret=secret))
        crypto.use(ring("new", "old"))
        for table, column, name in rotation.encrypted_columns(metadata):
            with db.transaction() as session:
                rotation.rotate_batch(session, table, column, name)
            with db.transaction() as session:
                assert rotation.rotate_batch(session, table, column, name) == 0
                stored = session.scalars(select(type_coerce(column, LargeBinary)).where(column.is_not(None)))
                assert {crypto.key_id(bytes(value)) for value in stored} <= {"new"}
        crypto.use(ring("new"))
        with db.reading() as session:
            again = session.get_one(Customer, person.id)
            assert (again.name, again.mobile) == ("沈立群", "13812345678")
            assert again.mobile_index == queries.mobile_index("13812345678")
            secrets = dict(
                session.execute(
                    select(Answer.question_id, Answer.secret).where(Answer.secret.is_not(None))
                ).all()
            )
            assert secrets == {"mobile": "13812345678", "policy": "PL2026000123"}
    finally:
        crypto.use(before)


def test_personal_columns_of_all_tables_are_known() -> None:
    names = {name for _, _, name in rotation.encrypted_columns(metadata)}
    assert {"customers.name", "customers.mobile", "customers.email", "staff.totp_secret"} <= names
