"""The audit log tells when somebody changed it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import audit


def write_three(session: Session) -> None:
    for number in range(3):
        audit.record(session, actor="staff:1", action="test", object_type="thing", object_id=number)


def test_an_untouched_chain_is_whole(session: Session) -> None:
    before = audit.verify(session).lines
    write_three(session)
    verdict = audit.verify(session)
    assert (verdict.lines, verdict.broken_at) == (before + 3, None)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_the_database_refuses_to_change_a_line(session: Session, statement: str) -> None:
    write_three(session)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit_log SET actor = 'nobody' WHERE id = 2", 2),
        ("DELETE FROM audit_log WHERE id = 2", 2),
        ("""UPDATE audit_log SET detail = '{"amount": 1}' WHERE id = 1""", 1),
    ],
)
def test_whoever_goes_around_the_trigger_breaks_the_chain(
    session: Session, tampering: str, broken: int
) -> None:
    session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
    session.execute(text("DELETE FROM audit_log"))
    write_three(session)
    session.execute(text(tampering))
    session.expire_all()
    assert audit.verify(session).broken_at == broken
