"""The tables of a LimeSurvey ``.lss`` file joined into questions, as its own import would join them.

Files of every version since 1.9 have the same outside: a document with one element per table, rows in it. Until
version 3 texts stand in the rows, one row for each language; since 4 they stand in ``…_l10ns`` tables.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from core.sentences import N_, Sentence
from surveys.rules.foreign.report import UnreadableFileError

Row = dict[str, str]
Said = dict[str, str]
"""A text by LimeSurvey's language codes."""

MOST_ROWS = 100_000


@dataclass(slots=True)
class Part:
    """A subquestion or an answer option."""

    code: str
    order: float
    scale: str
    relevance: str = ""
    points: str = ""
    said: Said = field(default_factory=dict)


@dataclass(slots=True)
class Question:
    """A question with everything that belongs to it."""

    qid: str
    gid: str
    kind: str
    code: str
    order: float
    row: Row
    said: Said = field(default_factory=dict)
    help: Said = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    answers: list[Part] = field(default_factory=list)
    attributes: dict[str, Said] = field(default_factory=dict)

    def attribute(self, name: str) -> str:
        """Return an attribute that is the same in all languages, "" if it is not set."""
        return next((value for value in self.attributes.get(name, {}).values() if value), "")


@dataclass(slots=True)
class Group:
    """A group of questions, which is a page."""

    gid: str
    order: float
    row: Row
    name: Said = field(default_factory=dict)
    description: Said = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """A whole file: settings, texts by language, groups in their order, old conditions, quotas."""

    settings: Row
    said: dict[str, Row]
    languages: list[str]
    groups: list[Group]
    conditions: list[Row]
    quotas: list[Row]
    defaults: set[str]


def read(root: Element) -> Survey:
    """Join the tables of a document; raise UnreadableFileError if it holds no survey."""
    if root.tag != "document" or (root.findtext("LimeSurveyDocType") or "").strip() != "Survey":
        raise UnreadableFileError(Sentence(N_("这不是 LimeSurvey 的问卷结构文件（.lss）")))
    tables = {child.tag: _rows(child) for child in root if child.find("rows") is not None}
    if sum(len(rows) for rows in tables.values()) > MOST_ROWS:
        raise UnreadableFileError(Sentence(N_("文件里的内容太多，无法读取")))
    settings = next(iter(tables.get("surveys", [])), {})
    said = {
        row["surveyls_language"]: row
        for row in tables.get("surveys_languagesettings", [])
        if row.get("surveyls_language")
    }
    listed = [(one.text or "").strip() for one in root.findall("languages/language")]
    first = settings.get("language", "")
    languages = list(dict.fromkeys(code for code in (first, *listed, *said) if code))
    groups = _groups(tables, languages)
    questions = _questions(tables, languages)
    for question in sorted(questions.values(), key=lambda one: one.order):
        if question.gid not in groups:
            groups[question.gid] = Group(question.gid, float(len(groups)), {})
        groups[question.gid].questions.append(question)
    return Survey(
        settings=settings,
        said=said,
        languages=languages,
        groups=sorted(groups.values(), key=lambda one: one.order),
        conditions=tables.get("conditions", []),
        quotas=tables.get("quota", []),
        defaults={row.get("qid", "") for row in tables.get("defaultvalues", [])},
    )


def _rows(table: Element) -> list[Row]:
    return [{cell.tag: cell.text or "" for cell in row} for row in table.findall("rows/row")]


def _order(row: Row, name: str) -> float:
    try:
        return float(row.get(name, "0") or 0)
    except ValueError:
        return 0.0


def _groups(tables: Mapping[str, list[Row]], languages: list[str]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for row in tables.get("groups", []):
        group = groups.setdefault(
            row.get("gid", ""), Group(row.get("gid", ""), _order(row, "group_order"), row)
        )
        _say(group.name, row, "group_name", languages)
        _say(group.description, row, "description", languages)
    for row in tables.get("group_l10ns", []):
        if group_ := groups.get(row.get("gid", "")):
            _say(group_.name, row, "group_name", languages)
            _say(group_.description, row, "description", languages)
    return groups


def _say(said: Said, row: Row, name: str, languages: list[str]) -> None:
    """Note a text of a row under its language, or under the first language where the row names none."""
    text = row.get(name, "")
    if text and (language := row.get("language") or next(iter(languages), "en")):
        said.setdefault(language, text)


def _questions(tables: Mapping[str, list[Row]], languages: list[str]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    # Before version 1.9 subquestions stood among the questions, with a parent.
    rows = tables.get("questions", []) + tables.get("subquestions", [])
    for row in rows:
        qid, parent = row.get("qid", ""), row.get("parent_qid", "0")
        if parent in {"", "0"}:
            question = questions.setdefault(
                qid,
                Question(
                    qid,
                    row.get("gid", ""),
                    row.get("type", ""),
                    row.get("title", ""),
                    _order(row, "question_order"),
                    row,
                ),
            )
            _say(question.said, row, "question", languages)
            _say(question.help, row, "help", languages)
    _join_parts(tables, rows, languages, questions)
    _join_answers(tables, languages, questions)
    for row in tables.get("question_attributes", []):
        if (owner := questions.get(row.get("qid", ""))) and row.get("attribute"):
            owner.attributes.setdefault(row["attribute"], {}).setdefault(
                row.get("language", ""), row.get("value", "")
            )
    for question in questions.values():
        question.parts.sort(key=lambda part: part.order)
        question.answers.sort(key=lambda part: part.order)
    return questions


def _join_parts(
    tables: Mapping[str, list[Row]], rows: list[Row], languages: list[str], questions: dict[str, Question]
) -> None:
    """Give questions their subquestions, and both their texts where those stand in a table of their own."""
    parts: dict[str, Part] = {}
    for row in rows:
        qid, parent = row.get("qid", ""), row.get("parent_qid", "0")
        if parent in {"", "0"} or parent not in questions:
            continue
        if qid not in parts:
            parts[qid] = Part(
                row.get("title", ""),
                _order(row, "question_order"),
                row.get("scale_id") or "0",
                row.get("relevance", ""),
            )
            questions[parent].parts.append(parts[qid])
        _say(parts[qid].said, row, "question", languages)
    for row in tables.get("question_l10ns", []):
        qid = row.get("qid", "")
        if qid in questions:
            _say(questions[qid].said, row, "question", languages)
            _say(questions[qid].help, row, "help", languages)
        elif qid in parts:
            _say(parts[qid].said, row, "question", languages)


def _join_answers(
    tables: Mapping[str, list[Row]], languages: list[str], questions: Mapping[str, Question]
) -> None:
    by_code: dict[tuple[str, str, str], Part] = {}
    by_id: dict[str, Part] = {}
    translated: dict[str, list[Row]] = defaultdict(list)
    for row in tables.get("answer_l10ns", []):
        translated[row.get("aid", "")].append(row)
    for row in tables.get("answers", []):
        qid, code, scale = row.get("qid", ""), row.get("code", ""), row.get("scale_id") or "0"
        if qid not in questions:
            continue
        key = (qid, scale, code)
        if key not in by_code:
            by_code[key] = Part(code, _order(row, "sortorder"), scale, points=row.get("assessment_value", ""))
            questions[qid].answers.append(by_code[key])
        _say(by_code[key].said, row, "answer", languages)
        by_id[row.get("aid", "")] = by_code[key]
        for other in translated.get(row.get("aid", ""), ()):
            _say(by_id[row.get("aid", "")].said, other, "answer", languages)
