"""Rules of logging in and of who reaches how far: no database."""

from datetime import UTC, datetime

import pyotp
import pytest

from grid.rules import (
    PERMISSIONS,
    Permission,
    RegionKind,
    Role,
    Viewer,
    children_of,
    first_page,
    local_path,
    password_faults,
)
from grid.services import secrets_of_staff as secrets

NOW = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)


def viewer(path: str = "/1/4/", role: Role = Role.AGENT) -> Viewer:
    return Viewer("某人", 4, path, "浙江", permissions=PERMISSIONS[role], staff_id=7, role=role)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short-one", "至少 10 位"),
        ("x" * 129 + "y", "最多 128 位"),
        ("My-ZhangWei-2026", "登录名"),
        ("1q2w3e4r5t", "太常见"),
        ("WoAiNi1314520", "太常见"),
        ("aaaaaaaaaaaa", "太常见"),
        ("ababababab", "太常见"),
        ("", "至少 10 位"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, fault: str) -> None:
    assert any(fault in str(sentence) for sentence in password_faults(password, "zhangwei"))


@pytest.mark.parametrize("password", ["hui-sheng-2026", "一句自己记得住的长话", "correct horse battery"])
def test_a_long_password_of_ones_own_is_taken(password: str) -> None:
    assert password_faults(password, "zhangwei") == []


@pytest.mark.parametrize("path", ["/", "/tickets", "/tickets?state=new&page=2", "/feedback/12#top", "/a//b"])
def test_a_path_of_ours_may_follow_the_login(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "tickets",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/login",
        "/logout",
        "/login?next=/",
    ],
)
def test_another_site_or_the_door_itself_may_not_follow_the_login(path: str | None) -> None:
    assert local_path(path) is None


def test_a_viewer_sees_the_own_region_and_what_lies_below_only() -> None:
    person = viewer("/1/4/")
    assert person.sees("/1/4/")
    assert person.sees("/1/4/12/")
    assert not person.sees("/1/")
    assert not person.sees("/1/40/")
    assert not person.sees("/1/5/4/")
    assert not person.everywhere
    assert viewer("/1/").everywhere


def test_regions_stand_below_higher_ones_only() -> None:
    assert children_of(RegionKind.HEADQUARTERS) == (
        RegionKind.PROVINCE,
        RegionKind.CITY,
        RegionKind.BRANCH,
    )
    assert children_of(RegionKind.CITY) == (RegionKind.BRANCH,)
    assert children_of(RegionKind.BRANCH) == ()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_lands_on_a_page_that_they_may_see(role: Role) -> None:
    needed = {"/": Permission.DASHBOARD_VIEW, "/tickets": Permission.TICKET_VIEW}
    page = first_page(viewer(role=role))
    assert needed[page] in PERMISSIONS[role]


def test_somebody_without_any_page_lands_on_the_own_account() -> None:
    assert first_page(Viewer("某人", 1, "/1/", "总部")) == "/account"


def test_only_the_administrator_manages_staff_and_keys() -> None:
    for role in set(Role) - {Role.ADMINISTRATOR}:
        assert not PERMISSIONS[role] & {Permission.STAFF_MANAGE, Permission.KEY_MANAGE, Permission.JOB_MANAGE}


def test_a_viewer_only_looks() -> None:
    assert PERMISSIONS[Role.VIEWER] == {Permission.DASHBOARD_VIEW}


def test_the_hash_for_unknown_logins_costs_as_much_as_a_real_one() -> None:
    assert not secrets.HASHER.check_needs_rehash(secrets.NOBODY)
    assert not secrets.is_password(secrets.NOBODY, "")


def test_a_broken_hash_lets_nobody_in() -> None:
    assert not secrets.is_password("", "hui-sheng-2026")
    assert not secrets.is_password("not a hash", "hui-sheng-2026")


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_is_good_for_half_a_minute_of_drift(drift: int) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP + drift)
    assert secrets.totp_step(SECRET, code, NOW, None) == STEP + drift
    assert secrets.totp_step(SECRET, f" {code[:3]} {code[3:]} ", NOW, None) == STEP + drift


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_from_farther_away_is_refused(drift: int) -> None:
    assert secrets.totp_step(SECRET, pyotp.TOTP(SECRET).generate_otp(STEP + drift), NOW, None) is None


@pytest.mark.parametrize("last", [STEP, STEP + 1])
def test_a_code_whose_step_is_spent_is_refused(last: int) -> None:
    assert secrets.totp_step(SECRET, pyotp.TOTP(SECRET).generate_otp(STEP), NOW, last) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert secrets.totp_step(SECRET, code, NOW, None) is None
