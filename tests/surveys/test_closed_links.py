"""Links that lead nowhere or are over: everybody is told which, and nothing that was written is lost."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from surveys.models import OpenLink, OpenLinkDay, Response, Survey, SurveyVersion, Suspect
from tests.surveys import open_links as made
from tests.surveys.answering import THREE_PAGES, Customer, invite
from tests.surveys.open_links import Visitor

INCOMPLETE = "链接可能不完整"
CLOSED = "暂时关闭"
KEPT = "您填写的内容已经保留"
ENDED = "这份问卷已经结束，刚才填写的内容没有提交"


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def visitor(client: FlaskClient, clock_at: FixedClock) -> Visitor:
    return Visitor(client, clock_at)


def switch_off(session: Session, link: OpenLink) -> None:
    link.active = False
    session.flush()


def let_expire(session: Session, link: OpenLink) -> None:
    link.expires_at = clock.now() - timedelta(days=2)
    session.flush()


def retire(session: Session, link: OpenLink) -> None:
    for version in session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == link.survey_id)):
        version.state = "retired"
    session.flush()


endings = pytest.mark.parametrize("end", [switch_off, let_expire, retire])
End = Callable[[Session, OpenLink], None]


@pytest.mark.parametrize("slug", ["a" * 17, "2" * 17, "x", "' OR 1=1 --", "%00", "x%0d%0ay。", "。"])
def test_a_link_that_nobody_made_may_be_incomplete(visitor: Visitor, slug: str) -> None:
    for answer in (visitor.client.get(f"/q/{slug}"), visitor.client.post(f"/q/{slug}", data={"nps": "9"})):
        assert answer.status_code == 404
        page = answer.get_data(as_text=True)
        assert (INCOMPLETE in page, CLOSED in page) == (True, False)


@endings
def test_a_link_that_was_closed_says_so(session: Session, visitor: Visitor, end: End) -> None:
    link = made.make_link(session)
    end(session, link)
    for tail in ("", "/XXXX", "/XXXX/thanks"):
        answer = visitor.client.get(f"/q/{link.slug}{tail}")
        assert answer.status_code == 404
        page = answer.get_data(as_text=True)
        assert (CLOSED in page, INCOMPLETE in page) == (True, False)


def test_a_link_whose_survey_is_not_published_yet_says_that_it_is_closed(
    session: Session, visitor: Visitor
) -> None:
    survey = Survey(code="not_yet", name="还没有发布")
    session.add(survey)
    session.flush()
    shape = {"title": made.text("草稿"), "questions": [made.nps()]}
    draft = SurveyVersion(survey_id=survey.id, number=1, state="draft", definition=shape)
    session.add(draft)
    session.flush()
    answer = visitor.client.get(f"/q/{made.make_link(session, draft).slug}")
    assert (answer.status_code, CLOSED in answer.get_data(as_text=True)) == (404, True)


@endings
def test_the_thanks_for_a_stored_answer_stay_after_the_link_was_closed(
    session: Session, visitor: Visitor, end: End
) -> None:
    link = made.make_link(session)
    thanks = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9").location
    end(session, link)
    assert "谢谢您，已收到" in visitor.open(thanks)


@pytest.mark.parametrize("tail", ["/XXXX", "/XXXX/thanks", "/XXXX/at/one", "/" + "A" * 32])
def test_a_broken_end_of_an_open_link_leads_to_its_start(
    session: Session, visitor: Visitor, tail: str
) -> None:
    link = made.make_link(session)
    answer = visitor.client.get(f"/q/{link.slug}{tail}?lang=zh-Hans")
    assert (answer.status_code, answer.location) == (303, f"/q/{link.slug}?lang=zh-Hans")


def test_whoever_sends_to_a_broken_end_is_led_to_the_start(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    page = visitor.client.post(f"/q/{link.slug}/XXXX", data={"nps": "9"}).get_data(as_text=True)
    assert "没有收到" in page
    assert f'href="/q/{link.slug}"' in page


@pytest.mark.parametrize("tail", ["/", "。", ")", "。/"])
def test_a_link_works_with_a_slash_or_a_full_stop_behind_it(
    session: Session, client: FlaskClient, tail: str
) -> None:
    _invitation, token = factories.make_invitation(session)
    assert client.get(f"/o/{token}/").status_code == 200
    for address in (f"/s/{token}", f"/q/{made.make_link(session).slug}"):
        answer = client.get(address + tail, follow_redirects=True)
        assert answer.status_code == 200, address
        assert f'action="{address}' in answer.get_data(as_text=True)


@endings
@pytest.mark.parametrize("anonymous", [True, False])
def test_an_answer_begun_before_the_link_was_closed_is_kept_aside_once(
    session: Session, visitor: Visitor, end: End, anonymous: bool
) -> None:
    link = made.make_link(session, made.make_survey(session, anonymous=anonymous))
    page = visitor.open(f"/q/{link.slug}")
    end(session, link)
    for _time in range(2):
        assert KEPT in visitor.send(page, nps="2", why="等了太久").get_data(as_text=True)
    kept = session.scalars(select(Suspect)).one()
    assert (kept.reasons, kept.state, kept.link_id) == (["after_closing"], "waiting", link.id)
    assert json.loads(kept.sent) == {"nps": ["2"], "why": ["等了太久"]}
    assert count(session, Response) == 0
    assert session.scalar(select(func.sum(OpenLinkDay.started))) == 0


@endings
def test_what_is_not_complete_is_shown_for_copying_when_the_link_is_closed(
    session: Session, visitor: Visitor, end: End
) -> None:
    link = made.make_link(session, made.make_survey(session, made.nps(required=True), made.words()))
    page = visitor.open(f"/q/{link.slug}")
    end(session, link)
    answer = visitor.send(page, why="我的话不能丢")
    again = answer.get_data(as_text=True)
    assert answer.status_code == 410
    assert ENDED in again
    assert "我的话不能丢" in again
    assert count(session, Suspect) == 0
    assert KEPT in visitor.send(again, nps="3", why="我的话不能丢").get_data(as_text=True)
    assert session.scalars(select(Suspect)).one().reasons == ["after_closing"]


def test_of_several_pages_nobody_is_led_on_after_the_end_and_the_last_one_is_kept(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session, made.two_pages(session))
    page = visitor.open(f"/q/{link.slug}")
    second = visitor.open(visitor.send(visitor.open(f"/q/{link.slug}"), _go="next", nps="4").location)
    switch_off(session, link)
    stuck = visitor.send(page, _go="next", nps="7")
    text = stuck.get_data(as_text=True)
    assert (stuck.status_code, ENDED in text, 'value="7" checked' in text) == (410, True, True)
    assert made.fields(text)["_page"] == "one"
    assert KEPT in visitor.send(second, why="最后一页").get_data(as_text=True)
    kept = session.scalars(select(Suspect)).one()
    assert json.loads(kept.sent) == {"nps": ["4"], "why": ["最后一页"]}
    sent_again = visitor.send(second, why="最后一页")
    assert KEPT in visitor.client.get(sent_again.location).get_data(as_text=True)


def test_whoever_was_never_shown_the_page_is_told_that_the_link_is_closed(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    page = visitor.open(f"/q/{link.slug}")
    switch_off(session, link)
    for stamp in ("", "made-up", made.fields(visitor.open(f"/q/{made.make_link(session).slug}"))["_shown"]):
        answer = visitor.send(page, _shown=stamp, nps="9")
        assert (answer.status_code, CLOSED in answer.get_data(as_text=True)) == (404, True)
    assert count(session, Suspect) == 0


def test_an_answer_stored_before_the_link_was_closed_is_not_kept_a_second_time(
    session: Session, visitor: Visitor
) -> None:
    for anonymous in (True, False):
        link = made.make_link(session, made.make_survey(session, anonymous=anonymous))
        page = visitor.open(f"/q/{link.slug}")
        visitor.send(page, nps="9")
        switch_off(session, link)
        assert "谢谢您，已收到" in visitor.open(visitor.send(page, nps="9").location)
    assert (count(session, Response), count(session, Suspect)) == (2, 0)


def test_a_personal_link_over_while_somebody_writes_keeps_the_answer_aside(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    invitation, token = invite(session, THREE_PAGES)
    customer, slow = Customer(client, token), Customer(client, invite(session, THREE_PAGES)[1])
    customer.send(nps="2")
    customer.send(why="没等到回复")
    slow.send(nps="2")
    clock_at.advance(days=16)
    customer.send("send", again="no")
    assert KEPT in customer.page
    kept = session.scalars(select(Suspect)).one()
    assert (kept.reasons, kept.invitation_id) == (["after_closing"], invitation.id)
    assert json.loads(kept.sent) == {"nps": ["2"], "why": ["没等到回复"], "again": ["no"]}
    slow.send(why="我的话")
    assert ENDED in slow.page
    assert "我的话" in slow.page
    assert client.get(f"/s/{token}").status_code == 410


def test_staff_read_why_it_was_kept_and_may_count_it(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    link = made.make_link(session)
    page = visitor.open(f"/q/{link.slug}")
    switch_off(session, link)
    visitor.send(page, nps="2", why="等了太久")
    staff = login()
    listed = staff.get("/surveys/suspects?reason=after_closing").get_data(as_text=True)
    assert "等了太久" in listed
    assert "链接停用后收到</span>" in listed
    assert "是真人，计入结果" not in listed
    suspect = session.scalars(select(Suspect)).one()
    assert staff.post(f"/surveys/suspects/{suspect.id}/accept").status_code == 302
    assert [response.nps for response in session.scalars(select(Response))] == [2]


def test_another_answer_from_the_same_sitting_is_said_not_to_be_added(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session, made.two_pages(session))
    second = visitor.send(visitor.open(f"/q/{link.slug}"), _go="next", nps="4").location
    one, other = visitor.open(second), visitor.open(second)
    thanks = visitor.send(one, why="第一台设备").location
    assert "谢谢您，已收到" in visitor.open(visitor.send(one, why="第一台设备").location)
    told = visitor.open(visitor.send(other, why="第二台设备").location)
    assert "这一次填写的内容没有再加进去" in told
    assert "谢谢您，已收到" not in told
    assert "谢谢您，已收到" in visitor.open(thanks)
    assert count(session, Response) == 1


ENDINGS = [
    {"id": "sorry", "title": made.text("让您失望了"), "when": {"of": "nps", "is": "at_most", "than": 6}},
    {"id": "glad", "title": made.text("很高兴您满意")},
]


def test_the_thanks_reopened_say_the_surveys_own_ending(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, made.make_survey(session, made.nps(), made.words(), endings=ENDINGS))
    for score, said in (("2", "让您失望了"), ("9", "很高兴您满意")):
        thanks = visitor.send(visitor.open(f"/q/{link.slug}"), nps=score).location
        assert said in visitor.open(thanks)
        bare = thanks.split("?")[0]
        assert said in visitor.open(bare)
        again = visitor.client.get(bare.removesuffix("/thanks"), follow_redirects=True)
        assert said in again.get_data(as_text=True)


def test_of_an_answer_in_doubt_the_same_ending_is_said_again(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, made.make_survey(session, made.nps(), made.words(), endings=ENDINGS))
    page = visitor.open(f"/q/{link.slug}")
    thanks = visitor.send(page, after=0.1, nps="2", _website="http://x").location
    assert session.scalars(select(Suspect)).one().reasons[0] == "trap_filled"
    assert "让您失望了" in visitor.open(thanks.split("?")[0])


def test_whoever_has_unsubscribed_is_not_asked_again(session: Session, client: FlaskClient) -> None:
    _invitation, token = factories.make_invitation(session)
    assert "确认停止" in client.get(f"/o/{token}").get_data(as_text=True)
    client.post(f"/o/{token}")
    page = client.get(f"/o/{token}").get_data(as_text=True)
    assert "您已经退订" in page
    assert "<form" not in page
    english = client.get(f"/o/{token}?lang=en").get_data(as_text=True)
    assert "You are already unsubscribed" in english
