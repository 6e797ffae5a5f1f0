"""What an attempt's end leads to, without a database."""

from datetime import timedelta

import pytest

from delivery.rules import (
    MOST_ATTEMPTS,
    Reason,
    State,
    Verdict,
    ending,
    kept_answer,
    segments,
    wait_before_next,
)


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [
        (Verdict.ACCEPTED, State.SENT, None),
        (Verdict.REJECTED, State.FAILED, Reason.REJECTED),
        (Verdict.UNKNOWN, State.UNCERTAIN, None),
        (Verdict.POSTPONED, State.WAITING, None),
        (Verdict.UNREACHABLE, State.WAITING, None),
    ],
)
def test_a_first_attempt_ends_in_the_state_its_verdict_says(
    verdict: Verdict, state: State, reason: Reason | None
) -> None:
    end = ending(verdict, 1, 0.5)
    assert (end.state, end.reason) == (state, reason)
    assert (end.wait is not None) == (state == State.WAITING)


@pytest.mark.parametrize("verdict", [Verdict.POSTPONED, Verdict.UNREACHABLE])
def test_the_eighth_attempt_that_did_not_deliver_is_the_last(verdict: Verdict) -> None:
    assert ending(verdict, MOST_ATTEMPTS - 1, 0.5).state == State.WAITING
    end = ending(verdict, MOST_ATTEMPTS, 0.5)
    assert (end.state, end.reason, end.wait) == (State.FAILED, Reason.GAVE_UP, None)


def test_an_unknown_end_is_never_repeated_however_early_it_comes() -> None:
    assert all(ending(Verdict.UNKNOWN, n, 0.5).wait is None for n in range(1, MOST_ATTEMPTS + 1))


def test_waits_grow_to_six_hours_and_are_spread_by_a_quarter() -> None:
    waits = [wait_before_next(n, 0.5) / timedelta(minutes=1) for n in range(1, MOST_ATTEMPTS)]
    assert waits == [1, 4, 16, 64, 256, 360, 360]
    assert wait_before_next(1, 0.0) == timedelta(seconds=45)
    assert wait_before_next(1, 1.0) == timedelta(seconds=75)


def test_a_kept_answer_is_one_line_without_whole_addresses() -> None:
    kept = kept_answer("550 5.1.1 <wang.xm@example.cn>: unknown\r\nuser " + "x" * 600)
    assert kept.startswith("550 5.1.1 <w***@example.cn>: unknown user")
    assert len(kept) == 500


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("200 rejected 13800138000 is on the list", "200 rejected 138****8000 is on the list"),
        ("号码+8613800138000无效", "号码138****8000无效"),
        ("138 0013 8000, 138-0013-8000", "138****8000, 138****8000"),
        ('{"mobile":"13800138000"}', '{"mobile":"138****8000"}'),
        ("order 2026112213800138000 and 138001380001", "order 2026112213800138000 and 138001380001"),
        ("see https://a.cn/s/abcdefghijABCDEFGHIJ12?csat=5", "see https://a.cn/s/…?csat=5"),
        (r"https:\/\/a.cn\/o\/abcdefghijABCDEFGHIJ12", r"https:\/\/a.cn\/o\/…"),
    ],
)
def test_a_kept_answer_shows_no_whole_number_and_no_link_of_a_customer(said: str, kept: str) -> None:
    assert kept_answer(said) == kept


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 1), ("字" * 70, 1), ("字" * 71, 2), ("a" * 134, 2), ("a" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
)
def test_a_text_is_charged_by_70_or_by_67_each(text: str, number: int) -> None:
    assert segments(text) == number
