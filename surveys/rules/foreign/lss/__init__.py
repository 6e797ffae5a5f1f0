"""LimeSurvey's survey structure files (``.lss``), of every version whose tables LimeSurvey itself still reads."""

from surveys.rules.foreign import kinds, texts
from surveys.rules.foreign.finishing import finished
from surveys.rules.foreign.lss import logic
from surveys.rules.foreign.lss.questions import Writer
from surveys.rules.foreign.lss.tables import Group, Survey, read
from surveys.rules.foreign.reading import xml_of
from surveys.rules.foreign.report import Carried
from surveys.rules.foreign.sketch import Sheet, Sketch

FORMAT = "lss"

_LAYOUTS = {"A": "All in one", "S": "Question by question"}
_ELSEWHERE = (
    "expires", "startdate", "googleanalyticsapikey", "emailresponseto", "emailnotificationto", "attributedescriptions",
)  # fmt: skip
_UNSET = frozenset({"", "N", "I", "inherit", "0", "[]", "{}", "a:0:{}"})


def carry(name: str, data: bytes) -> Carried:
    """Return the survey of a file; raise UnreadableFileError if it is broken or holds none."""
    survey = read(xml_of(data))
    spoken = [code for one in survey.languages if (code := texts.language(one))]
    sketch = Sketch(FORMAT, spoken[0] if spoken else "en")
    for code in spoken:
        sketch.languages.setdefault(code)
    _head(sketch, survey)
    writer = Writer(sketch)
    sheets: dict[str, list[Sheet]] = {}
    for group in survey.groups:
        sheets[group.gid] = [_page(sketch, writer, group)]
    logic.fasten(survey, sketch, writer.made, sheets)
    _rest(sketch, survey, writer)
    return finished(sketch, name)


def _page(sketch: Sketch, writer: Writer, group: Group) -> Sheet:
    title = sketch.spoken(group.name)
    sheet = sketch.page(f"g{group.gid}", title)
    if description := sketch.spoken(group.description):
        kinds.section(sketch, sheet, f"g{group.gid}_text", description)
    for question in group.questions:
        writer.write(sheet, question)
    if group.row.get("randomization_group", "").strip():
        sketch.left_out(f"g{group.gid}", title, "shuffle_gone")
    return sheet


def _head(sketch: Sketch, survey: Survey) -> None:
    def said(field: str) -> dict[str, str]:
        return sketch.spoken({code: row.get(field, "") for code, row in survey.said.items()})

    sketch.head["title"] = said("surveyls_title")
    intro = kinds.paragraphs(said("surveyls_description"), said("surveyls_welcometext"))
    sketch.head |= {
        key: value for key, value in (("intro", intro), ("thanks", said("surveyls_endtext"))) if value
    }
    form = survey.settings.get("format", "")
    if form == "S":
        sketch.head["layout"] = "single"
    elif form == "A":
        sketch.changed("", "", "layout", was=_LAYOUTS["A"])
    if survey.settings.get("anonymized") == "Y":
        sketch.head["anonymous"] = True
    for address in said("surveyls_url").values():
        sketch.left_out("", "", "redirect", address=address)
    if said("surveyls_policy_notice"):
        sketch.left_out("", "", "notice")


def _rest(sketch: Sketch, survey: Survey, writer: Writer) -> None:
    for row in survey.quotas:
        sketch.left_out("", "", "quota", name=f"{row.get('name', '')} ({row.get('qlimit', '')})")
    for setting in _ELSEWHERE:
        if survey.settings.get(setting, "").strip() not in _UNSET:
            sketch.left_out("", "", "setting", name=setting)
    for group in survey.groups:
        for question in group.questions:
            if question.qid in survey.defaults and (made := writer.made.get(question.qid)):
                sketch.left_out(question.code, made[0].name, "default_value")
