from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock, db
from core.errors import InvalidInputError
from core.models import EventRow
from feedback import jobs, services
from feedback.models import Feedback
from feedback.services import Row, Utterance
from grid import queries as grid
from grid.models import Region
from grid.rules import Viewer
from surveys.events import ResponseSubmitted
from surveys.models import Response


def viewer_of(region: Region) -> Viewer:
    return Viewer("test", region.id, region.path, region.name)


def utterance(**given: Any) -> Utterance:  # noqa: ANN401
    values: dict[str, Any] = {
        "source": "hotline",
        "source_id": "1",
        "channel": "hotline",
        "words": "理赔太慢，要去12378投诉，我的手机13812345678",
        "occurred_at": clock.now(),
    }
    return Utterance(**values | given)


def submitted(responses: Sequence[Response]) -> list[ResponseSubmitted]:
    return [ResponseSubmitted(one.id, one.touchpoint_code, one.region_id, "2026-06-10") for one in responses]


def announced(session: Session) -> list[int]:
    rows = session.scalars(select(EventRow).where(EventRow.kind == "FeedbackTagged").order_by(EventRow.id))
    return [row.payload["feedback_id"] for row in rows]


def test_an_utterance_comes_in_once_however_often_it_is_handed_in(session: Session) -> None:
    viewer = viewer_of(grid.root(session))
    first = services.take_in(session, utterance(), viewer=viewer)
    again = services.take_in(session, utterance(words="别的话"), viewer=viewer)
    assert (first.new, again.new, first.id == again.id) == (True, False, True)
    row = session.get_one(Feedback, first.id)
    assert "13812345678" in row.words
    assert "13812345678" not in row.masked_words


def test_every_mistake_of_an_utterance_is_named(session: Session) -> None:
    tree = factories.region_tree(session)
    wrong = utterance(
        words=" ", occurred_at=clock.now() + timedelta(days=1), touchpoint="nowhere", region="44"
    )
    with pytest.raises(InvalidInputError) as error:
        services.take_in(session, wrong, viewer=viewer_of(tree["33"]))
    assert set(error.value.fields) == {"text", "occurred_at", "touchpoint", "region"}


def test_tagging_writes_what_the_engine_saw_and_tells_the_tickets(session: Session) -> None:
    taken = services.take_in(session, utterance(), viewer=viewer_of(grid.root(session)))
    assert services.tag_batch(session) == 1
    assert services.tag_batch(session) == 0
    row = session.get_one(Feedback, taken.id, populate_existing=True)
    assert (row.sentiment, row.risks) == ("negative", ["regulator"])
    mark = next(mark for mark in row.evidence if mark["kind"] == "risk")
    assert "12378" in row.masked_words[mark["start"] : mark["end"]]
    assert announced(session) == [taken.id]


def test_what_is_said_now_is_understood_before_history(session: Session) -> None:
    viewer = viewer_of(grid.root(session))
    old = services.take_in(session, utterance(history=True), viewer=viewer)
    new = services.take_in(session, utterance(source_id="2"), viewer=viewer)
    services.tag_batch(session, limit=1)
    assert session.get_one(Feedback, new.id, populate_existing=True).tagged_at is not None
    assert session.get_one(Feedback, old.id, populate_existing=True).tagged_at is None


def test_an_answer_becomes_tagged_feedback_with_its_scores(session: Session) -> None:
    response = factories.make_response(session, nps=2, why="理赔等了一个月，太慢了")
    jobs.take_in_answers(session, submitted([response]))
    row = session.scalars(select(Feedback).where(Feedback.response_id == response.id)).one()
    assert (row.nps, row.channel, row.words) == (2, "survey", "理赔等了一个月，太慢了")
    assert row.sentiment == "negative"
    assert announced(session) == [row.id]


def test_a_detractor_without_words_is_announced_without_a_feeling(session: Session) -> None:
    response = factories.make_response(session, nps=0)
    jobs.take_in_answers(session, submitted([response]))
    row = session.scalars(select(Feedback).where(Feedback.response_id == response.id)).one()
    assert (row.words, row.sentiment, row.engine) == ("", None, None)
    assert row.tagged_at is not None
    assert announced(session) == [row.id]


def test_the_same_answers_handled_twice_are_one_feedback_and_one_announcement(session: Session) -> None:
    responses = [
        factories.make_response(session, nps=nps, why=why) for nps, why in ((1, "差"), (9, None), (10, "好"))
    ]
    jobs.take_in_answers(session, submitted(responses))
    jobs.take_in_answers(session, submitted(responses))
    assert session.scalar(select(func.count(Feedback.id))) == 3
    assert len(announced(session)) == 3


def test_waiting_words_are_tagged_by_the_job(session: Session) -> None:
    services.take_in(session, utterance(), viewer=viewer_of(grid.root(session)))
    jobs.tag_waiting()
    assert session.scalar(select(func.count()).where(Feedback.tagged_at.is_(None))) == 0


def test_a_run_of_tagging_that_takes_long_asks_for_its_continuation(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TAGGING_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "BATCH", 1)
    root = grid.root(session)
    rows = [Row("a", str(n), "web", "很好", clock.now(), root.id) for n in range(3)]
    services.take_in_many(session, rows)
    jobs.tag_waiting()
    jobs.tag_waiting()
    assert session.scalar(select(func.count()).where(Feedback.tagged_at.is_(None))) == 1
    query = text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'job' = 'feedback.tag_waiting'")
    assert session.scalar(query) == 1


def test_workers_share_what_waits_and_tag_each_row_once(fresh_database: str) -> None:
    with db.transaction() as session:
        root = grid.root(session).id
        services.take_in_many(
            session, [Row("a", str(n), "web", f"理赔很慢{n}", clock.now(), root) for n in range(400)]
        )

    def work() -> int:
        total = 0
        while True:
            with db.transaction() as session:
                tagged = services.tag_batch(session, limit=50)
            if not tagged:
                return total
            total += tagged

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: work(), range(4))) == 400
    with db.reading() as session:
        assert len(announced(session)) == len(set(announced(session))) == 400


def test_parallel_takers_of_one_utterance_make_one_row(fresh_database: str) -> None:
    with db.reading() as session:
        viewer = viewer_of(grid.root(session))

    def take() -> bool:
        with db.transaction() as session:
            return services.take_in(session, utterance(), viewer=viewer).new

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: take(), range(8))) == 1
