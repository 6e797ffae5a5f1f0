"""Rollups say what a recount says, whatever arrives in whatever order, twice, or at once."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from dashboards import jobs, services
from dashboards.models import EVERYWHERE, AskDay, PromiseDay, ScoreDay, VoiceDay
from dashboards.services import Cell
from feedback.models import Feedback
from grid import queries as grid
from surveys.events import ResponseSubmitted
from surveys.models import Response

MONDAY = date(2026, 6, 8)
WHOLE = (date(2026, 1, 1), date(2026, 12, 31))


def submitted(response: Response) -> ResponseSubmitted:
    return ResponseSubmitted(
        response_id=response.id,
        touchpoint_code=response.touchpoint_code,
        region_id=response.region_id,
        day=clock.beijing_day(response.submitted_at).isoformat(),
    )


def score_rows(session: Session) -> dict[tuple[date, str, int, str], tuple[int, int, int, int]]:
    return {
        (row.day, row.touchpoint_code, row.region_id, row.metric): (row.n, row.good, row.bad, row.total)
        for row in session.scalars(select(ScoreDay).execution_options(populate_existing=True))
    }


answers = st.lists(
    st.tuples(
        st.sampled_from(["claim_closed", "hotline_call"]),
        st.integers(0, 1),
        st.integers(0, 72),
        st.none() | st.integers(0, 10),
        st.none() | st.integers(1, 5),
        st.none() | st.integers(1, 7),
    ),
    max_size=12,
)


@given(given_answers=answers, order=st.randoms(use_true_random=False))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_rollups_equal_a_recount_for_any_answers_in_any_order_and_twice(
    session: Session,
    given_answers: list[tuple[str, int, int, int | None, int | None, int | None]],
    order: object,
) -> None:
    with session.begin_nested() as savepoint:
        regions = [grid.root(session), factories.make_region(session, code="T1")]
        start = clock.day_start(MONDAY)
        events, expected = [], Counter[tuple[date, str, int, str]]()
        for touchpoint, region, hours, nps, csat, ces in given_answers:
            response = factories.make_response(
                session,
                touchpoint_code=touchpoint,
                region_id=regions[region].id,
                nps=nps,
                csat=csat,
                ces=ces,
                submitted_at=start + timedelta(hours=hours),
            )
            day = MONDAY + timedelta(days=hours // 24)
            for metric, score in (("nps", nps), ("csat", csat), ("ces", ces)):
                if score is not None:
                    expected[(day, touchpoint, regions[region].id, metric)] += 1
            events.append(submitted(response))
        again = events + events[::2]
        order.shuffle(again)  # type: ignore[attr-defined]
        for at in range(0, len(again), 4):
            jobs.recount(session, again[at : at + 4])
        assert {key: row[0] for key, row in score_rows(session).items()} == expected
        assert services.check(session, *WHOLE) == []
        kept = score_rows(session)
        services.recount_all(session, *WHOLE)
        assert score_rows(session) == kept
        savepoint.rollback()


def test_scores_are_counted_by_their_groups(session: Session) -> None:
    region_id = grid.root(session).id
    for nps in range(11):
        factories.make_response(session, nps=nps, submitted_at=clock.day_start(MONDAY))
    for csat in range(1, 6):
        factories.make_response(session, csat=csat, submitted_at=clock.day_start(MONDAY))
    for ces in range(1, 8):
        factories.make_response(session, ces=ces, submitted_at=clock.day_start(MONDAY))
    services.recount_scores(session, [Cell(MONDAY, region_id)])
    found = {key[3]: row for key, row in score_rows(session).items()}
    assert found == {"nps": (11, 2, 7, 55), "csat": (5, 2, 2, 15), "ces": (7, 3, 3, 28)}


def test_a_day_begins_and_ends_at_midnight_in_beijing(session: Session) -> None:
    midnight = datetime(2026, 6, 7, 16, 0, tzinfo=UTC)  # 2026-06-08 00:00 in Beijing
    instants = [midnight - timedelta(microseconds=1), midnight, midnight + timedelta(days=1, microseconds=-1)]
    events = [submitted(factories.make_response(session, nps=9, submitted_at=at)) for at in instants]
    jobs.recount(session, events)
    assert {key[0]: row[0] for key, row in score_rows(session).items()} == {
        MONDAY - timedelta(days=1): 1,
        MONDAY: 2,
    }


def test_an_answer_that_was_erased_leaves_the_rollup(session: Session) -> None:
    response = factories.make_response(session, nps=3, csat=2, submitted_at=clock.day_start(MONDAY))
    jobs.recount(session, [submitted(response)])
    assert len(score_rows(session)) == 2
    session.execute(delete(Response).where(Response.id == response.id))
    jobs.recount(session, [submitted(response)])
    assert score_rows(session) == {}


def test_the_check_names_every_row_that_is_wrong_missing_or_too_many(session: Session) -> None:
    region_id = grid.root(session).id
    kept = factories.make_response(session, nps=10, csat=5, submitted_at=clock.day_start(MONDAY))
    jobs.recount(session, [submitted(kept)])
    session.execute(update(ScoreDay).where(ScoreDay.metric == "nps").values(good=0))
    session.execute(delete(ScoreDay).where(ScoreDay.metric == "csat"))
    session.add(
        ScoreDay(
            day=MONDAY,
            touchpoint_code="claim_closed",
            region_id=region_id,
            metric="ces",
            n=1,
            good=0,
            bad=0,
            total=4,
        )
    )
    session.flush()
    found = {difference.key["metric"]: difference for difference in services.check(session, MONDAY, MONDAY)}
    assert set(found) == {"nps", "csat", "ces"}
    assert (found["nps"].stored or {})["good"] == 0
    assert (found["nps"].counted or {})["good"] == 1
    assert found["csat"].stored is None
    assert found["ces"].counted is None


def test_the_nightly_job_repairs_what_is_wrong(session: Session, clock_at: clock.FixedClock) -> None:
    factories.make_response(session, nps=10, submitted_at=factories.days_ago(200))
    jobs.verify_rollups()
    assert [row[0] for row in score_rows(session).values()] == [1]
    assert services.check(session, *WHOLE) == []


def test_the_funnel_counts_each_step_as_part_of_the_one_before(
    session: Session, clock_at: clock.FixedClock
) -> None:
    now = clock.now()
    factories.make_invitation(session, reason="not_sampled")
    factories.make_invitation(session)
    factories.make_invitation(session, opened_at=now)
    answered, _token = factories.make_invitation(session)
    response = factories.make_response(session, nps=9, invitation_id=answered.id)
    services.recount_recent(session)
    row = session.scalars(select(AskDay)).one()
    assert (row.eligible, row.invited, row.sent, row.opened, row.answered) == (4, 3, 2, 2, 1)
    session.execute(delete(Response).where(Response.id == response.id))
    late = factories.make_response(
        session, nps=9, invitation_id=answered.id, submitted_at=now + timedelta(days=9)
    )
    session.execute(delete(AskDay))
    jobs.recount(session, [submitted(late)])
    assert session.scalars(select(AskDay.answered)).one() == 1


def test_voices_are_counted_once_tagged_and_again_when_tagged_anew(
    session: Session, clock_at: clock.FixedClock
) -> None:
    first = factories.make_feedback(session, topics={"claim_speed": "negative", "attitude": "positive"})
    factories.make_feedback(session, occurred_at=factories.days_ago(300), sentiment="positive", score=0.9)
    factories.make_feedback(session, sentiment=None, score=None, engine=None, tagged_at=None)
    assert services.recount_voices(session) == 2
    assert session.execute(
        select(VoiceDay.topic, VoiceDay.negative, VoiceDay.positive)
        .where(VoiceDay.day == date(2026, 6, 10), VoiceDay.touchpoint_code == EVERYWHERE)
        .order_by(VoiceDay.topic)
    ).all() == [("", 1, 0), ("attitude", 0, 1), ("claim_speed", 1, 0)]
    clock_at.advance(hours=1)
    assert services.recount_voices(session) == 2, "what was tagged around the last count is looked at again"
    clock_at.advance(hours=1)
    assert services.recount_voices(session) == 0
    session.execute(
        update(Feedback)
        .where(Feedback.id == first.id)
        .values(sentiment="neutral", score=0, tagged_at=clock.now())
    )
    assert services.recount_voices(session) == 1
    assert session.execute(
        select(VoiceDay.negative, VoiceDay.neutral).where(
            VoiceDay.topic == "", VoiceDay.day == date(2026, 6, 10), VoiceDay.touchpoint_code == EVERYWHERE
        )
    ).one() == (0, 1)


def test_a_promise_counts_once_it_is_due_and_an_open_ticket_is_not_kept(
    session: Session, clock_at: clock.FixedClock
) -> None:
    now = clock.now()
    factories.make_ticket(session, opened_at=now - timedelta(days=1), due_at=now - timedelta(hours=1))
    factories.make_ticket(session, due_at=now + timedelta(hours=1))
    services.recount_recent(session)
    assert session.execute(select(PromiseDay.due, PromiseDay.kept)).all() == [(1, 0)]
    clock_at.advance(hours=2)
    services.recount_recent(session)
    assert session.execute(select(PromiseDay.due, PromiseDay.kept)).all() == [(2, 0)]


def test_a_recount_waits_for_another_of_the_same_cell_and_sees_what_it_missed(fresh_database: str) -> None:
    with db.transaction() as session:
        region_id = grid.root(session).id
        factories.make_response(session, nps=9, submitted_at=clock.day_start(MONDAY))
    cell, done = Cell(MONDAY, region_id), threading.Event()

    def later() -> None:
        with db.transaction() as other:
            services.recount_scores(other, [cell])
        done.set()

    with db.transaction() as session:
        services.recount_scores(session, [cell])
        with db.transaction() as writer:
            factories.make_response(writer, nps=0, submitted_at=clock.day_start(MONDAY))
        thread = threading.Thread(target=later)
        thread.start()
        assert not done.wait(0.3)
    thread.join(10)
    with db.reading() as session:
        assert [row[0] for row in score_rows(session).values()] == [2]


def test_recounts_of_many_cells_at_once_lose_nothing_and_never_lock_each_other_out(
    fresh_database: str,
) -> None:
    with db.transaction() as session:
        codes = [factories.make_region(session, code=f"T{number}").id for number in range(4)]
    faults: list[BaseException] = []

    def submit(seed: int) -> None:
        try:
            for step in range(8):
                with db.transaction() as session:
                    events = [
                        submitted(
                            factories.make_response(
                                session,
                                nps=(seed + step) % 11,
                                region_id=codes[(seed * step + place) % 4],
                                submitted_at=clock.day_start(MONDAY + timedelta(days=(step + place) % 3)),
                            )
                        )
                        for place in range(4)
                    ]
                with db.transaction() as session:
                    jobs.recount(session, events)
        except BaseException as fault:  # noqa: BLE001 - the main thread must see it
            faults.append(fault)

    threads = [threading.Thread(target=submit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    with db.transaction() as session:
        assert sum(row[0] for row in score_rows(session).values()) == 4 * 8 * 4
        assert services.check(session, *WHOLE) == []


def test_so_many_cells_that_locks_would_run_out_are_counted_behind_one_gate(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_CELL_LOCKS", 1)
    region_id = grid.root(session).id
    for day in range(3):
        factories.make_response(session, nps=9, submitted_at=clock.day_start(MONDAY + timedelta(days=day)))
    services.recount_scores(session, [Cell(MONDAY + timedelta(days=day), region_id) for day in range(3)])
    assert len(score_rows(session)) == 3
    held = session.scalar(
        text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
    )
    assert held == 1
