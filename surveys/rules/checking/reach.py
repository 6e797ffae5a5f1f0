"""What no customer can ever come to: pages jumped over, questions and options whose condition never holds.

A page can be reached if some page that can be reached leads to it; of each jump only its own condition is
asked, not the whole way to it. So what is called unreachable here certainly is, whatever anybody answers.
"""

from collections.abc import Iterator

from surveys.rules.checking.domains import Domains, owner
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Looking, Outline, Role, Spot
from surveys.rules.checking.truth import Truth
from surveys.rules.conditions import AllOf, Condition
from surveys.rules.definition import END, Jump, Page
from surveys.rules.describe import in_words
from surveys.rules.questions import Question
from surveys.rules.texts import DEFAULT_LANGUAGE


class Reach:
    """Which parts of a questionnaire can be come to; ``faults`` says what cannot, ``warnings`` what always is."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.dead_pages: set[str] = set()
        self.dead_questions: set[str] = set()
        self.dead_options: set[tuple[str, str]] = set()
        self._domains = Domains(outline.definition)
        self._truth = Truth(self._domains, self._ancestors)
        self._shown_when: dict[str, Condition | None] = {}
        self._places = {page.id: place for place, page in enumerate(outline.definition.pages)}
        self._go()

    def _ancestors(self, ref: str) -> Condition | None:
        question = owner(self.outline.definition, ref)
        return None if question is None else self._shown_when.get(question.id)

    def _go(self) -> None:
        open_places = {0}
        for place, page in enumerate(self.outline.definition.pages):
            if place not in open_places:
                self._bury_page(page, "所有路径都跳过了它")
                continue
            spot = self.outline.at_page(page)
            shown = self._sound(spot, "show", page.show)
            if not self._truth.can_hold(shown):
                self._bury_page(page, "显示条件永远不会成立")
                open_places.add(place + 1)
                continue
            self._page(page, shown)
            open_places |= self._exits(page, place)
            if page.show is None:
                continue
            if shown is not None and not self._truth.can_fail(shown):
                self._always(spot, page.show)
            else:
                open_places.add(place + 1)
        self._endings()

    def _exits(self, page: Page, place: int) -> set[int]:
        """Return the places that can come after a page that is shown."""
        spot = self.outline.after_page(page)
        exits = set()
        for number, jump in enumerate(page.jumps):
            when = self._sound(spot, "jump", jump.when)
            if not self._truth.can_hold(when):
                self._never(spot, f"{spot.name}的一个跳转永远不会发生", jump.when)
                continue
            exits.add(self._target(jump, place))
            if jump.when is None or (when is not None and not self._truth.can_fail(when)):
                if jump.when is not None:
                    self._always(spot, jump.when)
                if number + 1 < len(page.jumps):
                    self.warnings.append(
                        spot.fault(
                            "dead_jump", f"{spot.name}后面的跳转永远轮不到：第 {number + 1} 个跳转总会先发生"
                        )
                    )
                return exits
        return exits | {place + 1}

    def _target(self, jump: Jump, place: int) -> int:
        if jump.to == END:
            return len(self._places)
        return max(place + 1, self._places.get(jump.to, place + 1))

    def _page(self, page: Page, shown: Condition | None) -> None:
        for question in page.questions:
            if question.shown:
                self._question(page, question, shown)
        spot = self.outline.after_page(page)
        for change in page.sets:
            if not self._truth.can_hold(self._sound(spot, "set", change.when)):
                self._never(spot, f"{spot.name}对变量“{change.variable}”的改动永远不会发生", change.when)

    def _question(self, page: Page, question: Question, shown: Condition | None) -> None:
        spot = self.outline.at_question(page, question)
        own = self._sound(spot, "show", question.show)
        whole = _both(shown, own)
        if not self._truth.can_hold(whole):
            self._bury(question.id)
            wish = "设为必答，却" if question.required else ""
            self._never(spot, f"{spot.name}{wish}永远不会显示", question.show)
            return
        self._shown_when[question.id] = whole
        if own is not None and not self._truth.can_fail(own):
            self._always(spot, own)
        for looking in self.outline.of_question(page, question):
            if looking.role == "show":
                continue
            inner = looking.spot
            if self._truth.can_hold(_both(whole, self._sound(inner, looking.role, looking.condition))):
                continue
            if looking.role == "option":
                self.dead_options.add((question.id, inner.option or ""))
                self._never(inner, f"{inner.name}永远不会出现", looking.condition)
            else:
                self._never(inner, f"{inner.name}的必答条件永远不会成立", looking.condition)

    def _endings(self) -> None:
        named = {jump.ending for page in self.outline.definition.pages for jump in page.jumps}
        closed = False
        for ending in self.outline.definition.endings:
            spot = self.outline.at_ending(ending)
            if ending.id not in named:
                if closed:
                    self.warnings.append(
                        spot.fault("dead_ending", f"{spot.name}永远轮不到：它前面的结束页总会先显示")
                    )
                elif not self._truth.can_hold(self._sound(spot, "ending", ending.when)):
                    self._never(spot, f"{spot.name}永远不会显示", ending.when)
            closed = closed or ending.when is None

    def _sound(self, spot: Spot, role: Role, condition: Condition | None) -> Condition | None:
        """Return a condition that can be judged; one with a wrong reference is told elsewhere and not judged."""
        if condition is None or not self.outline.is_sound(Looking(spot, role, condition)):
            return None
        return condition

    def _bury(self, question_id: str) -> None:
        self.dead_questions.add(question_id)
        self._domains.bury(question_id)

    def _bury_page(self, page: Page, why: str) -> None:
        spot = self.outline.at_page(page)
        self.dead_pages.add(page.id)
        for question in page.questions:
            if question.shown:
                self._bury(question.id)
        self._never(spot, f"{spot.name}永远不会显示：{why}", page.show)

    def _never(self, spot: Spot, sentence: str, condition: Condition | None) -> None:
        self.faults.append(spot.fault("never", sentence + self._in_brackets(condition)))

    def _always(self, spot: Spot, condition: Condition) -> None:
        sentence = f"{spot.name}的条件总是成立，可以去掉{self._in_brackets(condition)}"
        self.warnings.append(spot.fault("always", sentence))

    def _in_brackets(self, condition: Condition | None) -> str:
        if condition is None:
            return ""
        return f"（条件：{in_words(condition, self.outline.definition, DEFAULT_LANGUAGE)}）"


def _both(first: Condition | None, second: Condition | None) -> Condition | None:
    given = tuple(condition for condition in (first, second) if condition is not None)
    return AllOf(all=given) if len(given) > 1 else (given[0] if given else None)


def loops(outline: Outline) -> Iterator[Fault]:
    """Yield the jumps that lead back, each with the circle it would make, and those that lead nowhere."""
    definition = outline.definition
    places = {page.id: place for place, page in enumerate(definition.pages)}
    for spot, page, action in outline.actions():
        if not isinstance(action, Jump) or action.to == END:
            continue
        if action.to not in places:
            yield spot.fault("unknown", f"{spot.name}的跳转指向不存在的页“{action.to}”")
        elif places[action.to] <= places[page.id]:
            ring = definition.pages[places[action.to] : places[page.id] + 1]
            names = [f"第 {places[one.id] + 1} 页" for one in (*ring, ring[0])]
            shown = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]
            yield spot.fault("loop", f"{spot.name}往回跳，形成循环：{' → '.join(shown)}")
