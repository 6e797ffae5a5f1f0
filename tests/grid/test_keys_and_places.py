"""Keys of other systems, regions, the working calendar, and the command line's part in them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from core.errors import InvalidInputError, NotFoundError
from core.models import AuditEntry
from grid import cli, queries, services
from grid.models import ApiKey, Region
from grid.rules import RegionKind, Role, Scope, Viewer


def admin_of(session: Session, region: Region | None = None) -> Viewer:
    person = factories.make_staff(
        session, role=Role.ADMINISTRATOR, region_id=region.id if region is not None else None
    )
    return services.viewer_of(person)


def last_line(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def key_of(session: Session, **given: object) -> str:
    values = {
        "name": "核心系统",
        "scopes": [Scope.EVENTS_WRITE],
        "region": queries.root(session),
        "by": None,
    } | given
    return services.create_key(session, **values)  # type: ignore[arg-type]


def test_a_key_stands_for_its_scopes_and_region_and_is_stored_hashed(session: Session) -> None:
    tree = factories.region_tree(session)
    plain = key_of(session, scopes=[Scope.TICKETS_READ, Scope.EVENTS_WRITE], region=tree["33"])
    viewer = services.viewer_of_key(session, plain)
    assert viewer is not None
    assert viewer.scopes == {Scope.TICKETS_READ, Scope.EVENTS_WRITE}
    assert viewer.region_path == tree["33"].path
    assert viewer.permissions == frozenset()
    assert viewer.signature == "key:核心系统"
    key = session.scalars(select(ApiKey)).one()
    assert plain.startswith(key.prefix)
    assert plain.encode() not in key.key_hash
    assert plain not in str(last_line(session).detail)
    assert services.viewer_of_key(session, key.prefix) is None


def test_a_key_dies_when_its_time_comes(session: Session, clock_at: FixedClock) -> None:
    plain = key_of(session, expires_at=clock_at.now() + timedelta(days=1))
    clock_at.advance(hours=23, minutes=59)
    assert services.viewer_of_key(session, plain)
    clock_at.advance(minutes=1)
    assert services.viewer_of_key(session, plain) is None


def test_a_revoked_key_is_dead_at_once(session: Session) -> None:
    plain = key_of(session)
    boss = admin_of(session)
    services.revoke_key(session, key=session.scalars(select(ApiKey)).one(), by=boss)
    assert services.viewer_of_key(session, plain) is None
    assert (last_line(session).actor, last_line(session).action) == (boss.signature, "key.revoke")


def test_last_use_of_a_key_is_written_once_a_minute(session: Session, clock_at: FixedClock) -> None:
    plain, begun = key_of(session), clock_at.now()
    for seconds, written in ((0, 0), (59, 0), (1, 60)):
        clock_at.advance(seconds=seconds)
        services.viewer_of_key(session, plain)
        used = session.scalars(select(ApiKey.last_used_at)).one()
        assert used == begun + timedelta(seconds=written)


def test_keys_without_purpose_past_their_date_or_with_a_taken_name_are_not_issued(session: Session) -> None:
    key_of(session)
    for given, field in (
        ({"name": "另一个", "scopes": []}, "scopes"),
        ({"name": "另一个", "expires_at": clock.now() - timedelta(seconds=1)}, "expires_on"),
        ({}, "name"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            key_of(session, **given)
        assert list(refused.value.fields) == [field]


def test_a_province_issues_and_revokes_keys_for_itself_only(session: Session) -> None:
    tree = factories.region_tree(session)
    boss = admin_of(session, tree["33"])
    key_of(session)
    with pytest.raises(NotFoundError):
        key_of(session, name="省里的", by=boss)
    foreign = session.scalars(select(ApiKey)).one()
    with pytest.raises(NotFoundError):
        services.revoke_key(session, key=foreign, by=boss)
    assert queries.keys_in_sight(session, boss) == []
    assert services.viewer_of_key(session, key_of(session, name="省里的", region=tree["3301"], by=boss))


def test_a_region_hangs_below_its_parent(session: Session) -> None:
    tree = factories.region_tree(session)
    branch = services.add_region(
        session, parent=tree["33"], kind=RegionKind.BRANCH, code="33-01", name="西湖营业部", by=None
    )
    assert branch.path == f"{tree['33'].path}{branch.id}/"
    assert branch in queries.regions_in_sight(session, admin_of(session, tree["33"]))
    assert branch not in queries.regions_in_sight(session, admin_of(session, tree["32"]))
    assert queries.subtree_ids(session, tree["33"].id, admin_of(session)) == sorted(
        region.id for region in (*(tree[code] for code in ("33", "3301", "3302", "3303")), branch)
    )


def test_a_region_is_refused_in_the_wrong_place_or_with_a_taken_code(session: Session) -> None:
    tree = factories.region_tree(session)
    for parent, kind, code in (
        (tree["3301"], RegionKind.PROVINCE, "new"),
        (tree["33"], RegionKind.PROVINCE, "new"),
        (tree["HQ"], RegionKind.HEADQUARTERS, "new"),
        (tree["33"], RegionKind.CITY, "3301"),
    ):
        with pytest.raises(InvalidInputError):
            services.add_region(session, parent=parent, kind=kind, code=code, name="某地", by=None)
    with pytest.raises(NotFoundError):
        services.add_region(
            session,
            parent=tree["32"],
            kind=RegionKind.CITY,
            code="new",
            name="某地",
            by=admin_of(session, tree["33"]),
        )


def test_promised_times_know_the_days_that_headquarters_entered(session: Session) -> None:
    saturday, boss = date(2026, 6, 13), admin_of(session)
    assert queries.work_calendar(session).workday(saturday) == (False, True)
    services.add_calendar_day(session, day=saturday, worked=True, note="系统切换", by=boss)
    assert queries.work_calendar(session).workday(saturday) == (True, True)
    services.add_calendar_day(session, day=saturday, worked=False, by=boss)
    assert queries.work_calendar(session).workday(saturday) == (False, True)
    assert len(queries.calendar_days(session)) == 1
    services.remove_calendar_day(session, day=saturday, by=boss)
    assert queries.calendar_days(session) == []
    with pytest.raises(NotFoundError):
        services.remove_calendar_day(session, day=saturday, by=boss)


def test_a_province_does_not_change_the_calendar_of_all(session: Session) -> None:
    boss = admin_of(session, factories.region_tree(session)["33"])
    with pytest.raises(InvalidInputError, match="总部"):
        services.add_calendar_day(session, day=date(2026, 6, 13), worked=True, by=boss)


def test_the_command_line_makes_accounts_and_keys(session: Session) -> None:
    factories.region_tree(session)
    password = cli.add_user("boss", "系统管理员", Role.ADMINISTRATOR)
    assert services.authenticate(session, login="boss", password=password, address=None)
    assert cli.add_user("agent", "客服", Role.AGENT, "3301", "a-good-password") == "a-good-password"
    key = services.viewer_of_key(session, cli.add_key("热线", [Scope.FEEDBACK_WRITE], "3301"))
    assert key is not None
    assert key.region_name == "杭州中心支公司"
    with pytest.raises(NotFoundError, match="9999"):
        cli.add_user("other", "客服", Role.AGENT, "9999")


def test_regions_stand_below_their_parents_in_the_order_of_their_codes(session: Session) -> None:
    top = factories.region_tree(session)["HQ"]
    for code in ("90", "80", "8002", "8001"):
        parent = factories.make_region(session, code="80") if len(code) == 4 else top
        factories.make_region(session, parent=parent, code=code)
    codes = [region.code for region in queries.regions_in_sight(session, admin_of(session))]
    assert codes[0] == "HQ"
    assert codes[-4:] == ["80", "8001", "8002", "90"]
    assert codes.index("33") < codes.index("3301") < codes.index("3302") < codes.index("44")
