"""SurveyJS's JSON: pages, panels and questions, as its Creator writes them and its library reads them."""

from collections.abc import Callable
from dataclasses import dataclass

from surveys.rules.foreign import kinds
from surveys.rules.foreign.finishing import finished
from surveys.rules.foreign.logic import Fastener
from surveys.rules.foreign.report import Carried
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch
from surveys.rules.foreign.surveyjs import logic
from surveys.rules.foreign.surveyjs.questions import Writer
from surveys.rules.foreign.surveyjs.said import default_language

FORMAT = "surveyjs"

MOST_ELEMENTS = 5_000
_SETTINGS = (
    "calculatedValues",
    "timeLimit",
    "maxTimeToFinish",
    "timeLimitPerPage",
    "maxTimeToFinishPage",
    "navigateToUrlOnCondition",
)


def looks_like(found: object) -> bool:
    """Tell whether some JSON is a survey of SurveyJS: questions with a type and a name, on pages or not."""
    survey = kinds.record(found)
    pages = [kinds.record(page) for page in kinds.listed(survey.get("pages"))] or [survey]
    return any(
        isinstance(element.get("type"), str) and isinstance(element.get("name"), str)
        for page in pages
        for element in map(kinds.record, _elements(page))
    )


def _elements(holder: Json) -> list[object]:
    return kinds.listed(holder.get("elements")) or kinds.listed(holder.get("questions"))


@dataclass(slots=True)
class _Rule:
    """An expression that waits until all names are known."""

    kind: str
    expression: str
    asked: Asked | None = None
    sheet: Sheet | None = None


def carry(name: str, survey: Json) -> Carried:
    """Return what a survey becomes; raise UnreadableFileError if nothing of it can come along."""
    language, guessed = default_language(survey)
    sketch = Sketch(FORMAT, language)
    if guessed:
        sketch.changed("", "", "language_guessed", language=language)
    return _Reading(sketch, survey).carried(name)


class _Reading:
    """One survey while it is read."""

    def __init__(self, sketch: Sketch, survey: Json) -> None:
        self.sketch = sketch
        self.survey = survey
        self.rules: list[_Rule] = []
        self.made: dict[str, list[Asked]] = {}
        self.seen = 0
        self.by_name = {kinds.string(one.get("name")): one for one in self._all_elements(survey)}
        self.writer = Writer(sketch, self.by_name)

    def _all_elements(self, survey: Json) -> list[Json]:
        found: list[Json] = []
        stack = [kinds.record(page) for page in kinds.listed(survey.get("pages"))] or [survey]
        while stack and len(found) < MOST_ELEMENTS:
            inner = [kinds.record(one) for one in _elements(stack.pop())]
            found.extend(inner)
            stack.extend(inner)
        return found

    def carried(self, name: str) -> Carried:
        """Read everything and return what became of it."""
        sketch, said = self.sketch, self.writer.speaker.said
        sketch.head["title"] = said(self.survey.get("title"))
        if intro := said(self.survey.get("description")):
            sketch.head["intro"] = intro
        self._pages()
        names = logic.Names(self.made)
        read = logic.expressions(names)
        self._fasten(read)
        triggers = logic.Triggers(sketch, self.made, read)
        for trigger in kinds.listed(self.survey.get("triggers")):
            triggers.carry(kinds.record(trigger))
        logic.endings(sketch, self.survey, self.writer.speaker, read)
        logic.pipe(sketch, names)
        self._settings()
        return finished(sketch, name)

    def _pages(self) -> None:
        pages = [kinds.record(page) for page in kinds.listed(self.survey.get("pages"))]
        for place, page in enumerate(pages or [self.survey], start=1):
            own = page if pages else {}
            source = kinds.string(own.get("name")) or f"page{place}"
            sheet = self.sketch.page(source, self.writer.speaker.said(own.get("title")))
            if said := self.writer.speaker.said(own.get("description")):
                kinds.section(self.sketch, sheet, f"{source}_text", said)
            for rule in ("visibleIf", "enableIf"):
                if expression := kinds.string(own.get(rule)):
                    self.rules.append(_Rule("page", expression, sheet=sheet))
            self._walk(sheet, _elements(page), [])

    def _walk(self, sheet: Sheet, elements: list[object], above: list[str]) -> None:
        """Ask the elements of a page or panel; ``above`` are the conditions of the panels around them."""
        for element in map(kinds.record, elements):
            self.seen += 1
            if self.seen > MOST_ELEMENTS:
                return
            kind = kinds.string(element.get("type"))
            own = [kinds.string(element.get("visibleIf"))] if element.get("visibleIf") else []
            if kind == "panel":
                self._panel(sheet, element, above + own)
                continue
            name = kinds.string(element.get("name"))
            made = self.writer.write(sheet, element)
            if made:
                self.made.setdefault(kinds.string(element.get("valueName")) or name, made)
                self.made.setdefault(name, made)
            for asked in made:
                for expression in above + own:
                    self.rules.append(_Rule("show", expression, asked))
                if expression := kinds.string(element.get("enableIf")):
                    self.rules.append(_Rule("enable", expression, asked))
                if expression := kinds.string(element.get("requiredIf")):
                    self.rules.append(_Rule("require", expression, asked))

    def _panel(self, sheet: Sheet, panel: Json, above: list[str]) -> None:
        name = kinds.string(panel.get("name"))
        said = self.writer.speaker.said
        title, text = said(panel.get("title"), name), said(panel.get("description"), name)
        if panel.get("visible") is False and not panel.get("visibleIf"):
            self.sketch.left_out(name, title, "never_shown")
            return
        if title or text:
            heading = kinds.section(self.sketch, sheet, name or "panel", kinds.paragraphs(title, text))
            self.sketch.changed(name, title, "panel", name=next(iter((title or text).values())))
            self.rules.extend(_Rule("show", expression, heading) for expression in above)
        if expression := kinds.string(panel.get("requiredIf")):
            self.sketch.left_out(name, title, "require_condition", expression=expression)
        self._walk(sheet, _elements(panel), above)

    def _fasten(self, read: Callable[[str], Json | bool]) -> None:
        fastener = Fastener(self.sketch)
        for rule in self.rules:

            def ask(expression: str = rule.expression) -> Json | bool:
                return read(expression)

            if rule.sheet is not None:
                fastener.page(rule.sheet, ask, rule.expression)
            elif rule.asked is not None and rule.kind == "require":
                fastener.require(rule.asked, ask, rule.expression)
            elif rule.asked is not None:
                before = rule.asked.shape.get("show")
                fastener.show(rule.asked, ask, rule.expression)
                if rule.kind == "enable" and rule.asked.shape.get("show") != before:
                    self.sketch.changed(rule.asked.source, rule.asked.name, "enable_condition")
        for asked, option, expression in self.writer.options_shown:
            fastener.option(asked, option, lambda expression=expression: read(expression), expression)  # type: ignore[misc]

    def _settings(self) -> None:
        survey, sketch = self.survey, self.sketch
        mode = kinds.string(survey.get("questionsOnPageMode"))
        if mode in {"questionPerPage", "questionOnPage", "inputPerPage"}:
            sketch.head["layout"] = "single"
        elif mode == "singlePage":
            sketch.changed("", "", "layout", was=mode)
        if address := kinds.string(survey.get("navigateToUrl")):
            sketch.left_out("", "", "redirect", address=address)
        for setting in _SETTINGS:
            if survey.get(setting):
                sketch.left_out("", "", "setting", name=setting)
        if survey.get("questionsOrder") == "random" or survey.get("questionOrder") == "random":
            sketch.left_out("", "", "shuffle_gone")
        if survey.get("logo"):
            sketch.left_out("", "", "attachment", name="logo")
