"""Columns of answers: what is sealed, what is read live, and that both say what the tables say."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from core.clock import FixedClock
from surveys.counting import building, sealing, store
from surveys.counting.store import Columns, Kept
from surveys.models import Answer, Response, SurveyBlock, SurveyVersion
from surveys.queries import columns as reads
from surveys.queries.columns import Kind
from surveys.rules.summaries import narrowing
from surveys.rules.summaries.values import Values
from tests.surveys.results_world import answer, make_survey

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    store.kept.clear()
    store.lately.clear()


@pytest.fixture
def version(session: Session) -> SurveyVersion:
    return make_survey(session)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal four rows at a time, the last block two rows at a time."""
    monkeypatch.setattr(sealing, "SIZE", 4)
    monkeypatch.setattr(sealing, "STEP", 2)


def fill(session: Session, version: SurveyVersion, count: int, **given: Any) -> list[int]:  # noqa: ANN401
    when = given.pop("submitted_at", clock.now() - timedelta(days=1))
    return [
        answer(
            session,
            version,
            {"nps": at % 11, "reason": ["slow"], "why": f"第{at}份"},
            submitted_at=when,
            **given,
        ).id
        for at in range(count)
    ]


def seal(session: Session, version: SurveyVersion, kind: Kind = Kind.RESPONSES) -> int:
    sealed = 0
    while sealing.seal_next(session, kind, version.id, anonymous=False):
        sealed += 1
    return sealed


def heads(session: Session, version: SurveyVersion) -> list[tuple[int, int]]:
    return [(head.number, head.n) for head in reads.heads(session, Kind.RESPONSES, [version.id])]


def ids(columns: Columns) -> list[int]:
    numbers = columns.values(narrowing.ID).numbers
    return [] if numbers is None else sorted(int(one) for one in numbers)


def given(values: Values) -> list[float]:
    return [] if values.numbers is None else [float(one) for one in values.numbers[values.known]]


def test_an_empty_survey_has_no_columns(session: Session, version: SurveyVersion) -> None:
    columns = Columns(session, Kind.RESPONSES, [version.id])
    assert columns.n == 0
    assert columns.values("nps").n == 0


@pytest.mark.usefixtures("small_blocks")
def test_sealed_and_live_answers_are_counted_together_once(session: Session, version: SurveyVersion) -> None:
    made = fill(session, version, 11)
    live = Columns(session, Kind.RESPONSES, [version.id])
    before = (ids(live), sorted(given(live.values("nps"))))
    seal(session, version)
    assert heads(session, version) == [(0, 4), (1, 4), (2, 3)]
    sealed = Columns(session, Kind.RESPONSES, [version.id])
    assert (sealed.live, live.live) == (0, 11)
    assert (ids(sealed), sorted(given(sealed.values("nps")))) == before
    assert before[0] == made


@pytest.mark.usefixtures("small_blocks")
def test_every_shape_of_answer_comes_back_from_its_block(session: Session, version: SurveyVersion) -> None:
    whole = {
        "nps": 9, "reason": ("other", "没人接电话"), "ways": ["app", "shop"], "parts.speed": 5,
        "wish": ["money", "time"], "mobile": "13812345678", "why": "很好",
    }  # fmt: skip
    when = clock.now() - timedelta(days=1)
    for answers in (whole, {"nps": 1}, {}, whole):
        answer(
            session, version, answers, submitted_at=when, page_seconds={"p1": 7}, variables={"points": 2.5}
        )
    before = Columns(session, Kind.RESPONSES, [version.id])
    keys = [*whole, "@page.p1", "@var.points", narrowing.CHANNEL, narrowing.AT, narrowing.REGION]
    expected = {key: before.values(key) for key in keys}
    seal(session, version)
    after = Columns(session, Kind.RESPONSES, [version.id])
    assert after.live == 0
    for key in keys:
        assert_same(after.values(key), expected[key])
    assert after.values("wish").choices is not None
    assert given(after.values("@var.points")) == [2.5] * 4


def assert_same(one: Values, other: Values) -> None:
    assert one.n == other.n
    assert given(one) == given(other)
    for here, there in ((one.said, other.said), (one.answered, other.answered)):
        assert (here is None) == (there is None)
        if here is not None and there is not None:
            assert np.array_equal(here, there)
    assert chosen(one) == chosen(other)


def chosen(values: Values) -> Sequence[tuple[str, ...]]:
    found = values.choices
    if found is None:
        return []
    return [
        tuple(found.options[code] for code in found.codes[found.starts[at] : found.starts[at + 1]])
        for at in range(values.n)
    ]


@pytest.mark.usefixtures("small_blocks")
def test_young_answers_are_read_live_and_sealed_once_they_are_settled(
    session: Session, version: SurveyVersion, clock_at: FixedClock
) -> None:
    fill(session, version, 4)
    fill(session, version, 4, submitted_at=clock.now())
    seal(session, version)
    assert heads(session, version) == [(0, 4)]
    assert Columns(session, Kind.RESPONSES, [version.id]).live == 4
    clock_at.advance(minutes=11)
    seal(session, version)
    assert heads(session, version) == [(0, 4), (1, 4)]


@pytest.mark.usefixtures("small_blocks")
def test_nothing_after_a_young_answer_is_sealed_even_if_it_says_it_is_older(
    session: Session, version: SurveyVersion
) -> None:
    fill(session, version, 2)
    fill(session, version, 1, submitted_at=clock.now())
    fill(session, version, 5)
    seal(session, version)
    assert heads(session, version) == [(0, 2)]
    assert Columns(session, Kind.RESPONSES, [version.id]).n == 8


@pytest.mark.usefixtures("small_blocks")
def test_the_last_block_grows_until_it_is_full(session: Session, version: SurveyVersion) -> None:
    fill(session, version, 2)
    seal(session, version)
    fill(session, version, 1)
    seal(session, version)
    assert heads(session, version) == [(0, 2)]
    fill(session, version, 3)
    seal(session, version)
    assert heads(session, version) == [(0, 4), (1, 2)]
    assert Columns(session, Kind.RESPONSES, [version.id]).n == 6


@pytest.mark.usefixtures("small_blocks")
def test_a_deleted_response_is_not_counted_and_its_block_is_built_again(
    session: Session, version: SurveyVersion
) -> None:
    made = fill(session, version, 12)
    seal(session, version)
    assert Columns(session, Kind.RESPONSES, [version.id]).n == 12
    session.execute(delete(Response).where(Response.id == made[5]))
    gap = Columns(session, Kind.RESPONSES, [version.id])
    assert (gap.n, gap.live) == (11, 3)
    seal(session, version)
    rebuilt = Columns(session, Kind.RESPONSES, [version.id])
    assert (rebuilt.n, rebuilt.live, ids(rebuilt)) == (11, 0, [one for one in made if one != made[5]])


@pytest.mark.usefixtures("small_blocks")
def test_the_check_finds_what_went_without_a_word_and_what_came_late(
    session: Session, version: SurveyVersion
) -> None:
    made = fill(session, version, 12)
    seal(session, version)
    session.execute(text("ALTER TABLE responses DISABLE TRIGGER USER"))
    session.execute(delete(Response).where(Response.id == made[1]))
    session.execute(text("ALTER TABLE responses ENABLE TRIGGER USER"))
    assert sealing.drop_changed(session, Kind.RESPONSES, version.id, watched=None) == 1
    assert Columns(session, Kind.RESPONSES, [version.id]).n == 11
    assert sealing.drop_changed(session, Kind.RESPONSES, version.id, watched=None) == 0


@pytest.mark.usefixtures("small_blocks")
def test_a_block_built_again_is_never_mistaken_for_the_one_before(
    session: Session, version: SurveyVersion
) -> None:
    made = fill(session, version, 4)
    seal(session, version)
    assert 0.0 in given(Columns(session, Kind.RESPONSES, [version.id]).values("nps"))
    session.execute(
        update(Answer).where(Answer.response_id == made[0], Answer.question_id == "nps").values(number=7)
    )
    stamp = reads.heads(session, Kind.RESPONSES, [version.id])[0].stamp
    sealing.drop_holding(session, [made[0]])
    # A transaction of its own, as a job would have: the stamp is its number.
    session.connection().begin_nested()
    seal(session, version)
    assert reads.heads(session, Kind.RESPONSES, [version.id])[0].stamp != stamp
    assert given(Columns(session, Kind.RESPONSES, [version.id]).values("nps")) == [7, 1, 2, 3]


def test_versions_stand_one_after_the_other_and_questions_are_read_only_where_they_were_asked(
    session: Session, version: SurveyVersion
) -> None:
    other = make_survey(session, code="second")
    fill(session, version, 3)
    fill(session, other, 2)
    columns = Columns(session, Kind.RESPONSES, [version.id, other.id])
    assert columns.n == 5
    assert int(columns.within(frozenset({other.id})).sum()) == 2
    assert len(given(columns.values("nps", frozenset({version.id})))) == 3


def test_invitations_say_how_far_they_went_and_why_no_further(
    session: Session, version: SurveyVersion
) -> None:
    past, future = clock.now() - timedelta(days=3), clock.now() + timedelta(days=3)
    for reason, opened, expires, answered in (
        ("not_sampled", None, future, False),
        (None, None, future, False),
        (None, past, past, False),
        (None, past, future, True),
    ):
        invitation, _token = factories.make_invitation(
            session, version_id=version.id, reason=reason, opened_at=opened, expires_at=expires
        )
        if answered:
            factories.make_response(session, version_id=version.id, invitation_id=invitation.id)
    columns = Columns(session, Kind.ASKS, [version.id])
    outcomes = [one[0] for one in chosen(columns.values(building.OUTCOME))]
    assert outcomes == ["offered:not_sampled", "asked:no_message", "opened:expired", "completed"]


@pytest.mark.usefixtures("small_blocks")
def test_invitations_are_sealed_up_to_the_first_that_can_still_be_answered(
    session: Session, version: SurveyVersion
) -> None:
    ended, open_still = clock.now() - timedelta(days=2), clock.now() + timedelta(days=2)
    for expires in (*[ended] * 5, open_still, *[ended] * 5):
        factories.make_invitation(session, version_id=version.id, expires_at=expires)
    seal(session, version, Kind.ASKS)
    columns = Columns(session, Kind.ASKS, [version.id])
    assert (columns.n, columns.live) == (11, 7)


def test_invitations_still_open_are_read_again_after_a_minute(
    session: Session, version: SurveyVersion, clock_at: FixedClock
) -> None:
    expires = clock.now() + timedelta(days=3)
    factories.make_invitation(session, version_id=version.id, expires_at=expires)
    assert Columns(session, Kind.ASKS, [version.id]).n == 1
    factories.make_invitation(session, version_id=version.id, expires_at=expires)
    assert Columns(session, Kind.ASKS, [version.id]).n == 1
    clock_at.advance(minutes=1)
    assert Columns(session, Kind.ASKS, [version.id]).n == 2


def test_only_so_many_bytes_are_kept() -> None:
    kept = Kept(most=10_000)
    for number in range(50):
        kept.put((1, number, "nps", "1"), Values(1000, np.zeros(1000, np.int8)))
    assert kept.size <= 10_000
    assert kept.get((1, 49, "nps", "1")) is not None
    assert kept.get((1, 0, "nps", "1")) is None


@pytest.mark.usefixtures("small_blocks")
def test_a_page_reads_all_columns_of_all_blocks_in_one_query(
    session: Session, version: SurveyVersion
) -> None:
    fill(session, version, 12)
    seal(session, version)
    columns = Columns(session, Kind.RESPONSES, [version.id])
    columns.load(["nps", "reason", "why"])
    session.execute(delete(SurveyBlock))
    assert len(given(columns.values("nps"))) == 12
    assert session.scalar(select(SurveyBlock.n).limit(1)) is None
