"""Migrations: one line, equal to the tables of the code, forward and back with rows present."""

import re
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, inspect, select, text
from sqlalchemy.orm import Session

from app import schema
from app.demo import factories
from core import clock, db
from surveys.models import SurveyVersion, Suspect
from tests.surveys import open_links


def test_there_is_one_line_of_revisions() -> None:
    scripts = ScriptDirectory.from_config(schema.config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_the_database_at_head_is_what_the_code_says(fresh_database: str) -> None:
    assert schema.differences() == []
    with db.engine().connect() as connection:
        assert schema.at(connection) == schema.head()


def test_no_revision_imports_the_code_of_the_house() -> None:
    for file in (schema.FOLDER / "versions").glob("*.py"):
        imports = re.findall(r"^(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(imports) <= {"sqlalchemy", "alembic", "pathlib"}, file.name


def test_with_rows_present_every_revision_goes_back_and_forward_again(fresh_database: str) -> None:
    with db.transaction() as session:
        customer = factories.make_customer(session)
        factories.make_event(session, customer=customer)
        factories.make_response(session, nps=3, why="慢", customer_id=customer.id)
        factories.make_ticket(session)
    revisions = [script.revision for script in ScriptDirectory.from_config(schema.config()).walk_revisions()]
    for target in [*revisions[1:], "base"]:
        before = rows()
        schema.downgrade(target)
        after = rows()
        # What is still there after a step back has kept its rows.
        assert {name: before[name] for name in after} == after
    assert rows() == {}
    schema.upgrade()
    assert schema.differences() == []


def test_rules_keep_to_letters_before_texts_were_known(fresh_database: str) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("UPDATE ask_rules SET channel = 'sms_first' WHERE id % 2 = 0"))
        connection.execute(text("UPDATE ask_rules SET channel = 'sms', score_in_sms = true WHERE id % 2 = 1"))
        before = connection.scalar(text("SELECT count(*) FROM ask_rules"))
    schema.downgrade("0012")
    schema.upgrade()
    with db.engine().connect() as connection:
        found = connection.execute(
            text("SELECT channel, score_in_sms, count(*) FROM ask_rules GROUP BY 1, 2")
        )
        assert found.all() == [("email", False, before)]
    assert schema.differences() == []


def test_answers_put_aside_go_back_and_forth_with_where_they_came_from(fresh_database: str) -> None:
    def put_aside(session: Session, key: bytes, **place: object) -> None:
        given = {
            "key_hash": key * 32,
            "language": "zh-Hans",
            "sent": "很久没人理",
            "received_at": clock.now(),
        }
        session.add(Suspect(**given, reasons=["trap_filled"], **place))

    with db.transaction() as session:
        link = open_links.make_link(session, region_id=factories.make_region(session).id, kind="poster")
        of_survey = select(SurveyVersion.id).where(SurveyVersion.survey_id == link.survey_id)
        version_id = session.scalars(of_survey).one()
        place = {"touchpoint_code": link.touchpoint_code, "region_id": link.region_id, "channel": "poster"}
        put_aside(session, b"k", link_id=link.id, version_id=version_id, **place)
        invitation, _token = factories.make_invitation(session)
        place = {"touchpoint_code": invitation.touchpoint_code, "region_id": invitation.region_id}
        place |= {"version_id": invitation.version_id, "invitation_id": invitation.id}
        put_aside(session, b"p", channel="email", **place)
    before = put_aside_rows()
    schema.downgrade("0013")
    with db.engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM suspects")) == 1
    schema.upgrade()
    assert put_aside_rows() == before
    assert schema.differences() == []


def test_a_wish_to_be_called_stays_heard_where_the_table_knows_no_wishes(fresh_database: str) -> None:
    with db.transaction() as session:
        silent: dict[str, Any] = {"words": "", "sentiment": None, "score": None, "call_back": True}
        alone = factories.make_feedback(session, **silent)
        ticket = factories.make_ticket(session, feedback=alone, trigger="call_back")
        scored = factories.make_feedback(session, **silent | {"nps": 9})
        ids = [alone.id, scored.id, ticket.id]
    schema.downgrade("0014")
    with db.engine().connect() as connection:
        kept = connection.execute(text("SELECT id, words, nps FROM feedback ORDER BY id")).all()
        assert kept == [(ids[0], "请给我回电", None), (ids[1], "", 9)]
        assert connection.scalar(text("SELECT trigger FROM tickets")) == "manual"
    schema.upgrade()
    assert schema.differences() == []


def put_aside_rows() -> list[tuple[object, ...]]:
    """Return what is known of every answer put aside."""
    with db.reading() as session:
        rows = session.scalars(select(Suspect).order_by(Suspect.id)).all()
        assert len(rows) == 2
        return [
            (
                row.id,
                row.link_id,
                row.invitation_id,
                row.touchpoint_code,
                row.region_id,
                row.channel,
                row.sent,
            )
            for row in rows
        ]


def rows() -> dict[str, int]:
    """Return how many rows each of our tables holds."""
    with db.engine().connect() as connection:
        found = MetaData()
        names = [
            name
            for name in inspect(connection).get_table_names()
            if name != "alembic_version" and not name.startswith("procrastinate_")
        ]
        found.reflect(connection, only=names)
        return {
            t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in found.sorted_tables
        }


def test_the_job_librarys_schema_is_the_one_of_the_locked_release() -> None:
    lock = (Path(schema.__file__).parents[1] / "requirements.lock").read_text(encoding="utf-8")
    version = re.search(r"^procrastinate==([\d.]+)", lock, re.MULTILINE)
    assert version is not None
    assert (schema.FOLDER / "sql" / f"procrastinate-{version[1]}.sql").exists()
