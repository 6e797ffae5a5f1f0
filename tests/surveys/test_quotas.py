"""Quotas and answer limits: exactly as many as wanted, however many send at once."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo import factories
from app.web import create_app
from core import crypto, db, settings
from core.models import EventRow
from grid.rules import Role
from surveys.models import (
    Answer,
    AnswerFile,
    Invitation,
    Response,
    Sitting,
    SurveyQuota,
    SurveyVersion,
    Suspect,
)
from tests.surveys.answering import THREE_PAGES, Customer, Json, nps, publish, said, words

ONE_PAGE: Json = {"title": said("一页"), "questions": [nps(), words()]}
DETRACTORS = {"of": "nps", "is": "at_most", "than": 6}


def limit(
    session: Session, version: SurveyVersion, most: int, condition: object = None, name: str = "总量"
) -> SurveyQuota:
    quota = SurveyQuota(survey_id=version.survey_id, name=name, most=most, condition=condition)
    session.add(quota)
    session.flush()  # quotas are taken in the order of their ids
    return quota


def tokens_of(session: Session, version: SurveyVersion, many: int) -> list[str]:
    return [factories.make_invitation(session, version_id=version.id)[1] for _ in range(many)]


def region_of(session: Session, token: str) -> int | None:
    """Return where an invitation belongs."""
    found = select(Invitation.region_id).where(Invitation.token_hash == crypto.token_hash(token))
    return session.scalar(found)


def answered(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Response)) or 0


@pytest.mark.parametrize("document", [ONE_PAGE, THREE_PAGES, ONE_PAGE | {"anonymous": True}])
def test_of_fifty_parallel_posts_ten_are_stored(fresh_database: str, document: Json) -> None:
    with db.transaction() as session:
        version = publish(session, document)
        limit(session, version, 10)
        tokens = tokens_of(session, version, 50)
    web = create_app(settings.current())
    last = {
        "_page": "p3" if document is THREE_PAGES else "p1",
        "_version": str(version.id),
        "_language": "zh-Hans",
    }
    with ThreadPoolExecutor(8) as pool:
        if document is THREE_PAGES:
            first = {"_page": "p1", "nps": "9", "_go": "next"}
            assert set(
                pool.map(lambda t: web.test_client().post(f"/s/{t}", data=first).status_code, tokens)
            ) == {303}
        send = {"nps": "9", "_go": "send", **last}
        statuses = list(pool.map(lambda t: web.test_client().post(f"/s/{t}", data=send).status_code, tokens))
    assert (statuses.count(303), statuses.count(200)) == (10, 40)
    with db.reading() as session:
        quota = session.scalars(select(SurveyQuota)).one()
        assert (answered(session), quota.taken, quota.turned_away) == (10, 10, 40)
        assert session.scalar(select(func.count()).select_from(EventRow)) == 10
        assert session.scalar(select(func.count(func.distinct(Answer.response_id)))) == 10
        beyond = session.scalars(select(Suspect)).all()
        assert [one.reasons for one in beyond] == [["over_quota"]] * 40
        assert all(json.loads(one.sent)["nps"] == ["9"] for one in beyond)


def test_whoever_comes_too_late_is_told_so_kindly_and_what_they_wrote_is_kept_aside(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, THREE_PAGES)
    quota = limit(session, version, 1)
    first, second, third = tokens_of(session, version, 3)
    quick, slow = Customer(client, first), Customer(client, second)
    slow.send(nps="2")
    slow.send(why="我的话")
    quick.send(nps="9")
    quick.send("send")
    assert "谢谢" in quick.page
    slow.send("send", again="no")
    assert "收满" in slow.page
    assert "不计入统计；您填写的内容已经保留" in slow.page
    kept = session.scalars(select(Suspect)).one()
    assert (kept.reasons, kept.state, kept.region_id) == (
        ["over_quota"],
        "waiting",
        region_of(session, second),
    )
    assert json.loads(kept.sent) == {"nps": ["2"], "why": ["我的话"], "again": ["no"]}
    assert answered(session) == 1
    session.refresh(quota)
    assert (quota.taken, quota.turned_away) == (1, 1)
    assert {row.sent for row in session.scalars(select(Sitting))} == {"{}"}
    for token in (second, third):
        assert "收满" in client.get(f"/s/{token}").get_data(as_text=True)
    assert "收满" in client.post(f"/s/{second}", data={"nps": "2"}).get_data(as_text=True)
    assert "已经保留" in client.get(f"/s/{second}").get_data(as_text=True)
    assert "已经保留" not in client.get(f"/s/{third}").get_data(as_text=True)
    assert "已经回答" in client.get(f"/s/{first}").get_data(as_text=True)


def test_whoever_is_in_the_middle_when_the_last_place_goes_may_end_it_and_nothing_is_lost(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, THREE_PAGES)
    limit(session, version, 1)
    first, second, third = tokens_of(session, version, 3)
    slow = Customer(client, second)
    quick = Customer(client, first)
    quick.send(nps="9")
    quick.send("send")
    slow.send(nps="2")
    assert "不满意的地方" in slow.page
    slow.send(why="赔得太慢")
    assert "赔得太慢" in client.get(f"/s/{second}/p/p2").get_data(as_text=True)
    slow.send("send", again="no")
    assert "您填写的内容已经保留" in slow.page
    kept = session.scalars(select(Suspect)).one()
    assert json.loads(kept.sent) == {"nps": ["2"], "why": ["赔得太慢"], "again": ["no"]}
    assert "您填写的内容已经保留" in client.get(f"/s/{second}").get_data(as_text=True)
    assert 'name="nps"' not in client.get(f"/s/{third}").get_data(as_text=True), "nobody begins any more"
    assert answered(session) == 1


def test_a_quota_with_a_condition_counts_only_those_it_is_meant_for(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, ONE_PAGE)
    total = limit(session, version, 3)
    unhappy = limit(session, version, 1, DETRACTORS, "贬损者")
    scores = ["2", "9", "3", "10", "0"]
    outcomes = [
        client.post(f"/s/{token}", data={"nps": score}).status_code
        for token, score in zip(tokens_of(session, version, 5), scores, strict=True)
    ]
    assert outcomes == [303, 303, 200, 303, 200]
    for quota in (total, unhappy):
        session.refresh(quota)
    # The third was turned away by the second quota, and gave back the place that it held in the first.
    assert (total.taken, total.turned_away) == (3, 1)
    assert (unhappy.taken, unhappy.turned_away) == (1, 1)
    assert answered(session) == 3


def test_a_second_send_takes_no_second_place(session: Session, client: FlaskClient) -> None:
    version = publish(session, ONE_PAGE)
    quota = limit(session, version, 5)
    [token] = tokens_of(session, version, 1)
    for _time in range(3):
        assert client.post(f"/s/{token}", data={"nps": "9"}).location == f"/s/{token}/thanks"
    session.refresh(quota)
    assert (quota.taken, quota.turned_away, answered(session)) == (1, 0, 1)


def test_a_quota_written_down_after_the_page_was_shown_holds_too(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, ONE_PAGE)
    first, second = tokens_of(session, version, 2)
    customer, late = Customer(client, first), Customer(client, second)
    limit(session, version, 1)
    assert customer.send("send", nps="9").status_code == 303
    assert late.send("send", nps="9").status_code == 200
    assert answered(session) == 1


def test_what_came_too_late_is_kept_once_however_often_it_is_sent(
    session: Session, client: FlaskClient
) -> None:
    version = publish(session, ONE_PAGE)
    quota = limit(session, version, 0)
    [token] = tokens_of(session, version, 1)
    for words_ in ("第一次", "第二次", "第一次", "第二次"):
        answer = client.post(f"/s/{token}", data={"nps": "1", "why": words_})
        assert "已经保留" in answer.get_data(as_text=True)
    quota.most = 5
    session.flush()  # the next request asks the database
    assert "已经保留" in client.post(f"/s/{token}", data={"nps": "1"}).get_data(as_text=True)
    session.refresh(quota)
    assert (quota.taken, quota.turned_away, answered(session)) == (0, 1, 0)
    kept = session.scalars(select(Suspect).order_by(Suspect.id)).all()
    assert [(json.loads(one.sent)["why"], one.reasons) for one in kept] == [
        (["第一次"], ["over_quota"]),
        (["第二次"], ["answered_before"]),
    ]


def test_staff_read_what_came_too_late_and_count_it_once_there_is_room(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    version = publish(session, ONE_PAGE)
    quota = limit(session, version, 0)
    invitation, token = factories.make_invitation(session, version_id=version.id)
    client.post(f"/s/{token}", data={"nps": "0", "why": "三个月没人管"})
    kept = session.scalars(select(Suspect)).one()
    staff = login(Role.CX_MANAGER)
    page = staff.get(f"/surveys/suspects?reason=over_quota&survey={version.survey_id}").get_data(as_text=True)
    assert "名额已满后收到" in page
    assert "三个月没人管" in page
    assert "是真人" not in page
    accept = f"/surveys/suspects/{kept.id}/accept"
    refused = staff.post(accept, follow_redirects=True).get_data(as_text=True)
    assert "请先在配额里增加份数" in refused
    assert answered(session) == 0
    quota.most = 1
    session.flush()  # the next request asks the database
    staff.post(accept)
    response = session.scalars(select(Response)).one()
    assert (response.invitation_id, response.customer_id) == (invitation.id, invitation.customer_id)
    assert (response.nps, response.region_id) == (0, invitation.region_id)
    assert session.scalars(select(EventRow)).one().payload["response_id"] == response.id
    session.refresh(quota)
    assert quota.taken == 1


def test_what_an_anonymous_survey_keeps_beyond_its_quota_leads_to_nobody(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    version = publish(session, ONE_PAGE | {"anonymous": True})
    quota = limit(session, version, 0)
    invitation, token = factories.make_invitation(session, version_id=version.id)
    client.post(f"/s/{token}", data={"nps": "0", "why": "不敢说名字"})
    kept = session.scalars(select(Suspect)).one()
    assert (kept.invitation_id, kept.link_id) == (None, None)
    assert kept.key_hash != crypto.token_hash(token)
    assert (kept.received_at.minute, kept.received_at.second) == (0, 0)
    session.refresh(invitation)
    assert invitation.spent
    quota.most = 1
    session.flush()  # the next request asks the database
    login(Role.CX_MANAGER).post(f"/surveys/suspects/{kept.id}/accept")
    response = session.scalars(select(Response)).one()
    assert (response.nps, response.invitation_id, response.customer_id) == (0, None, None)


@pytest.mark.parametrize("anonymous", [False, True])
def test_a_file_sent_with_what_came_too_late_is_kept_and_goes_with_it(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient], *, anonymous: bool
) -> None:
    papers: Json = {"type": "file", "id": "papers", "title": said("材料"), "kinds": ["pdf"]}
    version = publish(session, {"title": said("一页"), "questions": [nps(), papers], "anonymous": anonymous})
    quota = limit(session, version, 0)
    [token] = tokens_of(session, version, 1)
    picture = (io.BytesIO(b"%PDF-1.4\n%%EOF"), "fees.pdf")
    sent = client.post(f"/s/{token}", data={"nps": "1", "papers": picture, "_go": "send"})
    assert "已经保留" in sent.get_data(as_text=True)
    kept, file = session.scalars(select(Suspect)).one(), session.scalars(select(AnswerFile)).one()
    assert (file.key_hash, file.response_id) == (kept.key_hash, None)
    quota.most = 1
    session.flush()  # the next request asks the database
    login(Role.CX_MANAGER).post(f"/surveys/suspects/{kept.id}/accept")
    session.refresh(file)
    assert file.response_id == session.scalars(select(Response.id)).one()
