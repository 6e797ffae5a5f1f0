"""The results of one survey over HTTP: what is counted, for whom, and what is kept back."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from feedback import doors
from grid.rules import Role
from surveys import tags
from surveys.counting import store
from surveys.models import Survey
from tests.surveys.results_world import DEFINITION, World, answer, make_survey, world

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    store.kept.clear()
    store.lately.clear()
    reader = tags._Registered.reader
    yield
    tags._Registered.reader = reader


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def fetched(client: FlaskClient, made: World, query: str = "") -> str:
    answer = client.get(f"/surveys/{made.survey.id}/results{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def plain(page: str) -> str:
    text = re.sub(r"<(script|form).*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def shown(client: FlaskClient, made: World, query: str = "") -> str:
    """Return what the page says without its filters."""
    return plain(fetched(client, made, query))


def section(page: str, title: str) -> str:
    """Return what the card of a question says."""
    cards = re.findall(r'<section class="card result".*?</section>', page, flags=re.DOTALL)
    return next(plain(card) for card in cards if plain(card).strip().startswith(title))


def test_scores_come_with_their_number_and_interval(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made)
    nps = section(page, "您愿意推荐我们吗？")
    # 40 promoters and 20 detractors of 60: 33.3, adjusted Wald 8.6 to 54.9.
    assert "NPS 33.3 8.6 ~ 54.9" in nps
    assert "贬损者 33.3% 20" in nps
    assert "n = 60" in nps
    assert "满意（4–5 分） 66.7% 54.1 ~ 77.3" in section(page, "您满意吗？")


def test_choices_rows_and_ranks_are_counted_by_kind(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made)
    assert "态度好 40 66.7%" in section(page, "最主要的原因")
    assert "其他 5 8.3%" in section(page, "最主要的原因")
    assert "APP 40 66.7%" in section(page, "用过哪些渠道")
    matrix = section(page, "请评价")
    assert "速度 60 33.3% 0.0% 0.0% 0.0% 66.7%" in matrix
    assert "态度 40 0.0% 0.0% 0.0% 100.0% 0.0%" in matrix
    assert "赔款 1.33 66.7% 60" in section(page, "最想改进什么")


def test_words_are_shown_masked_the_latest_first(login: Login, made: World) -> None:
    said = section(fetched(login(Role.ANALYST), made), "为什么？")
    assert "20 份回答写了文字" in said
    assert "13912345678" not in said
    assert said.index("第19次打电话") < said.index("第18次打电话")
    assert "第0次" not in said


def test_answers_that_are_personal_data_are_counted_and_never_shown(login: Login, made: World) -> None:
    page = fetched(login(Role.ADMINISTRATOR), made)
    assert "20 人作答" in section(page, "手机号")
    assert "13812345678" not in page


def test_words_carry_the_tags_that_the_package_above_gives(
    login: Login, session: Session, made: World
) -> None:
    response = answer(session, made.version, {"why": "理赔太慢"}, region_id=made.chengdu.id)
    feedback = factories.make_feedback(
        session, response_id=response.id, region_id=made.chengdu.id, topics={"claim_speed": "negative"}
    )
    client = login(Role.CX_MANAGER)
    tags._Registered.reader = None
    assert "理赔时效" not in fetched(client, made)
    tags.register(doors.tags_of)
    page = fetched(client, made)
    assert "理赔时效 1" in section(page, "为什么？")
    assert f"/feedback/{feedback.id}" in page


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("?channel=sms", 20),
        ("?period=30d", 40),
        ("?from=2026-04-01&to=2026-05-31", 20),
        ("?period=30d&from=2026-04-01&to=2026-05-31", 20),
        ("?period=12m&to=2026-05-31", 20),
        ("?region=33", 40),
        ("?region=5101", 20),
        ("?touchpoint=claim_closed", 60),
        ("?touchpoint=renewal_reminder", 0),
        ("?language=zh-Hans", 60),
        ("?version=1", 60),
        ("?answer=nps:0..6", 20),
        ("?answer=reason:slow", 15),
        ("?answer=reason:slow,other", 20),
        ("?answer=parts/speed:5", 40),
        ("?answer=why:*", 20),
        ("?answer=nps:0..6&answer=reason:other", 5),
        ("?region=33&channel=sms", 0),
    ],
)
def test_every_filter_acts_on_everything(login: Login, made: World, query: str, n: int) -> None:
    text = shown(login(Role.ANALYST), made, query)
    if n == 60:
        assert "共 60 份回答" in text
    else:
        assert f"符合条件 {n} 份，全部 60 份" in text
    assert ("没有符合这些条件的回答" in text) == (n == 0)


@pytest.mark.parametrize(
    "query",
    [
        "?region=nowhere", "?touchpoint=none", "?link=77", "?link=abc", "?version=9", "?answer=none:1",
        "?answer=nps:many", "?rows=none&columns=nps", "?rows=@fax&columns=nps", "?channel=%00", "?language=a%00",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(login: Login, made: World, query: str) -> None:
    assert login(Role.ANALYST).get(f"/surveys/{made.survey.id}/results{query}").status_code == 404


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?from=yesterday", "日期无法识别"),
        ("?period=custom&from=abc", "日期无法识别"),
        ("?from=0001-01-01", "日期无法识别"),
        ("?to=9999-12-31", "日期无法识别"),
        ("?from=1000-01-01&to=1999-12-31&compare=previous", "日期无法识别"),
        ("?from=1990-01-01&to=2100-12-31&compare=previous", "1990-01-01"),
        ("?from=2026-06-02&to=2026-06-01", "开始日期晚于结束日期"),
        ("?compare=previous", "请先选择一段时间"),
        ("?compare=group", "完全相同"),
        ("?period=nonsense&compare=nonsense", "共 60 份回答"),
    ],
)
def test_what_cannot_be_read_is_said_and_left_open(
    login: Login, made: World, query: str, sentence: str
) -> None:
    text = shown(login(Role.ANALYST), made, query)
    assert sentence in text
    assert "共 60 份回答" in text


def test_days_that_are_filled_in_are_shown_as_the_period_that_is_meant(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made, "?period=30d&from=2026-04-01&to=2026-05-31")
    assert '<option value="custom" selected>' in page
    assert 'name="from" type="date" value="2026-04-01"' in page
    assert 'name="to" type="date" value="2026-05-31"' in page


def test_days_that_make_no_sense_stay_in_their_fields(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made, "?period=30d&from=2026-06-02&to=2026-06-01")
    assert "开始日期晚于结束日期" in page
    assert 'name="from" type="date" value="2026-06-02"' in page
    assert 'name="to" type="date" value="2026-06-01"' in page


def test_a_reader_sees_their_part_of_the_network_and_no_other(login: Login, made: World) -> None:
    client = login(Role.ANALYST, region=made.chengdu.id)
    page = fetched(client, made)
    assert "共 20 份回答" in plain(page)
    assert "杭州" not in page
    assert client.get(f"/surveys/{made.survey.id}/results?region=3301").status_code == 404
    assert client.get(f"/surveys/{made.survey.id}/results?region=33").status_code == 404


@pytest.mark.parametrize("role", [Role.AGENT, Role.VIEWER, Role.AUDITOR])
def test_results_need_the_right_to_see_surveys(login: Login, made: World, role: Role) -> None:
    assert login(role).get(f"/surveys/{made.survey.id}/results").status_code == 403


def test_a_bar_leads_to_exactly_the_people_it_counts(login: Login, made: World) -> None:
    client = login(Role.ANALYST)
    page = fetched(client, made, "?channel=sms")
    card = re.search(r'id="q-reason".*?</section>', page, flags=re.DOTALL)
    assert card is not None
    doors = dict(re.findall(r'<a href="([^"]+)">(太慢|其他)</a>', card[0]))
    assert {label: n for door, label in doors.items() for n in counted(client, door)} == {
        "太慢": 15,
        "其他": 5,
    }


def counted(client: FlaskClient, door: str) -> list[int]:
    parts = urlsplit(unescape(door))
    assert ("channel", "sms") in parse_qsl(parts.query)
    text = plain(client.get(f"{parts.path}?{parts.query}").get_data(as_text=True))
    return [int(n) for n in re.findall(r"符合条件 (\d+) 份", text)]


def test_fewer_than_ten_answers_show_nothing_but_their_number(login: Login, session: Session) -> None:
    version = make_survey(session)
    for _each in range(9):
        answer(session, version, {"nps": 0, "reason": ["slow"]})
    made = World(session.get_one(Survey, version.survey_id), version, *[factories.make_region(session)] * 2)
    client = login(Role.ANALYST)
    nps = section(fetched(client, made), "您愿意推荐我们吗？")
    assert "样本不足：目前有 9 份回答" in nps
    assert "100.0" not in nps
    answer(session, version, {"nps": 0})
    nps = section(fetched(client, made), "您愿意推荐我们吗？")
    assert "NPS −100.0" in nps
    assert "样本少于 30，仅供参考" in nps


def test_two_groups_are_compared_with_a_test(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made, "?channel=email&compare=group&b_channel=sms")
    nps = section(page, "您愿意推荐我们吗？")
    assert "NPS 100.0" in nps
    assert "另一组 −100.0" in nps
    assert "相差 +200.0" in nps
    assert "差异显著 p < 0.001" in nps
    reason = section(page, "最主要的原因")
    assert "+100.0 显著" in reason
    assert "−75.0 显著" in reason


def test_a_period_is_compared_with_the_one_before(login: Login, made: World) -> None:
    page = fetched(login(Role.ANALYST), made, "?period=30d&compare=previous")
    assert "对比组 20 份" in plain(page)
    assert "相差 +200.0" in section(page, "您愿意推荐我们吗？")


def test_groups_under_ten_are_not_compared(login: Login, made: World) -> None:
    page = fetched(
        login(Role.ANALYST), made, "?channel=email&compare=group&b_channel=sms&b_answer=reason:other"
    )
    nps = section(page, "您愿意推荐我们吗？")
    assert "样本不足" in nps
    assert "p <" not in nps


def test_two_questions_are_crossed_with_shares_and_a_test(login: Login, made: World) -> None:
    text = shown(login(Role.ANALYST), made, "?rows=nps&columns=csat")
    crossed = text[text.index("交叉：您愿意推荐我们吗？ × 您满意吗？") :]
    assert "贬损者（0–6） 20 100.0% 0 0.0% 20" in crossed
    assert "推荐者（9–10） 0 0.0% 40 100.0% 40" in crossed
    assert "两题有关联，强度：强" in crossed
    assert "Cramér V = 1.00，卡方检验 p < 0.001，n = 60" in crossed


def test_several_answers_are_crossed_without_a_test(login: Login, made: World) -> None:
    text = shown(login(Role.ANALYST), made, "?rows=ways&columns=nps")
    assert "不做卡方检验" in text


@pytest.mark.parametrize(
    "rows", ["@channel", "@touchpoint", "@region", "@language", "@version", "wish", "parts/speed"]
)
def test_questions_are_crossed_with_where_people_come_from(login: Login, made: World, rows: str) -> None:
    assert "交叉：" in shown(login(Role.ANALYST), made, f"?rows={rows}&columns=nps")


def test_the_funnel_names_a_reason_for_every_loss(login: Login, session: Session, made: World) -> None:
    past, future = clock.now() - timedelta(days=3), clock.now() + timedelta(days=3)
    for reason, opened, expires, done in (
        ("not_sampled", None, future, False), ("capped", None, future, False), (None, past, past, False),
        (None, past, future, True),
    ):  # fmt: skip
        invitation, _token = factories.make_invitation(
            session, version_id=made.version.id, reason=reason, opened_at=opened, expires_at=expires
        )
        if done:
            answer(session, made.version, {"nps": 9}, invitation_id=invitation.id)
    page = fetched(login(Role.ANALYST), made)
    text = plain(page)
    assert "符合条件 4" in text
    assert "未被抽中 1" in text
    assert "近期已问过（频次限制） 1" in text
    assert "打开后没有作答，已到期 1" in text
    assert 'class="card chart chart-as-table" aria-labelledby="funnel-title"' in page  # paper shows its table
    assert "按回答或语言筛选时不显示邀请的去向" in shown(login(Role.ANALYST), made, "?answer=nps:0..6")


def test_the_first_page_was_seen_by_all_who_opened_their_invitation(
    login: Login, session: Session, made: World
) -> None:
    past, future = clock.now() - timedelta(days=3), clock.now() + timedelta(days=3)

    def first_page(page: str) -> list[int]:
        line = re.search(r" 总体 (\d+) (\d+) [\d.]+% (\d+) ", plain(page))
        assert line is not None, plain(page)[-3000:]
        return [int(n) for n in line.groups()]

    factories.make_invitation(session, version_id=made.version.id, expires_at=future)
    seen, left, returning = first_page(fetched(login(Role.ANALYST), made))
    for expires in (past, past, future):
        factories.make_invitation(session, version_id=made.version.id, opened_at=past, expires_at=expires)
    store.lately.clear()
    page = fetched(login(Role.ANALYST), made)
    assert first_page(page) == [seen + 3, left + 2, returning + 1]
    assert "打开邀请后还没有作答的 3 人" in page


def test_a_survey_without_answers_says_what_to_do_next(login: Login, session: Session) -> None:
    version = make_survey(session)
    text = plain(login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True))
    assert "还没有客户回答这份问卷" in text


def test_a_survey_that_was_never_published_has_no_results(login: Login, session: Session) -> None:
    survey = Survey(code="empty", name="还没写完")
    session.add(survey)
    session.flush()
    text = plain(login(Role.ANALYST).get(f"/surveys/{survey.id}/results").get_data(as_text=True))
    assert "还没有发布" in text
    assert login(Role.ANALYST).get("/surveys/999999/results").status_code == 404


def test_few_anonymous_voices_stay_unread(login: Login, session: Session) -> None:
    version = make_survey(session, DEFINITION | {"anonymous": True})
    for at in range(9):
        answer(session, version, {"why": f"匿名的第{at}句"})
    client = login(Role.ANALYST)
    address = f"/surveys/{version.survey_id}/results"
    assert "匿名的第" not in client.get(address).get_data(as_text=True)
    answer(session, version, {"why": "匿名的第十句"})
    assert "匿名的第十句" in client.get(address).get_data(as_text=True)
