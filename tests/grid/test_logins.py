"""Logging in, staying in, being locked out: on the database."""

from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from core.clock import FixedClock
from core.models import AuditEntry
from grid import services
from grid.models import LoginFailure, Staff, StaffSession
from grid.rules import FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, LONGEST_SESSION, Role

IDLE = timedelta(minutes=30)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def attempt(
    session: Session,
    person: Staff,
    password: str = factories.PASSWORD,
    code: str = "",
    address: str = "10.0.0.1",
) -> Staff | None:
    return services.authenticate(
        session, login=person.login, password=password, totp_code=code, address=address
    )


def opened(session: Session, person: Staff, replaces: str | None = None) -> str:
    return services.start_session(
        session, staff=person, address="10.0.0.1", agent="Mozilla", replaces=replaces
    )


def test_the_right_password_lets_in_whatever_the_case_of_the_login(session: Session) -> None:
    person = factories.make_staff(session, login="zhang.wei")
    found = services.authenticate(
        session, login=" Zhang.Wei ", password=factories.PASSWORD, totp_code="", address=None
    )
    assert found is person


@pytest.mark.parametrize("password", ["", "wrong", factories.PASSWORD.upper(), factories.PASSWORD + " "])
def test_a_wrong_password_keeps_out_and_is_counted(session: Session, password: str) -> None:
    person = factories.make_staff(session)
    assert attempt(session, person, password) is None
    assert person.failures == 1
    assert session.scalars(select(LoginFailure.address)).all() == ["10.0.0.1"]


def test_an_unknown_login_is_refused_and_counts_for_the_address(session: Session) -> None:
    assert services.authenticate(session, login="nobody", password="x", address="10.0.0.9") is None
    assert session.scalars(select(LoginFailure.address)).all() == ["10.0.0.9"]


def test_an_inactive_account_is_refused_even_with_the_right_password(session: Session) -> None:
    assert attempt(session, factories.make_staff(session, active=False)) is None


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(
    session: Session, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session)
    for _ in range(FAILURES_PER_ACCOUNT):
        assert attempt(session, person, "wrong") is None
    assert attempt(session, person) is None, "locked, even for the right password"
    clock_at.advance(minutes=14, seconds=59)
    assert attempt(session, person) is None
    clock_at.advance(seconds=1)
    assert attempt(session, person) is person
    assert person.locked_until is None


def test_four_failures_and_a_success_begin_the_count_anew(session: Session) -> None:
    person = factories.make_staff(session)
    for _ in range(2):
        for _ in range(FAILURES_PER_ACCOUNT - 1):
            assert attempt(session, person, "wrong") is None
        assert attempt(session, person) is person


def test_an_attempt_on_a_locked_account_does_not_prolong_the_lock(
    session: Session, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session)
    for _ in range(FAILURES_PER_ACCOUNT):
        attempt(session, person, "wrong")
    until = person.locked_until
    clock_at.advance(minutes=10)
    attempt(session, person, "wrong")
    assert person.locked_until == until


def test_guesses_made_at_the_same_moment_lock_the_account_too(fresh_database: str) -> None:
    with db.transaction() as session:
        login = factories.make_staff(session).login
    start = Barrier(FAILURES_PER_ACCOUNT + 1)

    def guess() -> None:
        start.wait()
        with db.transaction() as session:
            services.authenticate(session, login=login, password="wrong", address="10.0.0.1")

    guesses = [Thread(target=guess) for _ in range(FAILURES_PER_ACCOUNT + 1)]
    for thread in guesses:
        thread.start()
    for thread in guesses:
        thread.join()
    with db.transaction() as session:
        assert (
            services.authenticate(session, login=login, password=factories.PASSWORD, address="10.0.0.2")
            is None
        )
        person = session.scalars(select(Staff).where(Staff.login == login)).one()
        assert person.locked_until is not None
        assert session.query(LoginFailure).count() == FAILURES_PER_ACCOUNT + 2


def test_an_address_with_too_many_failures_is_refused_before_any_work(
    session: Session, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session)
    session.add_all(LoginFailure(address="10.0.0.1", at=clock.now()) for _ in range(FAILURES_PER_ADDRESS))
    session.flush()
    with pytest.raises(services.TooManyFailuresError):
        attempt(session, person)
    assert attempt(session, person, address="10.0.0.2") is person
    clock_at.advance(minutes=15)
    assert attempt(session, person) is person


def test_old_failures_go_with_the_next_one(session: Session, clock_at: FixedClock) -> None:
    person = factories.make_staff(session)
    attempt(session, person, "wrong")
    clock_at.advance(minutes=15)
    attempt(session, person, "wrong", address="10.0.0.2")
    assert session.scalars(select(LoginFailure.address)).all() == ["10.0.0.2"]


def test_with_a_second_factor_the_password_alone_is_not_enough(
    session: Session, clock_at: FixedClock
) -> None:
    person = factories.make_staff(session, totp_secret=SECRET)
    assert attempt(session, person) is None
    assert attempt(session, person, code="000000") is None
    assert person.failures == 2
    assert attempt(session, person, code=pyotp.TOTP(SECRET).at(clock_at.now())) is person


def test_a_one_time_code_works_one_time(session: Session, clock_at: FixedClock) -> None:
    person = factories.make_staff(session, totp_secret=SECRET)
    code = pyotp.TOTP(SECRET).at(clock_at.now())
    assert attempt(session, person, code=code) is person
    assert attempt(session, person, code=code) is None
    clock_at.advance(seconds=30)
    assert attempt(session, person, code=code) is None, "still inside the drift, but spent"
    assert attempt(session, person, code=pyotp.TOTP(SECRET).at(clock_at.now())) is person


def test_a_hash_of_older_settings_is_renewed_at_login(session: Session) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    person = factories.make_staff(session, password_hash=old.hash(factories.PASSWORD))
    before = person.password_hash
    assert attempt(session, person) is person
    assert person.password_hash != before
    assert attempt(session, person) is person


def test_logins_and_failures_are_in_the_audit_log_without_what_was_typed(session: Session) -> None:
    person = factories.make_staff(session)
    attempt(session, person, "a-secret-typed-wrong")
    services.authenticate(session, login="my-password-in-the-wrong-field", password="x", address="10.0.0.1")
    opened(session, person)
    lines = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    told = [(line.actor, line.action) for line in lines][-2:]
    assert told == [("stranger", "staff.login_failed"), (f"staff:{person.id}", "staff.login")]
    assert "typed" not in str([line.detail for line in lines])
    assert "wrong-field" not in str([line.detail for line in lines])


def test_the_token_opens_the_session_and_is_not_in_the_table(session: Session, clock_at: FixedClock) -> None:
    person = factories.make_staff(session, role=Role.ANALYST)
    token = opened(session, person)
    viewer = services.resume(session, token, idle=IDLE)
    assert viewer is not None
    assert (viewer.staff_id, viewer.role, viewer.region_path) == (
        person.id,
        Role.ANALYST,
        person.region.path,
    )
    row = session.scalars(select(StaffSession)).one()
    assert token.encode() not in row.token_hash
    assert services.resume(session, token + "x", idle=IDLE) is None
    assert services.resume(session, "", idle=IDLE) is None


def test_a_session_ends_after_half_an_hour_without_a_request(session: Session, clock_at: FixedClock) -> None:
    token = opened(session, factories.make_staff(session))
    clock_at.advance(minutes=29, seconds=59)
    assert services.resume(session, token, idle=IDLE)
    clock_at.advance(minutes=29, seconds=59)
    assert services.resume(session, token, idle=IDLE), "the last request began the half hour anew"
    clock_at.advance(minutes=30)
    assert services.resume(session, token, idle=IDLE) is None
    assert session.scalars(select(StaffSession)).all() == []


def test_a_busy_session_ends_after_twelve_hours(session: Session, clock_at: FixedClock) -> None:
    token = opened(session, factories.make_staff(session))
    for _ in range(47):
        clock_at.advance(minutes=15)
        assert services.resume(session, token, idle=IDLE)
    clock_at.advance(minutes=15)
    assert services.resume(session, token, idle=IDLE) is None


def test_last_seen_is_written_once_a_minute(session: Session, clock_at: FixedClock) -> None:
    token = opened(session, factories.make_staff(session))
    begun = clock_at.now()
    clock_at.advance(seconds=59)
    services.resume(session, token, idle=IDLE)
    assert session.scalars(select(StaffSession.last_seen_at)).one() == begun
    clock_at.advance(seconds=1)
    services.resume(session, token, idle=IDLE)
    assert session.scalars(select(StaffSession.last_seen_at)).one() == clock_at.now()


def test_a_new_login_ends_the_session_of_the_cookie_that_came_with_it(session: Session) -> None:
    mine, other = factories.make_staff(session), factories.make_staff(session)
    planted, elsewhere = opened(session, other), opened(session, mine)
    token = opened(session, mine, replaces=planted)
    assert services.resume(session, planted, idle=IDLE) is None
    assert services.resume(session, elsewhere, idle=IDLE), "another device stays logged in"
    assert services.resume(session, token, idle=IDLE)


def test_sessions_past_their_end_go_with_the_next_login(session: Session, clock_at: FixedClock) -> None:
    person = factories.make_staff(session)
    opened(session, person)
    clock_at.advance(hours=LONGEST_SESSION.total_seconds() / 3600, seconds=1)
    opened(session, person)
    assert len(session.scalars(select(StaffSession)).all()) == 1


def test_logging_out_ends_the_session_at_once_and_twice_does_no_harm(session: Session) -> None:
    token = opened(session, factories.make_staff(session))
    services.end_session(session, token)
    services.end_session(session, token)
    assert services.resume(session, token, idle=IDLE) is None
