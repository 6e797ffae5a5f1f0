"""XLSForms: workbooks with the sheets survey, choices and settings, as ODK, KoboToolbox and others use them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from surveys.rules.foreign import kinds, texts
from surveys.rules.foreign.expressions import XPATH, Target
from surveys.rules.foreign.finishing import finished
from surveys.rules.foreign.logic import Fastener, Reader, reader
from surveys.rules.foreign.reading import workbook_of
from surveys.rules.foreign.report import Carried
from surveys.rules.foreign.sketch import Asked, Sheet, Sketch
from surveys.rules.foreign.xlsform import rules
from surveys.rules.foreign.xlsform.questions import METADATA, Writer, is_no, is_yes
from surveys.rules.foreign.xlsform.tables import Form, Row, read

FORMAT = "xlsform"

_GROUP = re.compile(r"(begin|end)[ _]?(group|repeat|loop)(\s+.*)?", re.IGNORECASE)
_PIPE = re.compile(r"\$\{([^{}\n]{1,200})\}")
_SETTINGS = (
    "public_key",
    "submission_url",
    "instance_name",
    "auto_send",
    "style",
    "sms_keyword",
    "namespaces",
)


def carry(name: str, data: bytes) -> Carried:
    """Return the survey of a workbook; raise UnreadableFileError if it is broken or holds none."""
    return _Reading(read(workbook_of(data))).carried(name)


@dataclass(slots=True)
class _Open:
    """A group that was begun and not ended yet."""

    kind: str
    relevant: list[str] = field(default_factory=list)


class _Reading:
    """One form while it is read."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.sketch = self._begun()
        self.writer = Writer(self.sketch, form)
        self.asked: list[tuple[Asked, Row, list[str]]] = []
        self.shown: list[tuple[Sheet, str]] = []
        self.open: list[_Open] = []
        self.sheet: Sheet | None = None

    def _begun(self) -> Sketch:
        named = texts.language(self.form.settings.get("default_language", ""))
        spoken = [code for one in self.form.languages if (code := texts.language(one))]
        if named or spoken:
            sketch = Sketch(FORMAT, named or spoken[0])
            for code in spoken:
                sketch.languages.setdefault(code)
            return sketch
        sample = " ".join(
            text for row in self.form.survey[:50] for said in row.said.values() for text in said.values()
        )
        guess = texts.guessed(sample)
        sketch = Sketch(FORMAT, guess)
        sketch.changed("", "", "language_guessed", language=guess)
        return sketch

    def carried(self, name: str) -> Carried:
        """Read all rows and return what became of them."""
        title = self.form.settings.get("form_title", "")
        self.sketch.head["title"] = self.sketch.text({self.sketch.default_language: title})
        rows = iter(self.form.survey)
        for row in rows:
            if not row.get("type") or (row.get("disabled") and is_yes(row.get("disabled"))):
                continue
            group = _GROUP.fullmatch(row.get("type").strip())
            if group and group[1].lower() == "begin" and group[2].lower() != "group":
                self._repeat(row, rows)
            elif group:
                self._group(row, begins=group[1].lower() == "begin")
            elif row.get("type").strip().lower() in METADATA:
                self.sketch.left_out(row.get("name"), "", "setting", name=row.get("type"))
            else:
                self._question(row)
        self._fasten()
        for setting in _SETTINGS:
            if self.form.settings.get(setting):
                self.sketch.left_out("", "", "setting", name=setting)
        return finished(self.sketch, name)

    def _question(self, row: Row) -> None:
        if self.sheet is None:
            self.sheet = self.sketch.page(f"page{len(self.sketch.sheets) + 1}")
        asked = self.writer.write(self.sheet, row)
        if asked is not None:
            above = [expression for group in self.open for expression in group.relevant]
            self.asked.append((asked, row, above))

    def _group(self, row: Row, *, begins: bool) -> None:
        if not begins:
            if self.open:
                self.open.pop()
            if not self.open:
                self.sheet = None
            return
        title, relevant = self.writer.said(row, "label"), row.get("relevant")
        if not self.open:
            # A group is a page, therefore what hides the group hides the page.
            self.sheet = self.sketch.page(row.get("name") or f"group{row.number}", title)
            self.open.append(_Open("group"))
            if relevant:
                self.shown.append((self.sheet, relevant))
            return
        self.open.append(_Open("group", [relevant] if relevant else []))
        self.sketch.changed(row.get("name"), title, "nested")
        if title and self.sheet is not None:
            heading = kinds.section(self.sketch, self.sheet, row.get("name") or f"group{row.number}", title)
            above = [expression for group in self.open for expression in group.relevant]
            self.asked.append((heading, Row(row.number), above))

    def _repeat(self, row: Row, rows: Iterator[Row]) -> None:
        depth, count = 1, 0
        for inner in rows:
            group = _GROUP.fullmatch(inner.get("type").strip())
            if group:
                depth += 1 if group[1].lower() == "begin" else -1
            elif inner.get("type"):
                count += 1
            if depth == 0:
                break
        self.sketch.found += count
        self.sketch.left_out(row.get("name"), self.writer.said(row, "label"), "repeat", count=count)

    def _fasten(self) -> None:
        targets = {
            asked.source: _target(asked)
            for asked, _row, _above in self.asked
            if asked.shape["type"] != "section"
        }
        read_ = reader(XPATH, targets.get)
        fastener = Fastener(self.sketch)
        for sheet, expression in self.shown:
            fastener.page(sheet, lambda expression=expression: read_(expression), expression)  # type: ignore[misc]
        for asked, row, above in self.asked:
            if rule := row.get("constraint"):
                rules.constrain(self.sketch, asked, rule)
            for expression in (*above, row.get("relevant")):
                if expression:
                    fastener.show(asked, lambda expression=expression: read_(expression), expression)  # type: ignore[misc]
            self._require(fastener, read_, asked, row.get("required"))
        self.sketch.each_text(lambda text, element, title: self._piped(targets, text, element, title))

    def _require(self, fastener: Fastener, read_: Reader, asked: Asked, required: str) -> None:
        if is_yes(required) and asked.shape["type"] not in {"section", "hidden"}:
            asked.shape["required"] = True
        elif not is_no(required) and not is_yes(required):
            fastener.require(asked, lambda: read_(required), required)

    def _piped(self, targets: dict[str, Target], text: str, element: str, title: str) -> str:
        """Turn ``${name}`` into a pipe of ours; what leads nowhere stays as it is, with a note."""

        def pipe(match: re.Match[str]) -> str:
            target = targets.get(match[1].strip())
            if target is None:
                self.sketch.left_out(element, title, "piping", expression=match[0])
                return match[0]
            return "{{" + target.ref + "}}"

        return _PIPE.sub(pipe, text)


def _target(asked: Asked) -> Target:
    numeric = asked.shape["type"] in {"rating", "slider"} or asked.shape.get("format") == "number"
    return Target(asked.id, asked.codes or None, numeric=numeric, consent=asked.shape["type"] == "consent")
