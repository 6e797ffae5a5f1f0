"""Formbricks's survey JSON: what its API and its export give, with blocks, or with questions as until version 4."""

import re

from surveys.rules.definition import END
from surveys.rules.foreign import kinds, texts
from surveys.rules.foreign.finishing import finished
from surveys.rules.foreign.formbricks.logic import Logic, Names, variable_name
from surveys.rules.foreign.formbricks.questions import KINDS, Writer
from surveys.rules.foreign.formbricks.said import RECALL, languages
from surveys.rules.foreign.names import Names as Identifiers
from surveys.rules.foreign.report import Carried
from surveys.rules.foreign.sketch import Json, Sheet, Sketch

FORMAT = "formbricks"

MOST_BLOCKS = 1_000
_SETTINGS = (
    "publishOn", "closeOn", "runOnDate", "autoComplete", "autoClose", "delay", "pin", "displayPercentage",
    "recontactDays", "displayLimit", "triggers", "segment", "followUps", "isVerifyEmailEnabled",
    "isSingleResponsePerEmailEnabled", "isCaptureIpEnabled", "projectOverwrites", "styling", "customHeadScripts",
)  # fmt: skip
_SWITCHES = ("singleUse", "recaptcha")


def unwrapped(found: object) -> Json:
    """Return the survey inside what an API or an export puts around it."""
    survey = kinds.record(found)
    for wrapper in ("data", "survey"):
        if "questions" not in survey and "blocks" not in survey and wrapper in survey:
            inner = survey[wrapper]
            survey = kinds.record(inner[0] if isinstance(inner, list) and len(inner) == 1 else inner)
    return survey


def looks_like(found: object) -> bool:
    """Tell whether some JSON is a survey of Formbricks: elements with a headline and one of its types."""
    survey = unwrapped(found)
    return any(
        "headline" in element and kinds.string(element.get("type")) in KINDS
        for block in _blocks(survey)
        for element in _elements(block)
    )


def _blocks(survey: Json) -> list[Json]:
    """Return the blocks of a survey; each question of an older one is a block of its own."""
    blocks = [kinds.record(one) for one in kinds.listed(survey.get("blocks"))[:MOST_BLOCKS]]
    if blocks:
        return blocks
    return [kinds.record(one) for one in kinds.listed(survey.get("questions"))[:MOST_BLOCKS]]


def _elements(block: Json) -> list[Json]:
    if "elements" in block:
        return [kinds.record(one) for one in kinds.listed(block.get("elements"))]
    return [block]


def carry(name: str, found: Json) -> Carried:
    """Return what a survey becomes; raise UnreadableFileError if nothing of it can come along."""
    survey = unwrapped(found)
    default, others, guessed = languages(survey)
    sketch = Sketch(FORMAT, default)
    for code in others:
        sketch.languages.setdefault(code)
    if guessed:
        sketch.changed("", "", "language_guessed", language=default)
    writer = Writer(sketch)
    names = Names()
    goals: dict[str, tuple[str, str | None]] = {END: (END, None)}
    _head(sketch, writer, survey, goals)
    sheets: list[tuple[Sheet, Json]] = []
    for block in _blocks(survey):
        sheet = sketch.page(kinds.string(block.get("id")), fallback="b")
        goals.setdefault(kinds.string(block.get("id")), (sheet.id, None))
        for element in _elements(block):
            names.add(kinds.string(element.get("id")), writer.write(sheet, element))
            goals.setdefault(kinds.string(element.get("id")), (sheet.id, None))
        sheets.append((sheet, block))
    _hidden(sketch, survey, names)
    _variables(sketch, survey, names)
    _logic(sketch, names, goals, sheets)
    _recall(sketch, names)
    _rest(sketch, survey)
    return finished(sketch, name)


def _head(sketch: Sketch, writer: Writer, survey: Json, goals: dict[str, tuple[str, str | None]]) -> None:
    said = writer.speaker.said
    metadata = kinds.record(survey.get("metadata"))
    sketch.head["title"] = said(metadata.get("title")) or said(survey.get("name"))
    welcome = kinds.record(survey.get("welcomeCard"))
    if welcome.get("enabled") is True:
        intro = kinds.paragraphs(
            said(welcome.get("headline")), said(welcome.get("html")) or said(welcome.get("subheader"))
        )
        if intro:
            sketch.head["intro"] = intro
        for field in ("fileUrl", "videoUrl"):
            if address := kinds.string(welcome.get(field)):
                sketch.left_out("welcomeCard", "", "attachment", name=address)
    thanks = kinds.record(survey.get("thankYouCard"))
    if thanks.get("enabled") is True:
        words = kinds.paragraphs(said(thanks.get("headline")), said(thanks.get("subheader")))
        if words:
            sketch.head["thanks"] = words
    _endings(sketch, writer, survey, goals)
    if address := kinds.string(survey.get("redirectUrl")):
        sketch.left_out("", "", "redirect", address=address)


def _endings(sketch: Sketch, writer: Writer, survey: Json, goals: dict[str, tuple[str, str | None]]) -> None:
    identifiers = Identifiers({END})
    said = writer.speaker.said
    for ending in map(kinds.record, kinds.listed(survey.get("endings"))[:20]):
        code = kinds.string(ending.get("id"))
        if ending.get("type") == "redirectToUrl":
            sketch.left_out(code, said(ending.get("label")), "redirect", address=ending.get("url") or "")
            goals.setdefault(code, (END, None))
            continue
        title, text = said(ending.get("headline")), said(ending.get("subheader"))
        ending_id = identifiers.give(code, "ending")
        sketch.endings.append(
            {"id": ending_id, "title": title or text or {sketch.default_language: "—"}}
            | ({"text": text} if title and text else {})
        )
        goals.setdefault(code, (END, ending_id))
        if address := kinds.string(ending.get("buttonLink")):
            sketch.left_out(code, title, "button", label=address)
        for field in ("imageUrl", "videoUrl"):
            if address := kinds.string(ending.get(field)):
                sketch.left_out(code, title, "attachment", name=address)


def _hidden(sketch: Sketch, survey: Json, names: Names) -> None:
    fields = kinds.record(survey.get("hiddenFields"))
    if not sketch.sheets:
        return
    for place, field in enumerate(kinds.listed(fields.get("fieldIds"))[:100]):
        code = kinds.string(field)
        asked = kinds.hidden(
            sketch, sketch.sheets[0], code, {sketch.default_language: texts.plain(code) or "hidden"}
        )
        # What the link brings is there from the beginning.
        sketch.sheets[0].asked.insert(place, sketch.sheets[0].asked.pop())
        names.add(code, [asked])


def _variables(sketch: Sketch, survey: Json, names: Names) -> None:
    identifiers = Identifiers()
    for one in map(kinds.record, kinds.listed(survey.get("variables"))):
        if len(sketch.variables) >= 50:
            sketch.left_out(kinds.string(one.get("name")), "", "variable", reason="> 50")
            continue
        text = one.get("type") == "text"
        start = kinds.code(one.get("value"))[:1000] if text else kinds.number(one.get("value")) or 0.0
        variable: Json = {
            "id": identifiers.give(variable_name(one), "v"),
            "kind": "text" if text else "number",
            "start": start,
        }
        sketch.variables.append(variable)
        names.add_variable(kinds.string(one.get("id")), variable)


def _logic(
    sketch: Sketch, names: Names, goals: dict[str, tuple[str, str | None]], sheets: list[tuple[Sheet, Json]]
) -> None:
    logic = Logic(sketch, names, goals)
    for sheet, block in sheets:
        rules = [kinds.record(rule) for rule in kinds.listed(block.get("logic"))]
        new = [rule for rule in rules if "conditions" in rule]
        old = [rule for rule in rules if "conditions" not in rule and rule]
        if old:
            logic.fasten_old(sheet, logic.questions.get(kinds.string(block.get("id"))), old)
        logic.fasten(sheet, new, kinds.string(block.get("logicFallback")))


def _recall(sketch: Sketch, names: Names) -> None:
    """Turn recalls in texts into pipes of ours; what leads nowhere leaves the words that stand in for it."""

    def change(text: str, element: str, title: str) -> str:
        def found(match: re.Match[str]) -> str:
            ref, words = (
                names.recalled(match[1]),
                match[2].replace("nbsp", " ").translate({ord(sign): None for sign in "{}|"}),
            )
            if ref is None:
                sketch.left_out(element, title, "piping", expression=match[0])
                return words
            return "{{" + ref + (f"|{words}" if words.strip() else "") + "}}"

        return RECALL.sub(found, text)

    sketch.each_text(change)


def _rest(sketch: Sketch, survey: Json) -> None:
    for quota in map(kinds.record, kinds.listed(survey.get("quotas"))):
        sketch.left_out("", "", "quota", name=f"{quota.get('name', '')} ({quota.get('limit', '')})")
    for setting in _SETTINGS:
        if survey.get(setting):
            sketch.left_out("", "", "setting", name=setting)
    for setting in _SWITCHES:
        if kinds.record(survey.get(setting)).get("enabled") is True:
            sketch.left_out("", "", "setting", name=setting)
