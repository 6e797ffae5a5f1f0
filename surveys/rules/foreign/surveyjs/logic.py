"""SurveyJS's logic: expressions in curly brackets, triggers, pages shown after the last one."""

import re
from collections.abc import Callable, Mapping

from surveys.rules.definition import END
from surveys.rules.foreign import kinds
from surveys.rules.foreign.expressions import SURVEYJS, NotCarriedError, Target
from surveys.rules.foreign.logic import Reader, reader
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch
from surveys.rules.foreign.surveyjs.said import Speaker

_CURLY = re.compile(r"\{([^{}\n]{1,200})\}")


class Names:
    """What the names in curly brackets lead to: questions, and rows of matrices as ``{question.row}``."""

    def __init__(self, made: Mapping[str, list[Asked]]) -> None:
        self.targets: dict[str, Target] = {}
        for name, questions in made.items():
            for asked in questions:
                self._add(name if asked is questions[0] else asked.source, asked)

    def _add(self, name: str, asked: Asked) -> None:
        kind = asked.shape["type"]
        if kind == "section":
            return
        if kind == "matrix":
            for code, row in asked.rows.items():
                self.targets.setdefault(f"{name}.{code}", Target(f"{asked.id}.{row}", asked.codes))
            return
        numeric = kind in {"rating", "slider"} or asked.shape.get("format") == "number"
        self.targets.setdefault(name, Target(asked.id, asked.codes or None, numeric=numeric))

    def __call__(self, name: str) -> Target | None:
        """Return the target of a name, with the case that SurveyJS forgives."""
        name = name.removeprefix("#").strip()
        if name in self.targets:
            return self.targets[name]
        return next((target for known, target in self.targets.items() if known.lower() == name.lower()), None)


def expressions(names: Names) -> Reader:
    """Return how expressions of a survey are read."""
    return reader(SURVEYJS, names)


def pipe(sketch: Sketch, names: Names) -> None:
    """Turn ``{question}`` in texts into pipes of ours; what leads nowhere stays as it is, with a note."""

    def change(text: str, element: str, title: str) -> str:
        def found(match: re.Match[str]) -> str:
            target = names(match[1])
            if target is None:
                sketch.left_out(element, title, "piping", expression=match[0])
                return match[0]
            return "{{" + target.ref + "}}"

        return _CURLY.sub(found, text)

    sketch.each_text(change)


def endings(sketch: Sketch, survey: Json, speaker: Speaker, read: Reader) -> None:
    """Carry the pages shown under conditions after the last question; the page for all others comes last."""
    made: list[Json] = []
    for place, one in enumerate(
        map(kinds.record, kinds.listed(survey.get("completedHtmlOnCondition"))), start=1
    ):
        said = speaker.said(one.get("html"))
        expression = kinds.string(one.get("expression"))
        try:
            when = read(expression)
        except (NotCarriedError, RecursionError):
            sketch.left_out("", said, "ending", expression=expression)
            continue
        if said and when is not False and len(made) < 19:
            made.append(_ending(f"ending{place}", said) | ({} if when is True else {"when": when}))
    thanks = speaker.said(survey.get("completedHtml"))
    if thanks and made:
        made.append(_ending("ending", thanks))
    elif thanks:
        sketch.head["thanks"] = thanks
    sketch.endings = made


def _ending(ending_id: str, said: dict[str, str]) -> Json:
    title = {code: " ".join(text.partition("\n")[0].split()) for code, text in said.items()}
    rest = {code: text.partition("\n")[2].strip() for code, text in said.items()}
    ending: Json = {"id": ending_id, "title": title}
    return ending | ({"text": rest} if all(rest.values()) else {})


class Triggers:
    """What SurveyJS does when an answer comes: ending early and skipping ahead are carried, the rest is noted."""

    def __init__(self, sketch: Sketch, made: Mapping[str, list[Asked]], read: Reader) -> None:
        self.sketch = sketch
        self.made = made
        self.read = read

    def carry(self, trigger: Json) -> None:
        """Carry one trigger."""
        kind = kinds.string(trigger.get("type")).removesuffix("trigger")
        expression = kinds.string(trigger.get("expression")) or _old_expression(trigger)
        told = f"{kind}: {expression} {trigger.get('gotoName') or trigger.get('setToName') or ''}"
        goal: Callable[[Sheet], str | None] | None = {
            "complete": self._end,
            "skip": lambda _: self._page_of(trigger),
        }.get(kind)
        if goal is None:
            self.sketch.left_out("", "", "trigger", expression=told)
            return
        try:
            when = self.read(expression)
        except (NotCarriedError, RecursionError):
            self.sketch.left_out("", "", "trigger", expression=told)
            return
        sheet = self._last_page_looked_at(when) if isinstance(when, dict) else None
        to = goal(sheet) if sheet is not None else None
        if sheet is None or to is None or to == sheet.id:
            self.sketch.left_out("", "", "trigger", expression=told)
            return
        sheet.jumps.append({"when": when, "to": to})

    def _end(self, sheet: Sheet) -> str:
        del sheet
        return END

    def _page_of(self, trigger: Json) -> str | None:
        """Return the page whose first question is the goal of a skip: only there does a page begin with it."""
        goal = self.made.get(kinds.string(trigger.get("gotoName")), [])
        return next(
            (sheet.id for sheet in self.sketch.sheets if goal and sheet.asked and sheet.asked[0] is goal[0]),
            None,
        )

    def _last_page_looked_at(self, when: Json) -> Sheet | None:
        heads = {ref.partition(".")[0] for ref in _refs(when)}
        pages = [sheet for sheet in self.sketch.sheets if heads & {asked.id for asked in sheet.asked}]
        return pages[-1] if pages else None


def _old_expression(trigger: Json) -> str:
    """Return the expression of a trigger as it was written before expressions: a name, an operator, a value."""
    name, value = trigger.get("name"), trigger.get("value")
    operator = kinds.string(trigger.get("operator")) or "equal"
    if not isinstance(name, str) or "{" in name or "}" in name:
        return ""
    if operator in {"empty", "notempty"}:
        return f"{{{name}}} {operator}"
    return f"{{{name}}} {operator} '{kinds.code(value)}'" if "'" not in kinds.code(value) else ""


def _refs(condition: Json) -> list[str]:
    if "of" in condition:
        return [str(condition["of"])]
    return [ref for key in ("all", "any", "none") for part in condition.get(key, ()) for ref in _refs(part)]
