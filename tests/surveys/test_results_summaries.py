"""What answers add up to: columns as arrays, counted, crossed and compared; against tabled values."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.counting import codec
from surveys.rules.definition import Definition
from surveys.rules.scores import Counts, Metric
from surveys.rules.summaries import chances, comparing, crossing, narrowing, single
from surveys.rules.summaries.asked import Version, asked
from surveys.rules.summaries.narrowing import AnswerIs, Wanted
from surveys.rules.summaries.values import Flags, Values, chosen, compact, joined, missing, narrowed

numbers = st.lists(st.none() | st.integers(-300, 70_000) | st.floats(-1e6, 1e6, allow_nan=False), max_size=60)
options = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=4, unique=True), max_size=60)


def plain(values: Values) -> tuple[list[float | None], list[tuple[str, ...]], list[bool]]:
    """Return the column as plain lists, for comparing."""
    found: list[float | None] = [None] * values.n
    if values.numbers is not None:
        known = values.known
        found = [float(one) if known[at] else None for at, one in enumerate(values.numbers)]
    choices: list[tuple[str, ...]] = [()] * values.n
    if values.choices is not None:
        starts = values.choices.starts
        choices = [
            tuple(values.choices.options[code] for code in values.choices.codes[starts[at] : starts[at + 1]])
            for at in range(values.n)
        ]
    said = [False] * values.n if values.said is None else [bool(one) for one in values.said]
    return found, choices, said


def column(given: Sequence[float | None]) -> Values:
    return Values(len(given), compact(given))


@given(numbers, options, st.lists(st.booleans(), max_size=60))
def test_a_column_comes_back_from_its_bytes_as_it_was(
    some: list[float | None], many: list[list[str]], said: list[bool]
) -> None:
    n = max(len(some), len(many), len(said))
    values = Values(
        n,
        compact([*some, *[None] * (n - len(some))]),
        chosen([*many, *[()] * (n - len(many))]),
        np.array([*said, *[False] * (n - len(said))], bool),
    )
    assert plain(codec.unpack(codec.pack(values))) == plain(values)


@given(st.lists(st.tuples(numbers, options), min_size=1, max_size=4))
def test_parts_put_together_say_what_each_part_said(
    parts: list[tuple[list[float | None], list[list[str]]]],
) -> None:
    columns = []
    for some, many in parts:
        n = max(len(some), len(many))
        columns.append(
            Values(n, compact([*some, *[None] * (n - len(some))]), chosen([*many, *[()] * (n - len(many))]))
        )
    whole = plain(joined([*columns, missing(3)]))
    alone = [plain(one) for one in [*columns, missing(3)]]
    assert whole == tuple([*chain.from_iterable(one[side] for one in alone)] for side in range(3))


@given(options, st.data())
def test_narrowing_keeps_exactly_the_responses_that_are_meant(
    many: list[list[str]], data: st.DataObject
) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(many), max_size=len(many))), bool)
    found = plain(narrowed(Values(len(many), choices=chosen(many)), mask))[1]
    assert found == [tuple(one) for one, kept in zip(many, mask, strict=True) if kept]


def test_bytes_that_are_no_column_are_refused() -> None:
    for data in (b"", b"nonsense", codec.pack(column([1, 2]))[:-3]):
        with pytest.raises(codec.BrokenColumnError):
            codec.unpack(data)


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [
        (3.841459, 1, 0.05),
        (5.991465, 2, 0.05),
        (18.307038, 10, 0.05),
        (0.210721, 2, 0.9),
        (23.589351, 9, 0.005),
    ],
)
def test_the_chi_square_distribution_agrees_with_the_tables(statistic: float, freedom: int, p: float) -> None:
    assert chances.chi_square_p(statistic, freedom) == pytest.approx(p, abs=2e-5)


@pytest.mark.parametrize(("freedom", "t"), [(9, 2.262157), (18, 2.100922), (29, 2.045230), (120, 1.979930)])
def test_students_t_agrees_with_the_tables(freedom: int, t: float) -> None:
    assert chances.t95(freedom) == pytest.approx(t, abs=2e-3)
    assert chances.t_p(t, freedom) == pytest.approx(0.05, abs=3e-3)


def test_the_test_of_independence_agrees_with_a_table_worked_by_hand() -> None:
    # 2x2: 100 (20·20 - 30·30)² / 50^4 = 4.0; one degree of freedom.
    found = chances.independence([[20, 30], [30, 20]])
    assert found is not None
    assert found.statistic == pytest.approx(4.0)
    assert found.freedom == 1
    assert found.p == pytest.approx(0.0455, abs=1e-4)
    assert found.strength == pytest.approx(0.2)
    assert found.significant


def test_a_thin_table_gets_no_chance_and_a_flat_one_no_test() -> None:
    thin = chances.independence([[1, 2], [3, 1]])
    assert thin is not None
    assert thin.p is None
    assert not thin.significant
    assert chances.independence([[5, 6], [0, 0]]) is None


def test_welchs_test_agrees_with_an_example_worked_by_hand() -> None:
    found = chances.welch((20.0, 4.0, 40), (22.0, 5.0, 50))
    assert found is not None
    difference, low, high, p = found
    # SE = sqrt(16/40 + 25/50) = .9487, t = 2.108, df = 88.0, p = .0379
    assert difference == pytest.approx(2.0)
    assert p == pytest.approx(0.0379, abs=5e-4)
    assert (low, high) == pytest.approx((0.115, 3.885), abs=5e-3)


def test_of_many_tests_only_those_hold_that_survive_the_false_discovery_rate() -> None:
    # Benjamini and Hochberg's own example at 5 %: the four smallest of fifteen hold.
    given = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    given += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert chances.still_significant(given, rate=0.05) == [True] * 4 + [False] * 11


def test_a_score_counts_its_ends_and_leaves_out_who_did_not_answer() -> None:
    values = column([0, 6, 7, 8, 9, 10, None])
    assert single.scored(Metric.NPS, values) == Counts(n=6, good=2, bad=2, total=40)
    assert single.scored(Metric.CSAT, column([1, 2, 3, 4, 5])) == Counts(n=5, good=2, bad=2, total=15)
    assert single.scored(Metric.CES, column([1, 3, 4, 5, 7])) == Counts(n=5, good=2, bad=2, total=20)


def test_a_scale_is_counted_by_step_with_the_share_of_those_who_answered() -> None:
    tally = single.steps(column([1, 1, 5, None]), 1, 5)
    assert tally.base == 3
    assert [bar.n for bar in tally.bars] == [2, 0, 0, 0, 1]
    assert tally.bars[0].share.value == pytest.approx(2 / 3)


def test_several_options_count_people_once_for_each_and_keep_unknown_ones() -> None:
    values = Values(4, choices=chosen([("a", "b"), ("a",), (), ("gone",)]))
    tally = single.options(values, ["b", "a", "never"])
    assert tally.base == 3
    assert [(bar.key, bar.n) for bar in tally.bars] == [("b", 1), ("a", 2), ("never", 0), ("gone", 1)]


def test_ranks_are_the_mean_place_among_those_who_ranked_the_option() -> None:
    values = Values(3, choices=chosen([("a", "b"), ("b", "a"), ("b",)]))
    base, ranks = single.ranks(values, ["a", "b", "c"])
    assert base == 3
    assert [(rank.key, rank.n, rank.mean, rank.first) for rank in ranks] == [
        ("b", 3, pytest.approx(4 / 3), 2),
        ("a", 2, pytest.approx(1.5), 1),
        ("c", 0, None, 0),
    ]


def test_a_mean_comes_with_its_interval_and_its_quartiles() -> None:
    found = single.spread(column([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    assert found is not None
    assert (found.mean, found.median) == (5.5, 5.5)
    assert found.deviation == pytest.approx(3.02765, abs=1e-5)
    assert (found.low, found.high) == pytest.approx((3.334, 7.666), abs=2e-3)
    assert single.spread(column([None, None])) is None


@given(st.lists(st.integers(-1000, 1000) | st.floats(-1e3, 1e3), min_size=1, max_size=50))
def test_quartiles_and_deviation_are_those_of_the_numbers_one_by_one(given: list[float]) -> None:
    found = single.spread(column(given))
    assert found is not None
    expected = np.percentile(given, (25, 50, 75))
    assert (found.quarter, found.median, found.three_quarters) == pytest.approx(tuple(expected), abs=1e-6)
    assert found.mean == pytest.approx(float(np.mean(given)), abs=1e-6)
    if len(given) > 1:
        assert found.deviation == pytest.approx(float(np.std(given, ddof=1)), abs=1e-6)


def test_wide_numbers_are_counted_in_ranges_that_leave_nobody_out() -> None:
    values = column([*range(100), 1000.5])
    ranges = single.bands(values)
    tally = single.banded(values, ranges)
    assert sum(bar.n for bar in tally.bars) == tally.base == 101
    assert len(ranges) <= 8


class Answers:
    """Columns of some responses of one version."""

    def __init__(self, **columns: Values) -> None:
        self.columns = {key.replace("at_", "@"): values for key, values in columns.items()}
        self.n = next(iter(columns.values())).n

    def values(self, key: str, _versions: frozenset[int] | None = None) -> Values:
        return self.columns.get(key, missing(self.n))

    def within(self, versions: frozenset[int]) -> Flags:
        return np.full(self.n, 1 in versions, bool)


def test_filters_on_days_cut_at_midnight_in_beijing() -> None:
    # 2026-06-01 00:00 and 23:59:59 in Beijing, and one second to either side.
    first = 1_780_243_200
    at = column([first - 1, first, first + 86_399, first + 86_400])
    found = narrowing.mask(Answers(at_at=at), Wanted(None, first=date(2026, 6, 1), last=date(2026, 6, 1)))
    assert found.tolist() == [False, True, True, False]


def test_every_filter_narrows_and_together_they_narrow_further() -> None:
    source = Answers(
        at_region=column([1, 2, 2, 3]),
        at_channel=Values(4, choices=chosen([("sms",), ("sms",), ("email",), ("sms",)])),
        nps=column([0, 6, 10, None]),
        reason=Values(4, choices=chosen([("a",), ("b",), ("a", "b"), ()])),
    )

    def narrowed_by(**wanted: object) -> list[bool]:
        return [bool(one) for one in narrowing.mask(source, Wanted(**({"regions": None} | wanted)))]  # type: ignore[arg-type]

    assert narrowed_by(regions=frozenset({2, 3})) == [False, True, True, True]
    assert narrowed_by(regions=frozenset()) == [False] * 4
    assert narrowed_by(channel="sms") == [True, True, False, True]
    assert narrowed_by(channel="fax") == [False] * 4
    assert narrowed_by(answers=(AnswerIs("nps", between=(0, 6)),)) == [True, True, False, False]
    assert narrowed_by(answers=(AnswerIs("reason", options=frozenset({"a"})),)) == [True, False, True, False]
    assert narrowed_by(answers=(AnswerIs("nps"),)) == [True, True, True, False]
    assert narrowed_by(versions=frozenset({2})) == [False] * 4
    assert narrowed_by(channel="sms", answers=(AnswerIs("nps", between=(0, 6)),), regions=frozenset({2})) == [
        False, True, False, False,
    ]  # fmt: skip


def test_two_questions_are_crossed_over_those_who_answered_both() -> None:
    nps = crossing.by_score(Metric.NPS, column([0, 9, 9, 7, None]))
    reason = crossing.by_options(Values(5, choices=chosen([("a",), ("a",), ("b",), (), ("b",)])), ["a", "b"])
    found = crossing.cross(nps, reason, 5)
    assert found.counts.tolist() == [[1, 0], [0, 0], [1, 1]]
    assert (found.across.tolist(), found.down.tolist(), found.n) == ([1, 0, 2], [2, 1], 3)
    assert found.single


@given(options, options)
def test_questions_of_several_answers_count_people_once_in_the_margins(
    one: list[list[str]], other: list[list[str]]
) -> None:
    n = min(len(one), len(other))
    rows = crossing.by_options(Values(n, choices=chosen(one[:n])), "abcdefg")
    columns = crossing.by_options(Values(n, choices=chosen(other[:n])), "abcdefg")
    found = crossing.cross(rows, columns, n)
    both = [(a, b) for a, b in zip(one[:n], other[:n], strict=True) if a and b]
    assert found.n == len(both)
    for at, key in enumerate("abcdefg"):
        assert found.across[at] == sum(key in a for a, _b in both)
        assert found.down[at] == sum(key in b for _a, b in both)
        for place, other_key in enumerate("abcdefg"):
            assert found.counts[at, place] == sum(key in a and other_key in b for a, b in both)
    assert found.test is None or found.single


def test_the_change_of_a_score_is_the_published_one() -> None:
    pair = comparing.scores(Metric.NPS, Counts(100, 45, 20), Counts(100, 60, 15))
    assert pair.change is not None
    assert pair.change.value == pytest.approx(0.20)
    assert pair.change.p == pytest.approx(0.0648, abs=5e-5)


def test_shares_of_small_groups_are_not_compared() -> None:
    small = single.options(Values(5, choices=chosen([("a",)] * 5)), ["a", "b"])
    large = single.options(Values(50, choices=chosen([("b",)] * 50)), ["a", "b"])
    assert all(shift.change is None and not shift.holds for shift in comparing.shares(small, large))
    held = {shift.key: shift for shift in comparing.shares(large, large)}
    assert not any(shift.holds for shift in held.values())


def version(number: int, *questions: dict[str, object]) -> Version:
    given = {"title": {"zh-Hans": "问卷"}, "questions": list(questions)}
    return Version(number, number, Definition.model_validate(given))


def choice(*ids: str, **more: object) -> dict[str, object]:
    listed = [{"id": one, "label": {"zh-Hans": one}} for one in ids]
    return {"type": "choice", "id": "reason", "title": {"zh-Hans": "原因"}, "options": listed} | more


def test_questions_of_two_versions_are_one_when_options_are_the_same_and_the_author_says_so() -> None:
    one, two = version(1, choice("a", "b")), version(2, choice("b", "a"))
    found = asked({1: one, 2: two}, "zh-Hans")
    assert [(each.name, each.numbers, each.current) for each in found] == [("reason", (1, 2), True)]


@pytest.mark.parametrize("later", [choice("a", "b", "c"), choice("a", "b", comparable=False)])
def test_questions_that_changed_stand_beside_each_other(later: dict[str, object]) -> None:
    found = asked({1: version(1, choice("a", "b")), 2: version(2, later)}, "zh-Hans")
    assert [(each.name, each.numbers, each.current) for each in found] == [
        ("reason", (2,), True),
        ("reason@1", (1,), False),
    ]


def test_fractions_keep_their_places_and_no_answer_is_no_number() -> None:
    values = column([0.5, None, 3])
    assert values.numbers is not None
    assert values.numbers.dtype.kind == "f"
    assert isnan(float(values.numbers[1]))
    assert values.known.tolist() == [True, False, True]
