"""Doubt: no sign alone condemns, a person can always clear themselves, and nothing is thrown away."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.demo import factories
from core import crypto
from core.clock import FixedClock
from core.models import AuditEntry, EventRow
from grid.rules import Role
from surveys.models import Answer, OpenLink, Response, Sighting, SightingSalt, SurveyQuota, Suspect
from surveys.rules import sums, suspicion
from surveys.rules.suspicion import Sign, Suspicion, Traces
from surveys.services import sightings
from tests.conftest import NOON
from tests.surveys import open_links as made
from tests.surveys.open_links import Visitor

TRAP = {suspicion.TRAP: "http://buy.example"}


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def visitor(client: FlaskClient, clock_at: FixedClock) -> Visitor:
    return Visitor(client, clock_at)


# --- rules


def test_no_sign_alone_puts_an_answer_aside_but_the_sum_that_was_failed_three_times() -> None:
    found = {sign: suspicion.weigh([sign]) for sign in Sign}
    assert found.pop(Sign.SUM_FAILED) is Suspicion.PUT_ASIDE
    assert set(found.values()) == {Suspicion.NONE, Suspicion.ASK}


def test_somebody_who_takes_their_time_shows_no_sign() -> None:
    assert suspicion.signs(Traces(seconds=12, answers=10)) == []


@pytest.mark.parametrize(
    ("traces", "signs"),
    [
        (Traces(trap=" "), []),
        (Traces(trap="x"), [Sign.TRAP_FILLED]),
        (Traces(seconds=11.9, answers=10), [Sign.TOO_FAST]),
        (Traces(seconds=5.9, answers=10), [Sign.MUCH_TOO_FAST]),
        (Traces(seconds=2.1, answers=1, prefilled=1), []),
        (Traces(from_address=20), []),
        (Traces(from_address=21), [Sign.BUSY_ADDRESS]),
        (Traces(from_address=101), [Sign.FLOODING_ADDRESS]),
        (Traces(alike=3), []),
        (Traces(alike=4), [Sign.REPEATED]),
        (Traces(alike=11), [Sign.OFTEN_REPEATED]),
        (Traces(rows=[["5"] * 4, ["5", "4", "5", "5", "5"]]), []),
        (Traces(rows=[["5"] * 5]), [Sign.STRAIGHT_LINES]),
        (Traces(failed_sums=2), []),
        (Traces(failed_sums=3), [Sign.SUM_FAILED]),
    ],
)
def test_every_sign_begins_where_its_sentence_says(traces: Traces, signs: list[Sign]) -> None:
    assert suspicion.signs(traces) == signs


def test_top_marks_for_everything_are_no_repetition_and_the_same_words_are() -> None:
    assert suspicion.likeness({f"q{n}": "5" for n in range(20)}) is None
    assert suspicion.likeness({"nps": "10", "why": "很好"}) is None
    said = {"nps": "2", "why": "理赔等了一个多月没人回复"}
    assert suspicion.likeness(said) == suspicion.likeness(dict(reversed(said.items())))
    assert suspicion.likeness(said) != suspicion.likeness(said | {"nps": "3"})
    assert suspicion.likeness({f"q{n}": str(n % 3) for n in range(10)}) is not None


@given(st.binary(min_size=16, max_size=16))
def test_every_sum_can_be_answered_in_figures_and_in_words(random: bytes) -> None:
    key = random.hex()
    total = sum(sums.terms(key))
    assert sums.solves(key, f" {total} ")
    assert sums.solves(key, "".join(chr(ord(figure) + 0xFEE0) for figure in str(total)))
    chinese = "零一二三四五六七八九"
    assert sums.solves(
        key, chinese[total] if total < 10 else f"十{chinese[total - 10] if total > 10 else ''}"
    )
    assert not sums.solves(key, str(total + 1))
    assert not sums.solves(key, "")
    assert "加" in sums.spoken(key, "zh-Hans")
    assert "plus" in sums.spoken(key, "en")
    assert "+" in sums.spoken(key, "vi")


def test_the_memory_of_a_process_forgets_with_the_day_and_cannot_be_filled_up() -> None:
    memory, today = sightings.Memory(), NOON.date()
    assert [memory.see(today, b"a") for _again in range(3)] == [1, 2, 3]
    assert memory.look(today, b"a") == 3
    for number in range(sightings.MOST_REMEMBERED):
        memory.see(today, str(number).encode())
    assert memory.look(today, b"a") == 0
    assert memory.look(today.replace(day=11), b"7") == 0


# --- what is written down


def test_what_was_seen_is_counted_under_the_salt_of_the_day_and_forgotten(
    session: Session, clock_at: FixedClock
) -> None:
    def see(thing: bytes) -> int:
        return sightings.see(session.connection(), kind="address", link_id=7, thing=thing, written=True)

    assert [see(b"203.0.113.9"), see(b"203.0.113.9"), see(b"203.0.113.10")] == [1, 2, 1]
    marks = set(session.scalars(select(Sighting.mark)))
    clock_at.advance(days=1)
    assert see(b"203.0.113.9") == 1
    assert len(set(session.scalars(select(Sighting.mark))) - marks) == 1  # another salt, another mark
    sightings.forget(session)
    assert (count(session, Sighting), count(session, SightingSalt)) == (0, 0)


def test_marks_and_salts_are_in_no_log_of_the_database(session: Session) -> None:
    kinds = session.execute(
        text("SELECT relname, relpersistence FROM pg_class WHERE relname IN ('sightings', 'sighting_salts')")
    )
    assert {row[0]: row[1] for row in kinds} == {"sightings": "u", "sighting_salts": "u"}


def test_no_address_stands_anywhere_after_an_answer(session: Session, visitor: Visitor) -> None:
    visitor.send(visitor.open(f"/q/{made.make_link(session).slug}"), nps="9")
    plain = visitor.around["REMOTE_ADDR"].encode()
    for mark in session.scalars(select(Sighting.mark)):
        assert len(mark) == 32
        assert mark != crypto.token_hash(plain.decode())
    assert count(session, Sighting) > 0


# --- the way of a visitor


def solved(page: str) -> str:
    """Return the result of the sum that a page asks, read as a person reads it."""
    first, second = page.split("加", 1)[0][-1], page.split("加", 1)[1][0]
    return str("零一二三四五六七八九".index(first) + "零一二三四五六七八九".index(second))


def test_a_hasty_answer_is_asked_the_sum_and_stored_once_it_is_solved(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    asked = visitor.send(visitor.open(f"/q/{link.slug}"), after=0.5, nps="9", why="快")
    page = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert "等于多少" in page
    assert count(session, Response) == 0
    wrong = visitor.send(page, after=5, nps="9", why="快", _sum="1")
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "算得不对" in page
    assert 'value="9" checked' in page
    assert visitor.send(page, after=5, nps="9", why="快", _sum=solved(page)).status_code == 303
    assert session.scalars(select(Response)).one().nps == 9
    assert count(session, Suspect) == 0


def test_waiting_does_not_spare_the_sum_once_it_was_asked(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    page = visitor.send(visitor.open(f"/q/{link.slug}"), after=0.5, nps="9").get_data(as_text=True)
    assert visitor.send(page, after=600, nps="9", _sum="").status_code == 422
    assert count(session, Response) == 0


def test_failing_the_sum_three_times_ends_with_the_same_thank_you(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    page = visitor.send(visitor.open(f"/q/{link.slug}"), after=0.5, nps="9").get_data(as_text=True)
    codes = []
    for _try in range(3):
        answer = visitor.send(page, after=5, nps="9", _sum="1")
        page = answer.get_data(as_text=True)
        codes.append(answer.status_code)
    assert codes == [422, 422, 303]
    assert "sum_failed" in session.scalars(select(Suspect)).one().reasons
    assert count(session, Response) == 0


def put_aside(session: Session, visitor: Visitor, link: OpenLink | None = None, **sent: str) -> Suspect:
    """Send an answer that is put aside and return it."""
    there = link or made.make_link(session)
    said = {"nps": "9", "why": "请拨打 13812345678"} | sent
    answer = visitor.send(visitor.open(f"/q/{there.slug}"), after=0.5, **TRAP, **said)
    assert answer.status_code == 303
    return session.scalars(select(Suspect).order_by(Suspect.id.desc())).first()  # type: ignore[return-value]


def test_what_looks_machine_made_is_put_aside_and_thanked_for_like_any_other(
    session: Session, visitor: Visitor
) -> None:
    link = made.make_link(session)
    honest = visitor.send(visitor.open(f"/q/{link.slug}"), nps="9")
    page = visitor.open(f"/q/{link.slug}")
    caught = visitor.send(page, after=0.5, nps="1", **TRAP)
    assert (caught.status_code, sorted(caught.headers.keys())) == (
        honest.status_code,
        sorted(honest.headers.keys()),
    )
    thanks = [visitor.open(answer.location) for answer in (honest, caught)]
    assert thanks[0].split("<main")[1] == thanks[1].split("<main")[1]
    assert visitor.send(page, after=60, nps="10").location == caught.location
    suspect = session.scalars(select(Suspect)).one()
    assert suspect.reasons == ["trap_filled", "much_too_fast"]
    assert json.loads(suspect.sent)["nps"] == ["1"]
    assert (count(session, Response), count(session, EventRow)) == (1, 1)


def test_of_an_anonymous_survey_only_the_hour_is_kept_with_what_is_put_aside(
    session: Session, visitor: Visitor
) -> None:
    suspect = put_aside(session, visitor, made.make_link(session, made.make_survey(session, anonymous=True)))
    assert (suspect.received_at.minute, suspect.received_at.second) == (0, 0)


def test_the_same_words_again_and_again_are_asked_the_sum(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    codes = [
        visitor.send(
            visitor.open(f"/q/{link.slug}"), nps="1", why="这是一段反复提交的完全相同的话"
        ).status_code
        for _again in range(5)
    ]
    assert codes == [303, 303, 303, 422, 422]


def test_a_busy_address_alone_turns_nobody_away(session: Session, visitor: Visitor) -> None:
    link = made.make_link(session)
    for _customer in range(suspicion.BUSY_ADDRESS + 3):
        assert visitor.send(visitor.open(f"/q/{link.slug}"), after=20, nps="9").status_code == 303
    assert count(session, Suspect) == 0


def test_a_flood_from_one_address_is_told_to_wait(
    session: Session, client: FlaskClient, clock_at: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.public.flood._brake._most", 3)
    link, around = made.make_link(session), {"REMOTE_ADDR": "198.51.100.7"}
    codes = [client.post(f"/q/{link.slug}", environ_overrides=around).status_code for _many in range(5)]
    assert codes[3:] == [429, 429]
    clock_at.advance(minutes=1)
    assert client.post(f"/q/{link.slug}", environ_overrides=around).status_code == 422


# --- what staff decide


def test_an_accepted_answer_is_stored_as_if_it_had_never_been_in_doubt(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient], clock_at: FixedClock
) -> None:
    link = made.make_link(session, made.make_survey(session, made.nps(), made.words(), made.hidden()),
                          parameters={"agent": "A7"})  # fmt: skip
    suspect = put_aside(session, visitor, link)
    came = suspect.received_at
    clock_at.advance(days=2)
    staff = login(Role.CX_MANAGER)
    assert staff.post(f"/surveys/suspects/{suspect.id}/accept").status_code == 302
    stored = session.scalars(select(Response)).one()
    assert (stored.submitted_at, stored.link_id, stored.nps) == (came, link.id, 9)
    answers = {row.question_id: row.words or row.number for row in session.scalars(select(Answer))}
    assert answers == {"nps": 9, "why": "请拨打 13812345678", "agent": "A7"}
    event = session.scalars(select(EventRow)).one()
    assert (event.kind, event.payload["response_id"]) == ("ResponseSubmitted", stored.id)
    session.refresh(suspect)
    assert (suspect.state, suspect.sent) == ("accepted", "{}")
    line = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert line is not None
    assert (line.action, line.object_id) == ("suspect.accept", str(suspect.id))
    staff.post(f"/surveys/suspects/{suspect.id}/accept")
    staff.post(f"/surveys/suspects/{suspect.id}/reject")
    assert count(session, Response) == 1
    assert suspect.state == "accepted"


def test_an_anonymous_answer_can_be_accepted_and_stays_anonymous(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    link = made.make_link(session, made.two_pages(session, anonymous=True))
    second = visitor.send(visitor.open(f"/q/{link.slug}"), after=0, _go="next", nps="9").location
    assert visitor.send(visitor.open(second), after=0, **TRAP, why="好").status_code == 303
    suspect = session.scalars(select(Suspect)).one()
    login(Role.CX_MANAGER).post(f"/surveys/suspects/{suspect.id}/accept")
    stored = session.scalars(select(Response)).one()
    assert (stored.nps, stored.key_hash, stored.started_at) == (9, None, None)
    assert visitor.client.get(second).status_code == 303


def test_a_rejected_answer_stays_and_is_never_counted(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    suspect = put_aside(session, visitor)
    staff = login(Role.CX_MANAGER)
    staff.post(f"/surveys/suspects/{suspect.id}/reject")
    session.refresh(suspect)
    assert suspect.state == "rejected"
    assert json.loads(suspect.sent)["nps"] == ["9"]
    assert count(session, Response) == 0
    page = staff.get("/surveys/suspects?state=rejected").get_data(as_text=True)
    assert "已排除" in page


def test_all_of_a_filter_are_decided_and_no_others(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    one, other = made.make_link(session), made.make_link(session)
    for link in (one, one, other):
        put_aside(session, visitor, link)
    staff = login(Role.CX_MANAGER)
    staff.post("/surveys/suspects/all", data={"decision": "accept", "link": str(one.id)})
    states = dict(
        session.execute(select(Suspect.link_id, func.max(Suspect.state)).group_by(Suspect.link_id)).all()
    )
    assert states == {one.id: "accepted", other.id: "waiting"}
    assert count(session, Response) == 2
    line = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert line is not None
    assert len(line.detail["suspects"]) == 2


def test_what_a_full_quota_keeps_out_stays_waiting(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    link = made.make_link(session)
    for _twice in range(2):
        put_aside(session, visitor, link)
    session.add(SurveyQuota(survey_id=link.survey_id, name="一份", most=1))
    session.flush()
    page = login(Role.CX_MANAGER).post(
        "/surveys/suspects/all", data={"decision": "accept"}, follow_redirects=True
    )
    assert "有 1 份没能计入" in page.get_data(as_text=True)
    assert sorted(session.scalars(select(Suspect.state))) == ["accepted", "waiting"]
    assert count(session, Response) == 1


def test_staff_see_why_and_no_telephone_number(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    put_aside(session, visitor)
    page = login(Role.CX_MANAGER).get("/surveys/suspects").get_data(as_text=True)
    assert "填了真人看不到的栏目" in page
    assert "快得不像真人" in page
    assert "13812345678" not in page


def test_answers_of_other_regions_are_not_there(
    session: Session, visitor: Visitor, login: Callable[..., FlaskClient]
) -> None:
    here, there = factories.make_region(session), factories.make_region(session)
    suspect = put_aside(session, visitor, made.make_link(session, region_id=there.id, name="别处的柜台"))
    staff = login(Role.CX_MANAGER, region=here.id)
    assert "别处的柜台" not in staff.get("/surveys/suspects").get_data(as_text=True)
    for verb in ("accept", "reject"):
        assert staff.post(f"/surveys/suspects/{suspect.id}/{verb}").status_code == 404
    staff.post("/surveys/suspects/all", data={"decision": "reject"})
    session.refresh(suspect)
    assert suspect.state == "waiting"
