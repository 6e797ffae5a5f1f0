"""Why something was refused, on a page of each package: in English for who chose it, in Chinese for all others."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.demo import factories
from grid import queries as grid
from grid import services as grid_services
from grid.rules import Role, Scope
from surveys.models import SurveyQuota
from tests.surveys import open_links
from tickets.rules import Priority, State

pytestmark = pytest.mark.usefixtures("clock_at")

Reader = Callable[..., FlaskClient]
LANGUAGES = ("zh", "en")


@pytest.fixture
def reader(session: Session, login: Callable[..., FlaskClient]) -> Reader:
    """Return the browser of somebody new of a role who reads a language."""

    def reads(language: str, role: Role = Role.CX_MANAGER) -> FlaskClient:
        return login(staff=factories.make_staff(session, name="Robin", role=role, language=language))

    return reads


def page(answer: TestResponse, status: int) -> str:
    """Return what a page of this status says."""
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def by_language(chinese: str, english: str) -> list[tuple[str, str]]:
    """Return what each reader is to read."""
    return list(zip(LANGUAGES, (chinese, english), strict=True))


@pytest.mark.parametrize(
    ("language", "sentence"),
    by_language(
        "这张工单已由李强认领，请处理其他工单",
        "This ticket has been taken by 李强; please work on another one",
    ),
)
def test_who_takes_a_ticket_that_somebody_has_is_told_who(
    session: Session, reader: Reader, language: str, sentence: str
) -> None:
    owner = factories.make_staff(session, name="李强")
    ticket = factories.make_ticket(session, assignee_id=owner.id, state=State.ASSIGNED)
    assert sentence in page(reader(language).post(f"/tickets/{ticket.id}/take"), 409)


@pytest.mark.parametrize(
    ("language", "sentence"),
    by_language("告知时间不能晚于现在", "The customer cannot have been told later than now"),
)
def test_nobody_was_told_in_the_future(
    session: Session, login: Callable[..., FlaskClient], language: str, sentence: str
) -> None:
    agent = factories.make_staff(session, language=language)
    ticket = factories.make_ticket(session, assignee_id=agent.id, state=State.ASSIGNED)
    form = {
        "resolve-root_cause": "slow_process",
        "resolve-resolution": "Refunded",
        "resolve-told_how": "sms",
        "resolve-told_at": "2026-06-10T12:01",
    }
    refused = login(staff=agent).post(f"/tickets/{ticket.id}/resolve", data=form)
    assert sentence in page(refused, 422)


@pytest.mark.parametrize(
    ("language", "sentence"), by_language("这条原声已经有工单了", "This verbatim has a ticket already")
)
def test_a_page_of_refusal_says_why(session: Session, reader: Reader, language: str, sentence: str) -> None:
    about = factories.make_ticket(session).feedback_id
    form = {"feedback": about, "open-priority": Priority.HIGH.value, "open-why": "再看一次"}
    assert sentence in page(reader(language).post("/tickets", data=form), 409)


@pytest.mark.parametrize(
    ("language", "sentence"), by_language("这个登录名已有人使用", "This login name is taken")
)
def test_a_login_that_is_taken_is_refused_beside_its_field(
    session: Session, reader: Reader, language: str, sentence: str
) -> None:
    factories.make_staff(session, login="lin.xm")
    form = {"name": "Lin", "login": "lin.xm", "role": "agent", "region": str(grid.root(session).id)}
    refused = page(reader(language, Role.ADMINISTRATOR).post("/admin/staff/new", data=form), 422)
    assert sentence in refused.partition('id="login-error"')[2].partition("</p>")[0]


@pytest.mark.parametrize(
    ("language", "sentence"), by_language("密码至少 10 位", "The password needs at least 10 characters")
)
def test_a_bad_password_is_refused_with_the_number_that_counts(
    reader: Reader, language: str, sentence: str
) -> None:
    form = {"current": factories.PASSWORD, "new": "q7w", "again": "q7w"}
    assert sentence in page(reader(language, Role.ADMINISTRATOR).post("/account/password", data=form), 422)


@pytest.mark.parametrize(
    ("language", "sentence"),
    by_language(
        "已经收到 12 份，名额不能更少", "12 responses have come in already; the quota cannot be lower"
    ),
)
def test_a_quota_is_never_below_what_has_come(
    session: Session, reader: Reader, language: str, sentence: str
) -> None:
    survey_id = factories.published(session).survey_id
    quota = SurveyQuota(survey_id=survey_id, name="总量", most=30, taken=12)
    session.add(quota)
    session.flush()
    sent = {"name": "总量", "most": "5", "join": "all", "g0-join": "all", "do": "save"}
    address = f"/surveys/{survey_id}/quotas/{quota.id}"
    assert sentence in page(reader(language).post(address, data=sent), 422)
    assert session.scalars(select(SurveyQuota.most)).one() == 30


@pytest.mark.parametrize(
    ("given", "chinese", "english"),
    [
        (
            {"parameters": "没有等号"},
            "“没有等号”看不懂，每行请写成 名称=值，名称用英文字母开头",
            "“没有等号” cannot be read. Write name=value on each line",
        ),
        ({"expires_on": "2020-01-01"}, "请选择今天或以后的日期", "Choose today or a later date"),
        (
            {"spread": "posters", "posters": "\n".join(str(n) for n in range(501))},
            "一次请建 1 到 500 个链接",
            "Create 1 to 500 links at a time",
        ),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_cannot_be_made_is_refused(
    session: Session, reader: Reader, given: dict[str, Any], chinese: str, english: str, language: str
) -> None:
    survey_id = open_links.make_survey(session, open_links.nps(), open_links.hidden()).survey_id
    wanted = {"kind": "qr", "spread": "one", "name": "Desk", "touchpoint": "claim_closed"}
    form = wanted | {"region": grid.root(session).id} | given
    refused = page(reader(language).post(f"/surveys/{survey_id}/links/new", data=form), 422)
    assert (chinese in refused, english in refused) == (language == "zh", language == "en")


@pytest.mark.parametrize(
    ("language", "dates", "choices"),
    [
        ("zh", "请写成 2026-06-30 这样的日期", "只能是 negative、neutral、positive"),
        ("en", "Write the date like 2026-06-30", "Must be one of: negative, neutral, positive"),
    ],
)
def test_a_condition_without_effect_on_the_list_of_verbatims_is_explained(
    session: Session, reader: Reader, language: str, dates: str, choices: str
) -> None:
    factories.make_feedback(session)
    shown = page(reader(language).get("/feedback?from=yesterday&sentiment=angry"), 200)
    assert dates in shown
    assert choices in shown


@pytest.mark.parametrize(
    ("language", "sentence"),
    by_language(
        "告知书还缺少：处理者名称和联系方式、处理目的、",
        "The notice does not yet say: who processes the information, and how to contact them, what ",
    ),
)
def test_what_a_privacy_notice_lacks_is_named(reader: Reader, language: str, sentence: str) -> None:
    form = {"title_zh_hans": "告知书", "body_zh_hans": "我们收集回答"}
    assert sentence in page(reader(language, Role.ADMINISTRATOR).post("/surveys/notices/new", data=form), 422)


@pytest.mark.parametrize("language", LANGUAGES)
def test_machines_are_told_in_chinese_whatever_they_accept(
    session: Session, client: FlaskClient, language: str
) -> None:
    root = grid.root(session)
    key = grid_services.create_key(session, name="app", scopes=[Scope.FEEDBACK_WRITE], region=root, by=None)
    session.flush()
    body = {
        "source": "app-store",
        "source_id": "r-1",
        "channel": "store",
        "text": "\x01",
        "occurred_at": "1980-01-01T00:00:00+08:00",
        "region": "nowhere",
        "touchpoint": "nothing",
    }
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
    refused = client.post("/api/v1/feedback", json=body, headers=headers).get_json()
    assert refused["detail"] == "客户原声有误"
    assert refused["errors"] == {
        "text": ["没有内容"],
        "occurred_at": ["发生时间不能晚于现在，也不能早于 1990 年"],
        "region": ["没有编码为 nowhere 的机构"],
        "touchpoint": ["没有名为 nothing 的触点"],
    }
