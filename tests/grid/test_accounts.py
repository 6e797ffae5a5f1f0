"""Accounts of staff: who may change what, and what that does."""

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import audit, db
from core.clock import FixedClock
from core.errors import InvalidInputError, NotFoundError
from core.models import AuditEntry
from grid import queries, services
from grid.models import Region, Staff
from grid.rules import Role, Viewer

IDLE = timedelta(minutes=30)


def admin_of(session: Session, region: Region | None = None) -> Viewer:
    person = factories.make_staff(
        session, role=Role.ADMINISTRATOR, region_id=region.id if region is not None else None
    )
    return services.viewer_of(person)


def opened(session: Session, person: Staff) -> str:
    return services.start_session(session, staff=person, address=None, agent=None)


def last_line(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def create(session: Session, by: Viewer | None, region: Region, login: str = "new.one") -> Staff:
    return services.create_staff(
        session,
        login=login,
        name=" 林小满 ",
        role=Role.AGENT,
        region=region,
        password="a-good-password",
        by=by,
    )


def test_a_new_account_can_log_in_and_stands_in_the_audit_log(session: Session) -> None:
    boss = admin_of(session)
    person = create(session, boss, queries.root(session), login="New.One")
    assert (person.login, person.name) == ("new.one", "林小满")
    line = last_line(session)
    assert (line.actor, line.action, line.object_id) == (boss.signature, "staff.create", str(person.id))
    assert "a-good-password" not in str(line.detail)
    found = services.authenticate(session, login="new.one", password="a-good-password", address=None)
    assert found is person
    assert person.password_hash.startswith("$argon2id$")


def test_a_login_is_given_once(session: Session) -> None:
    create(session, None, queries.root(session))
    with pytest.raises(InvalidInputError) as refused:
        create(session, None, queries.root(session), login="NEW.ONE")
    assert "login" in refused.value.fields
    assert session.query(Staff).filter_by(login="new.one").count() == 1


def test_an_account_with_a_bad_password_is_not_created(session: Session) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.create_staff(
            session,
            login="someone",
            name="某人",
            role=Role.AGENT,
            region=queries.root(session),
            password="someone-2026",
            by=None,
        )
    assert refused.value.fields == {"password": ["密码不能包含登录名"]}


def test_an_administrator_of_a_province_manages_that_province_only(session: Session) -> None:
    tree = factories.region_tree(session)
    boss = admin_of(session, tree["33"])
    outside = factories.make_staff(session, region_id=tree["32"].id)
    inside = factories.make_staff(session, region_id=tree["3301"].id)
    above = factories.make_staff(session, role=Role.ADMINISTRATOR)
    assert create(session, boss, tree["3302"]).region is tree["3302"]
    for region in (tree["HQ"], tree["32"], tree["3201"]):
        with pytest.raises(NotFoundError):
            create(session, boss, region, login=f"x{region.id}")
        with pytest.raises(NotFoundError):
            services.edit_staff(session, staff=inside, name="某人", role=Role.AGENT, region=region, by=boss)
    for person in (outside, above):
        with pytest.raises(NotFoundError):
            services.edit_staff(
                session, staff=person, name="某人", role=Role.VIEWER, region=tree["33"], by=boss
            )
        with pytest.raises(NotFoundError):
            services.reset_password(session, staff=person, by=boss)
        with pytest.raises(NotFoundError):
            services.reset_totp(session, staff=person, by=boss)
        with pytest.raises(NotFoundError):
            services.set_staff_active(session, staff=person, active=False, by=boss)
        with pytest.raises(NotFoundError):
            queries.staff(session, person.id, boss)
    assert inside in queries.staff_in_sight(session, boss)
    assert outside not in queries.staff_in_sight(session, boss)


def test_new_rights_hold_from_the_next_request_on(session: Session) -> None:
    tree = factories.region_tree(session)
    person = factories.make_staff(session, role=Role.AGENT)
    token = opened(session, person)
    services.edit_staff(
        session, staff=person, name="某人", role=Role.VIEWER, region=tree["33"], by=admin_of(session)
    )
    viewer = services.resume(session, token, idle=IDLE)
    assert viewer is not None
    assert (viewer.role, viewer.region_path) == (Role.VIEWER, tree["33"].path)
    assert last_line(session).detail["role"] == ["agent", "viewer"]


def test_the_last_administrator_of_headquarters_stays(session: Session) -> None:
    session.query(Staff).delete()
    tree = factories.region_tree(session)
    last = factories.make_staff(session, role=Role.ADMINISTRATOR)
    # Neither one who may not log in nor one of a province could give out rights everywhere.
    factories.make_staff(session, role=Role.ADMINISTRATOR, active=False)
    factories.make_staff(session, role=Role.ADMINISTRATOR, region_id=tree["33"].id)
    by = services.viewer_of(last)
    with pytest.raises(InvalidInputError, match="最后一位"):
        services.set_staff_active(session, staff=last, active=False, by=by)
    with pytest.raises(InvalidInputError, match="最后一位"):
        services.edit_staff(session, staff=last, name=last.name, role=Role.VIEWER, region=last.region, by=by)
    with pytest.raises(InvalidInputError, match="最后一位"):
        services.edit_staff(
            session, staff=last, name=last.name, role=Role.ADMINISTRATOR, region=tree["33"], by=by
        )
    services.edit_staff(
        session, staff=last, name="新名字", role=Role.ADMINISTRATOR, region=last.region, by=by
    )
    factories.make_staff(session, role=Role.ADMINISTRATOR)
    services.set_staff_active(session, staff=last, active=False, by=by)
    assert not last.active


def test_of_two_administrators_who_shut_each_other_out_one_stays(fresh_database: str) -> None:
    with db.transaction() as session:
        ids = [factories.make_staff(session, role=Role.ADMINISTRATOR).id for _ in range(2)]
    start, refused = Barrier(2), []

    def shut_out(staff_id: int) -> None:
        start.wait()
        try:
            with db.transaction() as session:
                person = session.get_one(Staff, staff_id)
                services.set_staff_active(session, staff=person, active=False, by=None)
        except InvalidInputError as error:
            refused.append(error)

    threads = [Thread(target=shut_out, args=(staff_id,)) for staff_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.query(Staff).filter_by(active=True).count() == 1
    assert len(refused) == 1


def test_shutting_somebody_out_ends_their_sessions_and_they_can_come_back(session: Session) -> None:
    boss, person = admin_of(session), factories.make_staff(session)
    token = opened(session, person)
    services.set_staff_active(session, staff=person, active=False, by=boss)
    assert services.resume(session, token, idle=IDLE) is None
    services.set_staff_active(session, staff=person, active=True, by=boss)
    assert services.resume(session, token, idle=IDLE) is None, "the old session stays ended"
    assert services.authenticate(session, login=person.login, password=factories.PASSWORD, address=None)


def test_a_changed_password_ends_the_other_sessions_only(session: Session) -> None:
    person = factories.make_staff(session)
    here, there = opened(session, person), opened(session, person)
    services.change_password(
        session, staff_id=person.id, current=factories.PASSWORD, new="another-good-one", token=here
    )
    assert services.resume(session, here, idle=IDLE)
    assert services.resume(session, there, idle=IDLE) is None
    assert services.authenticate(session, login=person.login, password="another-good-one", address=None)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", "another-good-one", "current"),
        (factories.PASSWORD, factories.PASSWORD, "new"),
        (factories.PASSWORD, "short", "new"),
        (factories.PASSWORD, "1q2w3e4r5t", "new"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_nor_to_a_bad_one(
    session: Session, current: str, new: str, field: str
) -> None:
    person = factories.make_staff(session)
    with pytest.raises(InvalidInputError) as refused:
        services.change_password(session, staff_id=person.id, current=current, new=new, token="")
    assert list(refused.value.fields) == [field]
    assert services.authenticate(session, login=person.login, password=factories.PASSWORD, address=None)


def test_a_reset_password_opens_the_lock_and_ends_all_sessions(
    session: Session, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session, locked_until=clock_at.now() + timedelta(minutes=10))
    token = opened(session, person)
    password = services.reset_password(session, staff=person, by=admin_of(session))
    assert services.resume(session, token, idle=IDLE) is None
    assert services.authenticate(session, login=person.login, password=password, address=None) is person
    assert password not in str(last_line(session).detail)


def test_the_second_factor_is_switched_on_by_its_first_code(session: Session, clock_at: FixedClock) -> None:
    person = factories.make_staff(session)
    here, there = opened(session, person), opened(session, person)
    secret = services.new_totp_secret()
    code = pyotp.TOTP(secret).at(clock_at.now())
    for password, given, field in (("wrong", code, "current"), (factories.PASSWORD, "000000", "code")):
        with pytest.raises(InvalidInputError) as refused:
            services.confirm_totp(
                session, staff_id=person.id, secret=secret, code=given, password=password, token=here
            )
        assert list(refused.value.fields) == [field]
    services.confirm_totp(
        session, staff_id=person.id, secret=secret, code=code, password=factories.PASSWORD, token=here
    )
    assert services.resume(session, here, idle=IDLE)
    assert services.resume(session, there, idle=IDLE) is None
    enter = partial(
        services.authenticate, session, login=person.login, password=factories.PASSWORD, address=None
    )
    assert enter(totp_code=code) is None, "that code is spent"
    services.disable_totp(session, staff_id=person.id, password=factories.PASSWORD)
    assert enter() is person


def test_the_secret_of_the_second_factor_is_encrypted_in_the_table(session: Session) -> None:
    person = factories.make_staff(session, totp_secret="JBSWY3DPEHPK3PXP")
    stored = session.connection().exec_driver_sql("SELECT totp_secret FROM staff WHERE id = %s", (person.id,))
    assert b"JBSWY3DPEHPK3PXP" not in bytes(stored.scalar_one())


def test_an_administrator_switches_the_second_factor_of_a_lost_phone_off(session: Session) -> None:
    person = factories.make_staff(session, totp_secret="JBSWY3DPEHPK3PXP")
    services.reset_totp(session, staff=person, by=admin_of(session))
    assert services.authenticate(session, login=person.login, password=factories.PASSWORD, address=None)
    assert last_line(session).action == "staff.totp_reset"


def test_the_staff_list_is_searched_and_cut_into_pages(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "STAFF_PAGE", 2)
    tree = factories.region_tree(session)
    boss = admin_of(session, tree["33"])
    for number in range(3):
        factories.make_staff(session, login=f"hz{number}", name=f"杭州{number}", region_id=tree["3301"].id)
    factories.make_staff(session, login="hz9", region_id=tree["32"].id)
    people, total = queries.staff_page(session, boss, words="HZ")
    assert ([person.login for person in people], total) == (["hz0", "hz1"], 3)
    people, total = queries.staff_page(session, boss, words="杭州", page=2)
    assert ([person.login for person in people], total) == (["hz2"], 3)
    assert queries.staff_page(session, boss, words="%") == ([], 0)


def test_the_chain_of_the_audit_log_holds_after_all_that(session: Session) -> None:
    boss = admin_of(session)
    person = create(session, boss, queries.root(session))
    services.reset_password(session, staff=person, by=boss)
    services.set_staff_active(session, staff=person, active=False, by=boss)
    verdict = audit.verify(session)
    assert verdict.broken_at is None
    assert verdict.lines >= 3
