"""Whether a condition can ever be true, or ever be false: a small decision procedure that never cries wolf.

The condition is written as alternatives of and-ed tests (disjunctive normal form), bounded. Within one
alternative the references are strangers to each other, so it can be true if for each of them some value passes
all its tests. The values tried are those at which a test can change its mind: every option, the thresholds
and what lies between and beyond them; the judge is :func:`surveys.rules.conditions.holds` itself. Whatever is
too large or too free to try out counts as possible.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, pairwise, product
from typing import Literal

from surveys.rules.conditions import AllOf, AnyOf, Condition, NoneOf, Test, Value, holds, parts

MOST_ALTERNATIVES = 400
MOST_SUBSETS = 10
MOST_WHOLE_NUMBERS = 2000
MOST_STEPS = 300
GENERATIONS = 3

_COMPARING = frozenset({"below", "at_most", "above", "at_least", "between"})


@dataclass(frozen=True, slots=True)
class Demand:
    """One test and what it must come out as."""

    test: Test
    wanted: bool


Alternative = tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """What a reference can lead to.

    ``kind``: "whole" and "real" numbers between ``lowest`` and ``highest`` (None: without end), "one" of the
    options, "some" of them (at most ``most``, ``alone`` ones only by themselves), "agreed" (the number 1),
    "day", "free" (numbers or words), "listed" in ``values``, "nothing", "anything". Nothing at all is possible
    too unless ``always``.
    """

    kind: Literal["whole", "real", "one", "some", "agreed", "day", "free", "listed", "nothing", "anything"]
    lowest: float | None = None
    highest: float | None = None
    options: tuple[str, ...] = ()
    alone: frozenset[str] = frozenset()
    most: int | None = None
    values: tuple[Value, ...] = ()
    always: bool = False

    def allows(self, demands: Sequence[Demand]) -> bool:
        """Say whether some value passes all the tests; true too if that cannot be tried out."""
        values = self._values([demand.test for demand in demands])
        if values is None or _is_open(self.kind, demands):
            return True
        return any(_passes(demands, value) for value in values)

    def allows_nothing(self, demands: Sequence[Demand]) -> bool:
        """Say whether the tests pass for a reference that leads nowhere."""
        if self.kind == "listed":
            return any(_passes(demands, value) for value in self.values if value is None or value == "")
        return not self.always and _passes(demands, None)

    def _values(self, tests: Sequence[Test]) -> Iterable[Value] | None:
        """Return the values at which the tests can change their mind; None if they cannot be told."""
        if self.kind == "listed":
            return self.values
        values = self._answers(tests)
        return values if values is None or self.always else chain((None,), values)

    def _answers(self, tests: Sequence[Test]) -> Iterable[Value] | None:
        values: Iterable[Value] | None = None
        if self.kind in {"whole", "real"}:
            values = self._numbers(tests)
        elif self.kind == "one":
            values = ((option,) for option in self.options)
        elif self.kind == "some":
            values = self._subsets(tests)
        elif self.kind == "day":
            values = chain(_words(tests), (f"{year}-06-15" for year in range(1950, 2050)))
        elif self.kind == "free":
            numbers = tuple(_around(_thresholds(tests), None, None))
            spelt = chain.from_iterable(
                (f"{number:g}", f"{number:.1f}", f"{number:.2f}", f"{number:.6f}") for number in numbers
            )
            values = chain(numbers, spelt, _words(tests), ("\u2060",))
        elif self.kind == "agreed":
            values = (1.0,)
        elif self.kind == "nothing":
            values = ()
        return values

    def _numbers(self, tests: Sequence[Test]) -> Iterable[float] | None:
        low, high = self.lowest, self.highest
        if self.kind == "whole" and low is not None and high is not None:
            if high - low > MOST_WHOLE_NUMBERS:
                return None
            return (float(number) for number in range(int(low), int(high) + 1))
        return _around(_thresholds(tests), low, high)

    def _subsets(self, tests: Sequence[Test]) -> Iterable[Value] | None:
        if any(test.is_ in _COMPARING or test.is_ == "contains" for test in tests):
            return None
        named = {word for test in tests for word in _wanted(test)} & set(self.options)
        others = [option for option in self.options if option not in named]
        # Of those no test names, one stands for all: a common one if there is one.
        others.sort(key=lambda option: option in self.alone)
        tried = (*sorted(named), *others[:1])
        if len(tried) > MOST_SUBSETS:
            return None
        most = len(tried) if self.most is None else min(self.most, len(tried))
        sets = chain.from_iterable(combinations(tried, size) for size in range(1, most + 1))
        return (chosen for chosen in sets if len(chosen) == 1 or self.alone.isdisjoint(chosen))


FREE = Domain("free")
NOTHING = Domain("nothing")
ANYTHING = Domain("anything")

Domains = Callable[[str], Domain]
Ancestors = Callable[[str], Condition | None]


def _no_ancestors(_ref: str) -> Condition | None:
    return None


@dataclass(slots=True)
class Truth:
    """Decides about conditions over what references can lead to.

    ``ancestors`` gives the condition under which a reference can be answered at all, for a test that needs an
    answer needs that condition too; so many generations of them are looked at, and no more.
    """

    domain: Domains
    ancestors: Ancestors = field(default=_no_ancestors)

    def can_hold(self, condition: Condition | None) -> bool:
        """Say whether the condition can be true; false only if it certainly never is."""
        if condition is None:
            return True
        options = alternatives(condition)
        if options is None:
            return True
        search = _Search(self.domain, self.ancestors)
        return any(search.possible(option, frozenset(), GENERATIONS) for option in options)

    def can_fail(self, condition: Condition | None) -> bool:
        """Say whether the condition can be false; false only if it certainly always holds."""
        return condition is not None and self.can_hold(NoneOf(none=(condition,)))


class _Search:
    """One search for a way in which and-ed tests can all come out as wanted."""

    def __init__(self, domain: Domains, ancestors: Ancestors) -> None:
        self._domain = domain
        self._ancestors = ancestors
        self._steps = 0
        self._known: dict[tuple[str, frozenset[tuple[int, bool]]], tuple[bool, bool]] = {}

    def possible(self, alternative: Alternative, seen: frozenset[str], generations: int) -> bool:
        """Say whether all tests can pass together; ``seen`` are the references whose ancestors are among them."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            return True
        by_ref: dict[str, list[Demand]] = {}
        for demand in alternative:
            by_ref.setdefault(demand.test.of, []).append(demand)
        found = {ref: self._allowed(ref, demands) for ref, demands in by_ref.items()}
        if not all(allowed for allowed, _without in found.values()):
            return False
        needed = {
            ref: condition
            for ref, (_allowed, without) in found.items()
            if not without and ref not in seen and (condition := self._ancestors(ref)) is not None
        }
        if not needed or not generations:
            return True
        more = alternatives(AllOf(all=tuple(needed.values())))
        if more is None:
            return True
        seen |= needed.keys()
        return any(self.possible((*alternative, *_steady(extra)), seen, generations - 1) for extra in more)

    def _allowed(self, ref: str, demands: list[Demand]) -> tuple[bool, bool]:
        """Say whether some value passes the tests of one reference, and whether no value at all does."""
        key = ref, frozenset((id(demand.test), demand.wanted) for demand in demands)
        if key not in self._known:
            domain = self._domain(ref)
            self._known[key] = domain.allows(demands), domain.allows_nothing(demands)
        return self._known[key]


def alternatives(condition: Condition, *, wanted: bool = True) -> list[Alternative] | None:
    """Return the and-ed tests of which one must come out as wanted; None if there are too many."""
    if isinstance(condition, Test):
        return [(Demand(condition, wanted),)]
    inner_wanted = wanted != isinstance(condition, NoneOf)
    inner = [alternatives(part, wanted=inner_wanted) for part in parts(condition)]
    known = [options for options in inner if options is not None]
    if len(known) < len(inner):
        return None
    is_or = isinstance(condition, AnyOf) == wanted if not isinstance(condition, NoneOf) else not wanted
    if is_or:
        joined = [option for options in known for option in options]
        return joined if len(joined) <= MOST_ALTERNATIVES else None
    size = 1
    for options in known:
        size *= len(options)
    if size > MOST_ALTERNATIVES:
        return None
    return [tuple(chain.from_iterable(option)) for option in product(*known)]


def _steady(alternative: Alternative) -> Iterator[Demand]:
    # A variable may have had another value when the earlier condition was looked at.
    return (demand for demand in alternative if not demand.test.of.startswith("var."))


def _passes(demands: Sequence[Demand], value: Value) -> bool:
    return all(holds(demand.test, lambda _ref: value) == demand.wanted for demand in demands)


def _is_open(kind: str, demands: Sequence[Demand]) -> bool:
    """Say whether there are more words to try than anybody could name.

    What a text contains is independent of where thresholds lie: 3 and 4 stand on the same side of 4.5, but only
    one of them contains a 4.
    """
    searched = [demand for demand in demands if demand.test.is_ == "contains"]
    if not searched or kind in {"real", "day"}:
        return bool(searched) and kind in {"real", "day"}
    if kind != "free":
        return False
    named = {"equals", "includes", "includes_all", "includes_any", "unanswered"}
    wanted = {demand.test.is_ for demand in demands if demand.wanted}
    compared = any(demand.test.is_ in _COMPARING for demand in demands)
    return compared or ("contains" in wanted and not named & wanted)


def _wanted(test: Test) -> tuple[str, ...]:
    than = test.than
    if isinstance(than, tuple):
        return tuple(str(one) for one in than)
    if isinstance(than, float):
        return (f"{than:g}",)
    return () if than is None else (than,)


def _words(tests: Sequence[Test]) -> Iterator[str]:
    for test in tests:
        yield from (word for word in _wanted(test) if word)


def _thresholds(tests: Sequence[Test]) -> list[float]:
    found = []
    for test in tests:
        for than in test.than if isinstance(test.than, tuple) else (test.than,):
            try:
                found.append(float(than))  # type: ignore[arg-type]
            except (TypeError, ValueError):
                continue
    return found


def _around(thresholds: list[float], low: float | None, high: float | None) -> Iterator[float]:
    """Yield the thresholds, what lies between them and what lies beyond, inside the bounds."""
    marks = sorted({*thresholds, *(bound for bound in (low, high) if bound is not None)} or {0.0})
    points = [
        *([float("nan")] if low is None and high is None else []),
        marks[0] - 1,
        *chain.from_iterable((a, (a + b) / 2) for a, b in pairwise(marks)),
        marks[-1],
        marks[-1] + 1,
    ]
    return (
        point
        for point in points
        if not (low is not None and point < low) and not (high is not None and point > high)
    )
