"""A second window, another device: the first answer counts, and nothing that was said after it is lost."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import crypto
from core.clock import FixedClock
from surveys.models import Invitation, Response, SurveyQuota, Suspect
from surveys.rules.questions import NpsQuestion, WordsQuestion
from surveys.rules.readings import Reading
from surveys.rules.second_answers import Second, compare
from surveys.services import suspects
from tests.surveys.answering import THREE_PAGES, Customer, Json, invite, nps, said, words
from tests.surveys.test_switches import survey_of

ONE_PAGE: Json = {"title": said("一页"), "questions": [nps(), words()]}
COMPLAINT = "我要投诉，理赔拖了两个月"
FIRST_COUNTS = "结果以先提交的为准"
KEPT = "已经保留，工作人员可以看到"
THANKS = "谢谢您，已收到"


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def two_windows(session: Session, client: FlaskClient, document: Json) -> tuple[Customer, Customer]:
    """Return one link opened twice before anything was sent."""
    _invitation, token = invite(session, document)
    return Customer(client, token), Customer(client, token)


def test_what_the_second_window_says_otherwise_is_kept_for_staff_and_the_customer_is_told(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    first, second = two_windows(session, client, ONE_PAGE)
    first.send("send", nps="4")
    second.send("send", nps="1", why=COMPLAINT)
    assert FIRST_COUNTS in second.page
    assert KEPT in second.page
    assert [response.nps for response in session.scalars(select(Response))] == [4]
    kept = session.scalars(select(Suspect)).one()
    assert (kept.reasons, kept.state, kept.link_id) == (["answered_before"], "waiting", None)
    assert json.loads(kept.sent) == {"nps": ["1"], "why": [COMPLAINT]}
    listed = login().get("/surveys/suspects?reason=answered_before").get_data(as_text=True)
    assert COMPLAINT in listed
    assert "同一链接再次提交，内容不同</span>" in listed
    assert "看过了，不计入" in listed
    assert f"/surveys/suspects/{kept.id}/accept" not in listed


def test_the_same_content_is_kept_once_and_another_one_again(session: Session, client: FlaskClient) -> None:
    first, second = two_windows(session, client, ONE_PAGE)
    shown = second.answer
    first.send("send", nps="4")
    for nps_said, words_said, kept in (
        (1, COMPLAINT, 1),
        (1, COMPLAINT, 1),
        (2, COMPLAINT, 2),
        (1, COMPLAINT, 2),
    ):
        second.answer = shown
        answer = second.send("send", nps=str(nps_said), why=words_said)
        assert answer.status_code == 303  # reload and back never send anything twice
        assert KEPT in second.page
        assert count(session, Suspect) == kept


@pytest.mark.parametrize("again", [{"nps": "4", "why": "很好"}, {"nps": "4"}, {}])
def test_whoever_says_nothing_new_is_thanked_and_nothing_is_put_aside(
    session: Session, client: FlaskClient, again: dict[str, str]
) -> None:
    first, second = two_windows(session, client, ONE_PAGE)
    first.send("send", nps="4", why="很好")
    second.send("send", **again)
    assert THANKS in second.page
    assert FIRST_COUNTS not in second.page
    assert (count(session, Response), count(session, Suspect)) == (1, 0)


def test_what_is_stored_encrypted_is_compared_too(session: Session, client: FlaskClient) -> None:
    asked = {"title": said("电话"), "questions": [nps(), words("phone", format="mobile")]}
    first, second = two_windows(session, client, asked)
    third = Customer(client, second.token)
    first.send("send", nps="4", phone="13800000000")
    second.send("send", nps="4", phone="138 0000 0000")
    assert (THANKS in second.page, count(session, Suspect)) == (True, 0)
    third.send("send", nps="4", phone="13900000000")
    assert KEPT in third.page
    assert json.loads(session.scalars(select(Suspect)).one().sent)["phone"] == ["13900000000"]


def test_what_nobody_can_read_is_said_not_to_be_added(session: Session, client: FlaskClient) -> None:
    asked = {"title": said("电话"), "questions": [nps(), words("phone", format="mobile")]}
    first, second = two_windows(session, client, asked)
    first.send("send", nps="4")
    second.send("send", nps="4", phone="12")
    assert "没有再加进去" in second.page
    assert count(session, Suspect) == 0


def test_the_last_page_of_another_device_is_kept_when_the_first_has_finished(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    first = Customer(client, token)
    first.send(nps="9")
    second = Customer(client, token)
    assert second.on == "p3"
    first.send("send", again="yes")
    second.send("send", again="no", more=COMPLAINT)
    assert KEPT in second.page
    kept = session.scalars(select(Suspect)).one()
    assert json.loads(kept.sent) == {"again": ["no"], "more": [COMPLAINT]}
    assert COMPLAINT in login().get("/surveys/suspects").get_data(as_text=True)
    assert count(session, Response) == 1


def test_going_back_or_to_another_language_afterwards_keeps_nothing_and_says_so(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, THREE_PAGES)
    first = Customer(client, token)
    first.send(nps="9")
    second = Customer(client, token)
    first.send("send", again="yes")
    second.send("back", again="no")
    assert "没有再加进去" in second.page
    assert count(session, Suspect) == 0


def test_beside_an_answer_put_aside_for_a_full_quota_another_one_is_kept_as_well(
    session: Session, client: FlaskClient
) -> None:
    for document in (ONE_PAGE, THREE_PAGES):
        invitation, token = invite(session, document)
        first = Customer(client, token)
        if document is THREE_PAGES:
            first.send(nps="9")
        second = Customer(client, token)
        session.add(SurveyQuota(survey_id=survey_of(session, invitation.version_id), name="零", most=0))
        session.flush()  # the next request asks the database
        own = {"again": "yes"} if document is THREE_PAGES else {"nps": "9"}
        first.send("send", **own)
        second.send("send", **own, **{"more" if document is THREE_PAGES else "why": COMPLAINT})
        assert "您填写的内容已经保留" in second.page
        kept = session.scalars(
            select(Suspect).where(Suspect.invitation_id == invitation.id).order_by(Suspect.id)
        )
        assert [one.reasons for one in kept] == [["over_quota"], ["answered_before"]]
    assert count(session, Response) == 0


def test_an_answer_after_the_first_is_never_counted(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    first, second = two_windows(session, client, ONE_PAGE)
    first.send("send", nps="4")
    second.send("send", nps="1", why=COMPLAINT)
    kept = session.scalars(select(Suspect)).one()
    staff = login()
    page = staff.post(f"/surveys/suspects/{kept.id}/accept", follow_redirects=True).get_data(as_text=True)
    assert "以先提交的为准；这一份只供查看，不能计入结果" in page
    answer = staff.post("/surveys/suspects/all", data={"decision": "accept"}, follow_redirects=True)
    assert "有 1 份没能计入" in answer.get_data(as_text=True)
    session.expire_all()
    assert session.scalars(select(Suspect)).one().state == "waiting"
    assert [response.nps for response in session.scalars(select(Response))] == [4]
    staff.post(f"/surveys/suspects/{kept.id}/reject")
    session.expire_all()
    assert session.scalars(select(Suspect)).one().state == "rejected"


def test_one_link_cannot_fill_the_list(
    session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "MOST_BESIDE", 2)
    first, second = two_windows(session, client, ONE_PAGE)
    shown = second.answer
    first.send("send", nps="4")
    for number in range(4):
        second.answer = shown
        second.send("send", nps="4", why=f"第 {number} 次")
    assert "没有再加进去" in second.page
    assert count(session, Suspect) == 2
    second.answer = shown
    second.send("send", nps="4", why="第 1 次")
    assert KEPT in second.page


def test_of_an_anonymous_survey_nothing_is_kept_and_the_first_answer_counts(
    session: Session, client: FlaskClient
) -> None:
    first, second = two_windows(session, client, {**ONE_PAGE, "anonymous": True})
    first.send("send", nps="4")
    assert "以第一次提交的内容为准" not in first.page
    second.send("send", nps="1", why=COMPLAINT)
    assert "以第一次提交的内容为准" in second.page
    assert KEPT not in second.page
    assert (count(session, Response), count(session, Suspect)) == (1, 0)


def test_the_key_of_what_is_kept_tells_nothing_without_the_secret(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    first, second = two_windows(session, client, ONE_PAGE)
    first.send("send", nps="4")
    clock_at.advance(seconds=30)
    second.send("send", nps="1", why=COMPLAINT)
    kept = session.scalars(select(Suspect)).one()
    invitation = session.scalars(select(Invitation)).one()
    content = json.dumps(json.loads(kept.sent), ensure_ascii=False, sort_keys=True)
    assert kept.invitation_id == invitation.id
    assert kept.key_hash not in {
        crypto.token_hash(content),
        crypto.token_hash(second.token),
        crypto.token_hash(second.token + content),
    }


def test_another_answer_is_one_that_says_something_new() -> None:
    score = NpsQuestion.model_validate(nps())
    why = WordsQuestion.model_validate(words())
    stored = {"nps": Reading(number=4.0), "why": Reading(words="慢")}
    asked = (score, why)
    assert compare(asked, {"nps": ["4"], "why": ["慢"]}, stored) is Second.SAME
    assert compare(asked, {"nps": ["4"], "why": [""]}, stored) is Second.SAME
    assert compare(asked, {}, stored) is Second.SAME
    assert compare(asked, {"nps": ["5"]}, stored) is Second.OTHER
    assert compare(asked, {"nps": ["4"], "why": ["快"]}, stored) is Second.OTHER
    assert compare(asked, {"nps": ["77"]}, stored) is Second.UNREADABLE
    assert compare(asked, {"nps": ["77"], "why": ["快"]}, stored) is Second.OTHER
