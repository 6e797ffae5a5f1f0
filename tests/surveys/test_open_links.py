"""Open links: nobody is recorded for looking, everybody who sends is stored once, and parameters are not forged."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.clock import FixedClock
from core.models import EventRow
from surveys.models import (
    Answer,
    OpenLink,
    OpenLinkDay,
    Response,
    Sighting,
    Sitting,
    SurveyVersion,
)
from surveys.rules.definition import Definition
from surveys.rules.opening import signed_address
from surveys.services.versions import publish_version
from tests.surveys import open_links as made
from tests.surveys.open_links import PHONE, Visitor


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def day_of(session: Session, link: OpenLink) -> tuple[int, int]:
    day = session.get(OpenLinkDay, (link.id, clock.beijing_day(clock.now())))
    if day is None:
        return 0, 0
    session.refresh(day)
    return day.opened, day.started


@pytest.fixture
def visitor(client: FlaskClient, clock_at: FixedClock) -> Visitor:
    return Visitor(client, clock_at)


def test_looking_stores_nothing_but_one_more_on_the_days_counter(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    visitor.open(f"/q/{link.slug}")
    visitor.open(f"/q/{link.slug}")
    assert day_of(session, link) == (2, 0)
    assert [count(session, table) for table in (Response, Sitting, Sighting, EventRow)] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
        {"User-Agent": PHONE, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": PHONE, "Purpose": "prefetch"},
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": ""},
    ],
)
def test_machines_that_look_ahead_are_not_counted(
    session: Session, client: FlaskClient, headers: dict[str, str]
) -> None:
    link = made.make_link(session)
    assert client.get(f"/q/{link.slug}", headers=headers).status_code == 200
    assert client.head(f"/q/{link.slug}", headers={"User-Agent": PHONE}).status_code == 200
    assert day_of(session, link) == (0, 0)


def test_an_answer_belongs_to_its_link_and_is_thanked_for(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    answer = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9", why="快")
    stored = session.scalars(select(Response)).one()
    assert (stored.link_id, stored.channel, stored.nps, stored.customer_id) == (link.id, "qr", 9, None)
    assert (stored.region_id, stored.touchpoint_code) == (link.region_id, "claim_closed")
    assert "谢谢" in visitor.open(answer.location)
    assert day_of(session, link) == (1, 1)
    assert session.scalars(select(EventRow)).one().kind == "ResponseSubmitted"


def test_sending_the_same_page_again_stores_nothing_and_starts_nothing(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    page = visitor.open(f"/q/{link.slug}")
    places = [visitor.send(page, nps=score).location for score in ("9", "9", "2")]
    assert (places[1], places[2]) == (places[0], f"{places[0]}?other=1")
    assert [response.nps for response in session.scalars(select(Response))] == [9]
    assert day_of(session, link) == (1, 1)


def test_of_an_anonymous_survey_the_same_page_is_stored_once_and_leaves_no_trace(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session, made.make_survey(session, anonymous=True))
    page = visitor.open(f"/q/{link.slug}")
    for _again in range(3):
        assert visitor.send(page, nps="9").status_code == 303
    stored = session.scalars(select(Response)).one()
    assert (stored.key_hash, stored.started_at, stored.submitted_at.minute) == (None, None, 0)
    assert count(session, Sighting) == 0


@pytest.mark.parametrize("anonymous", [True, False])
def test_the_address_of_a_finished_answer_leads_to_the_thanks(
    session: Session, visitor: Visitor, anonymous: bool
) -> None:
    link = made.make_link(session, made.make_survey(session, anonymous=anonymous))
    thanks = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9").location
    for path in (thanks.removesuffix("/thanks"), f"{thanks.removesuffix('/thanks')}/at/p1"):
        assert visitor.client.get(path).location == thanks
    assert "谢谢" in visitor.open(thanks)


def test_every_page_shown_has_a_key_of_its_own(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    for score in ("9", "8"):
        visitor.send(visitor.open(f"/q/{link.slug}"), nps=score)
    assert sorted(r.nps or 0 for r in session.scalars(select(Response))) == [8, 9]


def test_a_shared_device_shows_nothing_of_who_stood_there_before(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session, made.two_pages(session), kind="kiosk")
    second = visitor.send(visitor.open(f"/q/{link.slug}"), _go="next", nps="3").location
    page = visitor.open(second)
    start = re.search(r'data-start="([^"]+)"', page)
    assert start is not None
    visitor.open(start[1])  # nobody touched the screen, so the page began anew
    behind = visitor.client.get(second)
    assert (behind.status_code, behind.location) == (303, f"/q/{link.slug}")
    assert count(session, Response) == 0


def test_the_thanks_speak_the_language_of_the_answer(session: Session, visitor: Visitor) -> None:
    definition = Definition.model_validate(
        {
            "title": {"zh-Hans": "问卷", "en": "Survey"},
            "questions": [{"type": "csat", "id": "csat", "title": {"zh-Hans": "满意吗", "en": "Satisfied?"}}],
        }
    )
    version = made.make_survey(session)
    published = publish_version(session, survey_id=version.survey_id, definition=definition)
    session.flush()
    link = made.make_link(session, published)
    sent = visitor.send(visitor.open(f"/q/{link.slug}?lang=en"), csat="5")
    assert "lang=en" in sent.location
    assert "Thank you" in visitor.open(sent.location)


def test_after_the_first_page_the_address_leads_back_to_the_same_sitting(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session, made.two_pages(session))
    second = visitor.send(visitor.open(f"/q/{link.slug}"), _go="next", nps="4").location
    assert second.startswith(f"/q/{link.slug}/")
    elsewhere = visitor.open(second.split("/at/")[0])  # as another device opens the bare address
    assert "为什么？" in elsewhere
    assert visitor.send(elsewhere, why="等太久").status_code == 303
    stored = session.scalars(select(Response)).one()
    answers = {row.question_id: row.words or row.number for row in session.scalars(select(Answer))}
    assert (stored.nps, answers) == (4, {"nps": 4, "why": "等太久"})
    assert "谢谢" in client_follows(visitor, second)


def client_follows(visitor: Visitor, path: str) -> str:
    return visitor.client.get(path, follow_redirects=True).get_data(as_text=True)


def test_a_key_that_sent_nothing_begins_anew(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    key = made.fields(visitor.open(f"/q/{link.slug}"))["_key"]
    for path in (f"/q/{link.slug}/{key}", f"/q/{link.slug}/{key}/thanks", f"/q/{link.slug}/{key}/at/p1"):
        answer = visitor.client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/q/{link.slug}"), path


def test_a_key_of_another_link_or_of_nobody_is_no_key(session: Session, visitor: Visitor) -> None:
    one, other = made.make_link(session), made.make_link(session)
    key = made.fields(visitor.open(f"/q/{one.slug}"))["_key"]
    for path in (f"/q/{other.slug}/{key}", f"/q/{one.slug}/{'A' * 32}", f"/q/{one.slug}/x"):
        assert visitor.client.get(path).location == path.rpartition("/")[0], path
        assert visitor.client.post(path, data={"nps": "9"}).status_code == 404, path
    assert count(session, Response) == 0


def test_whoever_sends_without_a_key_or_with_one_too_old_is_asked_the_sum_and_loses_nothing(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    page = visitor.open(f"/q/{link.slug}")
    answer = visitor.send(page, after=15 * 86_400, nps="9", why="一直开着这一页")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "一直开着这一页" in text
    assert 'name="_sum"' in text
    assert count(session, Response) == 0


def test_closed_and_expired_links_show_the_same_page(session: Session, visitor: Visitor) -> None:
    off = made.make_link(session, active=False)
    over = made.make_link(session, expires_at=clock.now() - timedelta(seconds=1))
    written = made.make_link(session, make_draft(session))
    pages = set()
    for slug in (off.slug, over.slug, written.slug):
        answer = visitor.client.get(f"/q/{slug}")
        assert answer.status_code == 404, slug
        pages.add(answer.get_data(as_text=True).split("<main")[1])
        assert visitor.client.post(f"/q/{slug}", data={"nps": "9"}).status_code == 404
    assert len(pages) == 1
    assert count(session, OpenLinkDay) == 0


def make_draft(session: Session) -> SurveyVersion:
    version = made.make_survey(session)
    version.state = "retired"
    session.flush()
    return version


def test_whoever_began_before_the_link_ended_may_finish_within_a_day(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session, expires_at=made.in_days(1 / 24))
    page, late = visitor.open(f"/q/{link.slug}"), visitor.open(f"/q/{link.slug}")
    assert visitor.send(page, after=3700, nps="9").status_code == 303
    assert visitor.client.get(f"/q/{link.slug}").status_code == 404
    assert "已经保留" in visitor.send(late, after=86_400, nps="9").get_data(as_text=True)
    assert count(session, Response) == 1


def test_a_link_switched_off_counts_nothing_more_and_still_says_thank_you(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    done = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9").location
    page = visitor.open(f"/q/{link.slug}")
    link.active = False
    session.flush()
    assert "已经保留" in visitor.send(page, nps="1").get_data(as_text=True)
    assert "谢谢" in visitor.open(done)
    assert count(session, Response) == 1


def test_a_page_opened_before_a_new_version_is_read_by_the_version_it_showed(
    session: Session, visitor: Visitor
) -> None:
    version = made.make_survey(session)
    link = made.make_link(session, version)
    page = visitor.open(f"/q/{link.slug}")
    newer = Definition.model_validate({"title": made.text("新"), "questions": [made.nps("other")]})
    publish_version(session, survey_id=version.survey_id, definition=newer)
    session.flush()
    visitor.send(page, nps="7")
    assert session.scalars(select(Response)).one().version_id == version.id


def test_a_page_cannot_name_a_version_of_another_survey(session: Session, visitor: Visitor) -> None:
    foreign = made.make_survey(session, made.nps("foreign"))
    link = made.make_link(session)
    visitor.send(visitor.open(f"/q/{link.slug}"), _version=str(foreign.id), nps="7", foreign="1")
    stored = session.scalars(select(Response)).one()
    assert (stored.nps, stored.version_id == foreign.id) == (7, False)


def test_a_score_in_the_address_is_chosen_and_not_recorded(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    assert 'value="9" checked' in visitor.open(f"/q/{link.slug}?nps=9")
    assert count(session, Response) == 0


def agent_of(session: Session) -> str | None:
    return session.scalar(select(Answer.words).where(Answer.question_id == "agent"))


def with_agent(session: Session, **given: object) -> OpenLink:
    return made.make_link(session, made.make_survey(session, made.nps(), made.hidden()), **given)


@pytest.mark.parametrize(
    "asked", ["agent=A7", "agent=A7&sig=made-up", "agent=A7&sig=", "sig=x", "agent=A7&agent=A8&sig=%00"]
)
def test_a_parameter_that_nobody_signed_is_not_believed(
    session: Session, visitor: Visitor, asked: str
) -> None:
    link = with_agent(session)
    page = visitor.open(f"/q/{link.slug}?{asked}")
    assert visitor.send(page, nps="9", agent="A7").status_code == 303
    assert agent_of(session) is None


def test_a_signed_parameter_is_stored_and_cannot_be_changed(session: Session, visitor: Visitor) -> None:
    link = with_agent(session)
    path = signed_address("", link.slug, {"agent": "A7"})
    assert visitor.send(visitor.open(path), nps="9", agent="B2").status_code == 303
    assert agent_of(session) == "A7"
    other = with_agent(session)
    visitor.send(visitor.open(path.replace(link.slug, other.slug)), nps="9")
    visitor.send(visitor.open(path.replace("A7", "A8")), nps="9")
    assert session.scalars(select(Answer.words).where(Answer.question_id == "agent")).all() == ["A7"]


def test_a_signed_parameter_survives_several_pages(session: Session, visitor: Visitor) -> None:
    pages = [
        {"id": "one", "questions": [made.nps()]},
        {"id": "two", "questions": [made.words(), made.hidden()]},
    ]
    link = made.make_link(session, made.make_survey(session, pages=pages))
    page = visitor.open(signed_address("", link.slug, {"agent": "A7"}))
    second = visitor.open(visitor.send(page, _go="next", nps="9").location)
    visitor.send(second, why="好")
    assert agent_of(session) == "A7"


def test_what_is_fixed_in_the_link_beats_what_was_signed(session: Session, visitor: Visitor) -> None:
    link = with_agent(session, parameters={"agent": "柜台一"})
    visitor.send(visitor.open(signed_address("", link.slug, {"agent": "A7"})), nps="9")
    assert agent_of(session) == "柜台一"
