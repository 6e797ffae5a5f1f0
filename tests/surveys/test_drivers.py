"""Which ratings go along with a score: shares that agree with the slow, exact way, and when none are told."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from grid.rules import Role
from surveys.counting import store
from surveys.rules.summaries.drivers import Floats, weigh
from tests.surveys.results_world import make_survey, many
from tests.surveys.test_results_page import plain

Login = Callable[..., FlaskClient]


def made(n: int, pulls: list[float], seed: int = 4) -> tuple[Floats, Floats]:
    """Return scores, and ratings that resemble each other and pull the score so strongly."""
    dice = np.random.default_rng(seed)
    ratings = 0.7 * dice.normal(size=(n, 1)) + dice.normal(size=(n, len(pulls)))
    return ratings @ np.array(pulls) + dice.normal(size=n), ratings


def explained(score: Floats, ratings: Floats) -> float:
    """Return R² by least squares."""
    table = np.column_stack([np.ones(len(score)), ratings])
    rest = score - table @ np.linalg.lstsq(table, score, rcond=None)[0]
    return float(1 - rest.var() / score.var())


def shapley(score: Floats, ratings: Floats) -> list[float]:
    """Return each rating's mean gain in R² over all orders in which ratings may be taken in."""
    k = ratings.shape[1]
    known = {
        chosen: explained(score, ratings[:, list(chosen)]) if chosen else 0.0
        for size in range(k + 1)
        for chosen in combinations(range(k), size)
    }
    return [
        sum(
            factorial(len(rest)) * factorial(k - len(rest) - 1) / factorial(k)
            * (known[tuple(sorted((*rest, one)))] - gain)
            for rest, gain in known.items()
            if one not in rest
        )
        for one in range(k)
    ]  # fmt: skip


def test_shares_agree_with_the_mean_gain_over_all_orders() -> None:
    score, ratings = made(2000, [0.6, 0.3, 0.2, 0.1, 0.0])
    found = weigh(score, ratings)
    assert found is not None
    assert found.explained == pytest.approx(explained(score, ratings))
    exact = np.array(shapley(score, ratings)) / found.explained
    assert [one.share for one in found.each] == pytest.approx(list(exact), abs=0.02)
    assert sum(one.share for one in found.each) == pytest.approx(1)


def test_uncorrelated_ratings_share_by_their_squared_correlations() -> None:
    grid = np.array([[a, b] for a in (-1, 1) for b in (-1, 1)] * 10, float)
    found = weigh(2 * grid[:, 0] + grid[:, 1], grid)
    assert found is not None
    assert found.explained == pytest.approx(1)
    assert [one.share for one in found.each] == pytest.approx([0.8, 0.2])


def test_intervals_hold_the_true_share_about_nineteen_times_in_twenty() -> None:
    _score, _ratings = made(400_000, [0.5, 0.3, 0.1], seed=1)
    truth = weigh(_score, _ratings)
    assert truth is not None
    hits = 0
    for seed in range(200):
        found = weigh(*made(300, [0.5, 0.3, 0.1], seed=1000 + seed))
        assert found is not None
        hits += sum(
            one.low <= true.share <= one.high for one, true in zip(found.each, truth.each, strict=True)
        )
    assert 0.90 <= hits / 600 <= 0.98


@pytest.mark.parametrize(("n", "k"), [(29, 2), (49, 5), (500, 1)])
def test_nothing_is_told_of_too_few_answers_or_a_single_rating(n: int, k: int) -> None:
    assert weigh(*made(n, [0.5] * k)) is None


def test_nothing_is_told_where_a_rating_never_varies_or_repeats_others() -> None:
    score, ratings = made(200, [0.5, 0.3])
    assert weigh(score, np.column_stack([ratings, np.full(200, 5.0)])) is None
    assert weigh(score, np.column_stack([ratings, ratings.sum(axis=1)])) is None
    assert weigh(np.full(200, 9.0), ratings) is None


def test_ratings_that_have_nothing_to_do_with_the_score_are_given_no_shares() -> None:
    told = [weigh(*made(60, [0.0, 0.0, 0.0], seed=seed)) is not None for seed in range(200)]
    assert sum(told) <= 20
    many_answers = made(20_000, [0.05, 0.0])  # beyond chance, and too little to matter
    assert explained(*many_answers) < 0.05
    assert weigh(*many_answers) is None


def results(session: Session, login: Login, answers: list[dict[str, float]]) -> str:
    store.kept.clear()
    store.lately.clear()
    version = make_survey(session)
    many(session, version, answers)
    page = login(Role.ANALYST).get(f"/surveys/{version.survey_id}/results").get_data(as_text=True)
    return plain(page)


def answers_of(n: int) -> list[dict[str, float]]:
    """Return answers in which speed decides and is bad, while manner hardly matters and is good."""
    dice = np.random.default_rng(7)
    found = []
    for _one in range(n):
        speed, manner = int(dice.integers(1, 5)), int(dice.integers(4, 6))
        score = float(np.clip(2 * speed + 0.2 * manner + dice.normal(), 0, 10).round())
        found.append(
            {"nps": score, "csat": int(dice.integers(3, 6)), "parts.speed": speed, "parts.manner": manner}
        )
    return found


@pytest.mark.usefixtures("clock_at")
def test_the_page_says_where_to_begin(session: Session, login: Login) -> None:
    text = results(session, login, answers_of(120))
    card = text.partition("与 NPS 关系最大的评分项")[2].partition("有关联不等于有因果")[0]
    assert card.index("速度") < card.index("态度")
    assert "优先改进" in card.partition("速度")[2].partition("态度")[0]
    assert card.count("优先改进") == 1
    assert "n = 120" in card


@pytest.mark.usefixtures("clock_at")
def test_a_few_answers_have_no_drivers(session: Session, login: Login) -> None:
    assert "关系最大的评分项" not in results(session, login, answers_of(29))


@pytest.mark.usefixtures("clock_at")
def test_a_rating_that_few_gave_does_not_throw_away_the_others(session: Session, login: Login) -> None:
    answers = answers_of(120)
    for one in answers[40:]:
        del one["csat"]
    text = results(session, login, answers)
    card = text.partition("与 NPS 关系最大的评分项")[2].partition("有关联不等于有因果")[0]
    assert "n = 120" in card
    assert "您满意吗" not in card
