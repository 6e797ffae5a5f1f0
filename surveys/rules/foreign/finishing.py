"""A sketch made into a definition of ours.

It never fails because of one question: what does not fit our rules is left out with a note, and conditions that
looked at it go with it, each with a note of its own.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from core.sentences import N_, said
from surveys.rules import conditions
from surveys.rules.definition import END, MOST_QUESTIONS, Definition
from surveys.rules.foreign import texts
from surveys.rules.foreign.report import Carried, UnreadableFileError
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text, in_chinese

MOST_TITLE = 300

_CONDITION: TypeAdapter[conditions.Condition] = TypeAdapter(conditions.Condition)


def finished(sketch: Sketch, name: str) -> Carried:
    """Return what became of the file called ``name``; raise UnreadableFileError if no question is left."""
    _drop_unusable(sketch)
    _drop_dangling(sketch)
    if not any(sheet.asked for sheet in sketch.sheets):
        raise UnreadableFileError(said(N_("文件里没有可以带入的题目")))
    pages = [_page(sheet) for sheet in sketch.sheets if sheet.asked or sheet.jumps or sheet.sets]
    shape = {**sketch.head, "title": _title(sketch, name), "pages": pages}
    shape |= {"variables": sketch.variables, "endings": sketch.endings}
    try:
        definition = Definition.model_validate(shape)
    except (ValidationError, RecursionError) as error:
        raise UnreadableFileError(said(N_("文件里的问卷不符合本系统的要求，无法带入"))) from error
    title = in_chinese(definition.title)
    questions = sketch.found or len(definition.questions)
    return Carried(definition, sketch.kind, title, questions, tuple(sketch.notes))


def _title(sketch: Sketch, name: str) -> Text:
    title: Text = sketch.head.get("title") or {}
    if not title:
        title = {sketch.default_language: texts.plain(name.rpartition(".")[0] or name) or "导入的问卷"}
        sketch.changed("", "", "title_missing")
    first = next(iter(title.values()))
    missing = [code for code in sketch.languages if code not in title]
    if missing:
        sketch.changed("", title, "title_copied", languages="、".join(missing))
    # A survey speaks the languages of its title; a title that was not translated must not hide the others.
    return {code: title.get(code, first)[:MOST_TITLE] for code in (*title, *missing)}


def _drop_unusable(sketch: Sketch) -> None:
    """Leave out the questions that do not fit our rules, and those past the last one a survey can have."""
    left = MOST_QUESTIONS
    for sheet in sketch.sheets:
        kept = []
        for asked in sheet.asked:
            if left == 0:
                sketch.left_out("", "", "too_many_questions", most=MOST_QUESTIONS)
            elif (reason := sketch.unfit(asked.shape)) is not None:
                sketch.left_out(asked.source, asked.name, "unusable", reason=reason)
            else:
                left -= 1
                kept.append(asked)
        sheet.asked = kept


def _drop_dangling(sketch: Sketch) -> None:
    """Drop conditions that look at what is not there or grew past what our logic takes, and jumps back."""
    soundness = _Soundness(
        frozenset({asked.id for sheet in sketch.sheets for asked in sheet.asked} | {"event", "customer"}),
        frozenset(f"var.{one['id']}" for one in sketch.variables),
    )
    pages = {sheet.id: place for place, sheet in enumerate(sketch.sheets)} | {END: len(sketch.sheets)}
    for place, sheet in enumerate(sketch.sheets):
        if sheet.show is not None and not soundness(sheet.show):
            sketch.left_out(sheet.source, sheet.title, "page_condition", expression=sheet.show)
            sheet.show = None
        for asked in sheet.asked:
            _check_asked(sketch, asked, soundness)
        sheet.sets = _checked_actions(sketch, sheet, sheet.sets, "calculation", soundness)
        sheet.jumps = _checked_actions(sketch, sheet, sheet.jumps, "jump", soundness)
        for jump in [one for one in sheet.jumps if pages.get(one["to"], -1) <= place]:
            sketch.left_out(sheet.source, sheet.title, "jump_back", target=jump["to"])
            sheet.jumps.remove(jump)
    _drop_jumps_to_nothing(sketch)
    for ending in [one for one in sketch.endings if "when" in one and not soundness(one["when"])]:
        sketch.left_out(ending["id"], ending["title"], "ending", expression=ending["when"])
        sketch.endings.remove(ending)


def _drop_jumps_to_nothing(sketch: Sketch) -> None:
    """Let a jump to a page that lost all its questions lead to the next page that has some."""
    following = END
    goals = {END: END}
    for sheet in reversed(sketch.sheets):
        following = sheet.id if sheet.asked or sheet.jumps or sheet.sets else following
        goals[sheet.id] = following
    for sheet in sketch.sheets:
        for jump in sheet.jumps:
            jump["to"] = goals[jump["to"]]


@dataclass(frozen=True, slots=True)
class _Soundness:
    """Tells whether a condition looks only at what there is, and is no deeper than ours may be."""

    questions: frozenset[str]
    variables: frozenset[str]

    def __call__(self, condition: Json) -> bool:
        try:
            read = _CONDITION.validate_python(condition)
        except (ValidationError, RecursionError):
            return False
        heads = {ref if ref.startswith("var.") else ref.partition(".")[0] for ref in conditions.refs(read)}
        return heads <= self.questions | self.variables and conditions.depth(read) <= conditions.DEEPEST


def _check_asked(sketch: Sketch, asked: Asked, soundness: _Soundness) -> None:
    for key, code in (("show", "condition"), ("require", "require_condition")):
        condition = asked.shape.get(key)
        if condition is not None and not soundness(condition):
            sketch.left_out(asked.source, asked.name, code, expression=condition)
            del asked.shape[key]
    for option in (*asked.shape.get("options", ()), *asked.shape.get("rows", ())):
        if "show" in option and not soundness(option["show"]):
            sketch.left_out(
                asked.source, asked.name, "option_condition", option=option["id"], expression=option["show"]
            )
            del option["show"]


def _checked_actions(
    sketch: Sketch, sheet: Sheet, actions: list[Json], code: str, soundness: _Soundness
) -> list[Json]:
    kept = []
    for action in actions:
        if "when" in action and not soundness(action["when"]):
            sketch.left_out(sheet.source, sheet.title, code, expression=action)
        else:
            kept.append(action)
    return kept


def _page(sheet: Sheet) -> Json:
    page: Json = {"id": sheet.id, "questions": [asked.shape for asked in sheet.asked]}
    optional = {"title": sheet.title, "show": sheet.show, "sets": sheet.sets, "jumps": sheet.jumps}
    return page | {key: value for key, value in optional.items() if value}
