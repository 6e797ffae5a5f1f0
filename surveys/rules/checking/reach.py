"""What no customer can ever come to: pages jumped over, questions and options whose condition never holds.

A page can be reached if some page that can be reached leads to it; of each jump only its own condition is
asked, not the whole way to it. So what is called unreachable here certainly is, whatever anybody answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.sentences import N_, Sentence, Translate, Value, row, said
from surveys.rules.checking.domains import Domains, owner
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Looking, Outline, Role, Spot
from surveys.rules.checking.truth import Truth
from surveys.rules.conditions import AllOf, Condition, NoneOf
from surveys.rules.definition import END, Definition, Jump, Page
from surveys.rules.describe import in_words
from surveys.rules.questions import Question
from surveys.rules.texts import Language


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

    def certain(self, given: Sequence[Condition], wanted: Condition) -> bool:
        """Say whether ``wanted`` surely holds where all ``given`` do; False also where deciding takes too long."""
        return not self._truth.can_hold(AllOf(all=(*given, NoneOf(none=(wanted,)))))

    def _ancestors(self, ref: str) -> Condition | None:
        question = owner(self.outline.definition, ref)
        return None if question is None else self._shown_when.get(question.id)

    def _go(self) -> None:
        open_places = {0}
        for place, page in enumerate(self.outline.definition.pages):
            if place not in open_places:
                self._bury_page(page, N_("%(spot)s永远不会显示：所有路径都跳过了它"))
                continue
            spot = self.outline.at_page(page)
            shown = self._sound(spot, "show", page.show)
            if not self._truth.can_hold(shown):
                self._bury_page(page, N_("%(spot)s永远不会显示：显示条件永远不会成立"))
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
                self._never(spot, N_("%(spot)s的一个跳转永远不会发生"), jump.when)
                continue
            exits.add(self._target(jump, place))
            if jump.when is None or (when is not None and not self._truth.can_fail(when)):
                if jump.when is not None:
                    self._always(spot, jump.when)
                if number + 1 < len(page.jumps):
                    self.warnings.append(
                        spot.fault(
                            "dead_jump",
                            N_("%(spot)s后面的跳转永远轮不到：第 %(n)s 个跳转总会先发生"),
                            n=number + 1,
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
                self._never(
                    spot,
                    N_("%(spot)s对变量“%(name)s”的改动永远不会发生"),
                    change.when,
                    name=change.variable,
                )

    def _question(self, page: Page, question: Question, shown: Condition | None) -> None:
        spot = self.outline.at_question(page, question)
        own = self._sound(spot, "show", question.show)
        whole = _both(shown, own)
        if not self._truth.can_hold(whole):
            self._bury(question.id)
            never = N_("%(spot)s永远不会显示")
            self._never(
                spot, N_("%(spot)s设为必答，却永远不会显示") if question.required else never, question.show
            )
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
                self._never(inner, N_("%(spot)s永远不会出现"), looking.condition)
            else:
                self._never(inner, N_("%(spot)s的必答条件永远不会成立"), looking.condition)

    def _endings(self) -> None:
        named = {jump.ending for page in self.outline.definition.pages for jump in page.jumps}
        closed = False
        for ending in self.outline.definition.endings:
            spot = self.outline.at_ending(ending)
            if ending.id not in named:
                if closed:
                    self.warnings.append(
                        spot.fault("dead_ending", N_("%(spot)s永远轮不到：它前面的结束页总会先显示"))
                    )
                elif not self._truth.can_hold(self._sound(spot, "ending", ending.when)):
                    self._never(spot, N_("%(spot)s永远不会显示"), ending.when)
            closed = closed or ending.when is None

    def _sound(self, spot: Spot, role: Role, condition: Condition | None) -> Condition | None:
        """Return a condition that can be judged; one with a wrong reference is told elsewhere and not judged."""
        if condition is None or not self.outline.is_sound(Looking(spot, role, condition)):
            return None
        return condition

    def _bury(self, question_id: str) -> None:
        self.dead_questions.add(question_id)
        self._domains.bury(question_id)

    def _bury_page(self, page: Page, sentence: str) -> None:
        spot = self.outline.at_page(page)
        self.dead_pages.add(page.id)
        for question in page.questions:
            if question.shown:
                self._bury(question.id)
        self._never(spot, sentence, page.show)

    def _never(self, spot: Spot, sentence: str, condition: Condition | None, **values: Value) -> None:
        self.faults.append(
            self._with_condition("never", spot, said(sentence, spot=spot.name, **values), condition)
        )

    def _always(self, spot: Spot, condition: Condition) -> None:
        sentence = said(N_("%(spot)s的条件总是成立，可以去掉"), spot=spot.name)
        self.warnings.append(self._with_condition("always", spot, sentence, condition))

    def _with_condition(
        self, code: str, spot: Spot, sentence: Sentence, condition: Condition | None
    ) -> Fault:
        if condition is None:
            return spot.fault(code, sentence.template, **dict(sentence.values[1:]))
        words = _Clause(condition, self.outline.definition)
        return spot.fault(code, N_("%(finding)s（条件：%(condition)s）"), finding=sentence, condition=words)


@dataclass(frozen=True, slots=True, eq=False)
class _Clause:
    """A condition that is told in the reader's words when it is shown."""

    condition: Condition
    definition: Definition

    def told(self, _translate: Translate, language: Language) -> str:
        """Return the condition in words."""
        return in_words(self.condition, self.definition, language)


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
            yield spot.fault("unknown", N_("%(spot)s的跳转指向不存在的页“%(page)s”"), page=action.to)
        elif places[action.to] <= places[page.id]:
            ring = definition.pages[places[action.to] : places[page.id] + 1]
            names: list[Value] = [said(N_("第 %(n)s 页"), n=places[one.id] + 1) for one in (*ring, ring[0])]
            shown = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]
            yield spot.fault("loop", N_("%(spot)s往回跳，形成循环：%(pages)s"), pages=row(shown, " → "))
