"""The formulas against published examples, and what must hold for any answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules import scores
from surveys.rules.scores import Change, Counts, Metric, Score


def of(promoters: int, passives: int, detractors: int) -> Counts:
    return Counts(promoters + passives + detractors, promoters, detractors)


@st.composite
def counts(draw: st.DrawFn, least: int = 1, most: int = 5000) -> Counts:
    n = draw(st.integers(least, most))
    good = draw(st.integers(0, n))
    return Counts(n, good, draw(st.integers(0, n - good)))


def test_nps_is_promoters_minus_detractors_over_all() -> None:
    assert scores.nps(of(50, 30, 20)).value == pytest.approx(0.30)


def test_the_plain_wald_interval_agrees_with_the_published_example() -> None:
    assert scores.nps_interval(of(50, 30, 20), adjusted=False) == pytest.approx((0.1469, 0.4531), abs=5e-5)


def test_the_adjusted_wald_interval_agrees_with_the_published_example() -> None:
    found = scores.nps(of(50, 30, 20))
    assert (found.low, found.high) == pytest.approx((0.1405, 0.4420), abs=5e-5)


def test_the_difference_of_two_periods_agrees_with_the_published_example() -> None:
    found = scores.nps_change(of(45, 35, 20), of(60, 25, 15))
    assert found.value == pytest.approx(0.20)
    assert found.adjusted == pytest.approx(0.1942, abs=5e-5)
    assert found.error == pytest.approx(0.1051, abs=5e-5)
    assert found.adjusted / found.error == pytest.approx(1.847, abs=5e-4)
    assert found.p == pytest.approx(0.0648, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((-0.0119, 0.4002), abs=1e-4)
    assert not found.significant


@pytest.mark.parametrize(
    ("good", "n", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (85, 100, 0.767, 0.907)]
)
def test_the_wilson_interval_agrees_with_the_published_examples(
    good: int, n: int, low: float, high: float
) -> None:
    found = scores.share(good, n)
    assert (found.value, found.low, found.high) == pytest.approx((good / n, low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("variance", "error", "answers"),
    [
        (2 / 3, 0.05, 1025),
        (1, 0.05, 1537),
        (2 / 3, 0.10, 257),
        (1, 0.10, 385),
        (2 / 3, 0.03, 2846),
        (1, 0.03, 4269),
    ],
)
def test_the_answers_needed_agree_with_the_published_table(
    variance: float, error: float, answers: int
) -> None:
    assert scores.answers_needed(variance, error) == answers


def test_a_change_of_satisfaction_is_tested_with_one_success_and_one_failure_added() -> None:
    # Agresti and Caffo (2000): (56/80 and 48/80) becomes (57/82 - 49/82) = .0976, SE = .0743.
    found = scores.share_change(Counts(80, 48), Counts(80, 56))
    assert found.adjusted == pytest.approx(8 / 82)
    assert found.error == pytest.approx(0.07431, abs=5e-5)
    assert found.value == pytest.approx(0.1)


def test_without_answers_there_is_no_value_and_no_interval() -> None:
    for metric in Metric:
        assert scores.score(metric, Counts()) == Score(0, None, None, None)


@pytest.mark.parametrize(
    ("n", "hidden", "small"), [(9, True, True), (10, False, True), (29, False, True), (30, False, False)]
)
def test_few_answers_are_hidden_and_some_are_grey(n: int, *, hidden: bool, small: bool) -> None:
    found = scores.share(n, n)
    assert (found.hidden, found.small) == (hidden, small)


def test_no_change_is_told_where_either_period_is_too_small() -> None:
    few, many = of(9, 0, 0), of(50, 0, 50)
    assert scores.change(Metric.NPS, few, many) is None
    assert scores.change(Metric.NPS, many, few) is None
    assert scores.change(Metric.CSAT, Counts(), Counts()) is None
    assert isinstance(scores.change(Metric.NPS, of(5, 5, 0), many), Change)


@given(counts(least=2))
def test_an_nps_interval_holds_its_value_and_stays_on_the_scale(some: Counts) -> None:
    found = scores.nps(some)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


@given(counts())
def test_a_share_interval_holds_its_value_and_stays_on_the_scale(some: Counts) -> None:
    found = scores.share(some.good, some.n)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(counts(least=10), st.integers(2, 50))
def test_more_answers_of_the_same_kind_never_widen_an_interval(some: Counts, times: int) -> None:
    many = Counts(some.n * times, some.good * times, some.bad * times)
    for metric in Metric:
        narrow, wide = scores.score(metric, many), scores.score(metric, some)
        assert narrow.high is not None
        assert narrow.low is not None
        assert wide.high is not None
        assert wide.low is not None
        assert narrow.high - narrow.low <= wide.high - wide.low + 1e-12


@given(counts(least=10), counts(least=10))
def test_a_change_seen_from_the_other_side_is_its_opposite(one: Counts, other: Counts) -> None:
    for metric in Metric:
        there, back = scores.change(metric, one, other), scores.change(metric, other, one)
        assert there is not None
        assert back is not None
        assert there.value == pytest.approx(-back.value)
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
        assert there.p == pytest.approx(back.p)
        assert 0 <= there.p <= 1
        # Beside the clipped ends, a significant change is one whose interval leaves zero out.
        assert there.significant == (not there.low <= 0 <= there.high) or abs(there.p - 0.05) < 1e-4


@given(counts())
def test_promoters_passives_and_detractors_are_all(some: Counts) -> None:
    assert some.good + some.middle + some.bad == some.n
