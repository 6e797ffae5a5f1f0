"""SurveyJS's types of question in the shapes of ours that mean the same.

Names are those of SurveyJS's documentation (API reference, ``Question`` and its classes); older spellings that
its own runtime still reads (``hasOther``, ``mininumRateDescription``…) are read here too. A rating stays a rating:
SurveyJS has no NPS type, and a scale from 0 to 10 is not taken for one.
"""

from collections.abc import Callable

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text
from surveys.rules.foreign.surveyjs.choices import Choices
from surveys.rules.foreign.surveyjs.matrices import columns_apart, matrix
from surveys.rules.foreign.surveyjs.said import Speaker

_PLAIN_FORMATS = frozenset({"", "text", "number", "range", "email", "date"})
_LOST = {
    "defaultValue": "default_value", "defaultValueExpression": "default_value", "setValueIf": "default_value",
    "setValueExpression": "default_value",
}  # fmt: skip


class Writer:
    """Writes elements of one survey into a sketch."""

    def __init__(self, sketch: Sketch, by_name: dict[str, Json]) -> None:
        self.sketch = sketch
        self.speaker = Speaker(sketch)
        self.choices = Choices(sketch, self.speaker, by_name)
        self.options_shown: list[tuple[Asked, str, str]] = []

    def write(self, sheet: Sheet, element: Json) -> list[Asked]:
        """Ask an element on a page; return what it became, nothing if it has no counterpart."""
        name, kind = kinds.string(element.get("name")), kinds.string(element.get("type"))
        self.sketch.found += 1
        if self.sketch.full():
            return []
        title = self.speaker.said(element.get("title"), name) or self.speaker.said(name, name)
        if element.get("visible") is False and not element.get("visibleIf"):
            self.sketch.left_out(name, title, "never_shown")
            return []
        make = _MAKERS.get(kind)
        if make is None:
            self.sketch.left_out(name, title, "kind_unknown", kind=kind)
            return []
        made = make(self, sheet, element, title)
        self.beside(sheet, element, title, made)
        return made

    def beside(self, sheet: Sheet, element: Json, title: Text, made: list[Asked]) -> None:
        """Carry what every type has: hint, required, a comment box; note what is lost."""
        name = kinds.string(element.get("name"))
        if not made:
            return
        if hint := self.speaker.said(element.get("description"), name):
            made[0].shape["hint"] = kinds.paragraphs(hint, made[0].shape.get("hint", {}))
        if kinds.code(element.get("isRequired")) == "true":
            for asked in made:
                if asked.shape["type"] != "section" and not asked.optional:
                    asked.shape["required"] = True
        self._lost(element, name, title)
        if element.get("hasComment") is True or element.get("showCommentArea") is True:
            label = self.speaker.said(element.get("commentText"), name) or words.said(
                "comment", self.sketch.languages
            )
            comment = self.sketch.ask(
                sheet, f"{name}_comment", "words", kinds.joined(title, label), lines="many"
            )
            comment.optional = True
            made.append(comment)
            self.sketch.changed(name, title, "comment_split", id=comment.id)
        for validator in kinds.listed(element.get("validators")):
            self._validator(made[0], kinds.record(validator))

    def _lost(self, element: Json, name: str, title: Text) -> None:
        for field, code in _LOST.items():
            if element.get(field) not in (None, "", [], {}):
                self.sketch.left_out(name, title, code)
        if element.get("readOnly") is True:
            self.sketch.changed(name, title, "read_only")
        if element.get("correctAnswer") is not None:
            self.sketch.left_out(name, title, "limit", name="correctAnswer")

    def _validator(self, asked: Asked, validator: Json) -> None:
        kind = kinds.string(validator.get("type")).removesuffix("validator")
        shape = asked.shape
        words_ = shape["type"] == "words"
        if kind == "numeric" and words_ and shape.get("format", "text") in {"text", "number"}:
            shape.update(format="number", lines="one")
            self._bound(
                asked, kinds.number(validator.get("minValue")), kinds.number(validator.get("maxValue"))
            )
        elif kind == "text" and words_:
            self._lengths(
                asked, kinds.whole(validator.get("minLength")), kinds.whole(validator.get("maxLength"))
            )
            if validator.get("allowDigits") is False:
                self.sketch.left_out(asked.source, asked.name, "validation", expression="allowDigits: false")
        elif kind == "email" and words_:
            shape.update(format="email", lines="one")
        elif kind == "regex" and words_:
            kinds.pattern(self.sketch, asked, kinds.string(validator.get("regex")))
        elif kind == "answercount" and shape["type"] in {"choices", "ranking"}:
            kinds.bounds(
                asked,
                self.sketch,
                kinds.whole(validator.get("minCount")),
                kinds.whole(validator.get("maxCount")),
            )
        else:
            rule = validator.get("expression") or {
                key: value for key, value in validator.items() if key != "text"
            }
            self.sketch.left_out(asked.source, asked.name, "validation", expression=rule)

    def _bound(self, asked: Asked, low: float | None, high: float | None) -> None:
        if low is not None:
            asked.shape["low"] = max(low, asked.shape.get("low", low))
        if high is not None:
            asked.shape["high"] = min(high, asked.shape.get("high", high))

    def _lengths(self, asked: Asked, least: int | None, most: int | None) -> None:
        if least:
            asked.shape["min_length"] = least
        if most:
            asked.shape["max_length"] = min(most, 5000)


def _name(element: Json) -> str:
    return kinds.string(element.get("name"))


def _text(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _name(element)
    form = kinds.string(element.get("inputType")).lower()
    low, high = kinds.number(element.get("min")), kinds.number(element.get("max"))
    if form == "range":
        step = kinds.number(element.get("step")) or 1
        return [
            sketch.ask(
                sheet,
                name,
                "slider",
                title,
                lowest=low or 0,
                highest=100 if high is None else high,
                step=step,
            )
        ]
    if form == "date":
        return [_day(writer, sheet, element, title)]
    shape: Json = {"lines": "one"}
    if form == "number":
        shape |= {"format": "number", "low": low, "high": high}
    elif form == "email":
        shape["format"] = "email"
    elif form == "tel":
        sketch.changed(name, title, "phone")
    elif form not in _PLAIN_FORMATS:
        sketch.changed(name, title, "format", name=form)
    if (most := kinds.whole(element.get("maxLength"))) and form in {"", "text"}:
        shape["max_length"] = min(most, 5000)
    if kinds.string(element.get("maskType")) not in {"", "none"}:
        sketch.left_out(name, title, "limit", name=f"maskType {element['maskType']}")
    return [sketch.ask(sheet, name, "words", title, **shape)]


def _day(writer: Writer, sheet: Sheet, element: Json, title: Text) -> Asked:
    sketch, name = writer.sketch, _name(element)
    days: Json = {}
    for ours, theirs in (("earliest", "min"), ("latest", "max")):
        value = kinds.string(element.get(theirs))
        if value and sketch.fits({"type": "date", "id": "q", "title": {"en": "q"}, ours: value}):
            days[ours] = value
        elif value or element.get(f"{theirs}ValueExpression"):
            rule = value or element[f"{theirs}ValueExpression"]
            sketch.left_out(name, title, "limit", name=f"{theirs} {rule}")
    return sketch.ask(sheet, name, "date", title, **days)


def _comment(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    most = kinds.whole(element.get("maxLength"))
    return [
        writer.sketch.ask(
            sheet, _name(element), "words", title, lines="many", max_length=min(most, 5000) if most else None
        )
    ]


def _choosing(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name, kind = writer.sketch, _name(element), kinds.string(element.get("type"))
    several = kind in {"checkbox", "tagbox"}
    options, codes, other, conditions = writer.choices.options(element, name, title, several=several)
    if not options:
        sketch.changed(name, title, "options_missing")
        return [sketch.ask(sheet, name, "words", title, lines="one")]
    ours = "choices" if several else "dropdown" if kind == "dropdown" else "choice"
    shuffle = element.get("choicesOrder") == "random"
    asked = sketch.ask(
        sheet, name, ours, title, options=options, other=other, shuffle=shuffle and ours != "dropdown"
    )
    if shuffle and ours == "dropdown":
        sketch.left_out(name, title, "shuffle_gone")
    asked.codes, asked.several = codes, several
    writer.options_shown.extend((asked, option, expression) for option, expression in conditions)
    if several:
        kinds.bounds(
            asked,
            sketch,
            kinds.whole(element.get("minSelectedChoices")),
            kinds.whole(element.get("maxSelectedChoices")),
        )
    return [asked]


def _pictures(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    several = element.get("multiSelect") is True
    made = _choosing(writer, sheet, element | {"type": "checkbox" if several else "radiogroup"}, title)
    writer.sketch.changed(_name(element), title, "option_image")
    return made


def _ranking(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _name(element)
    options, codes, _other, conditions = writer.choices.options(element, name, title, several=False)
    asked = sketch.ask(sheet, name, "ranking", title, options=options)
    asked.codes = codes
    writer.options_shown.extend((asked, option, expression) for option, expression in conditions)
    if element.get("selectToRankEnabled") is True:
        kinds.bounds(asked, sketch, kinds.whole(element.get("minSelectedChoices")) or 1, None)
    if kinds.whole(element.get("maxSelectedChoices")):
        sketch.left_out(name, title, "limit", name="maxSelectedChoices")
    return [asked]


def _boolean(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    said = writer.speaker.said
    name = _name(element)
    labels = (
        said(element.get("labelTrue"), name) or words.said("yes", writer.sketch.languages),
        said(element.get("labelFalse"), name) or words.said("no", writer.sketch.languages),
    )
    options, codes = kinds.yes_no(writer.sketch, "true", "false", labels)
    asked = writer.sketch.ask(sheet, name, "choice", title, options=options)
    for value, option in ((element.get("valueTrue"), "yes"), (element.get("valueFalse"), "no")):
        if value is not None:
            codes[kinds.code(value)] = option
    asked.codes = codes
    return [asked]


def _rating(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _name(element)
    said = writer.speaker.said
    ends = (
        said(element.get("minRateDescription") or element.get("mininumRateDescription"), name),
        said(element.get("maxRateDescription") or element.get("maximumRateDescription"), name),
    )
    low = kinds.number(element.get("rateMin"))
    low = 1.0 if low is None else low
    step = kinds.number(element.get("rateStep")) or 1.0
    high = kinds.number(element.get("rateMax"))
    count = kinds.whole(element.get("rateCount"))
    if high is None:
        high = low + step * (count - 1) if count else low + 4 * step
    values = writer.choices.items(element.get("rateValues"), name)
    if values:
        numbers = [kinds.number(code) for code, _label, _condition in values]
        written_out = any(code not in label.values() for code, label, _condition in values)
        if (
            numbers != [float(place) for place in range(1, len(values) + 1)]
            or not 2 <= len(values) <= 10
            or written_out
        ):
            return _valued(writer, sheet, element, title, values)
        low, high, step = 1.0, float(len(values)), 1.0
    form = element.get("rateType") or element.get("rateDisplayMode")
    if form == "smileys":
        sketch.changed(name, title, "smileys")
    style = "stars" if form == "stars" else "numbers"
    return [kinds.scale(sketch, sheet, name, title, low=low, high=high, step=step, labels=ends, style=style)]


def _valued(
    writer: Writer, sheet: Sheet, element: Json, title: Text, values: list[tuple[str, Text, str]]
) -> list[Asked]:
    sketch, name = writer.sketch, _name(element)
    options, codes = sketch.options(name, [(code, label) for code, label, _condition in values])
    for code, option_id in codes.items():
        if (points := kinds.number(code)) is not None:
            next(option for option in options if option["id"] == option_id)["points"] = points
    asked = sketch.ask(sheet, name, "choice", title, options=options)
    asked.codes = codes
    sketch.changed(name, title, "scale_values")
    return [asked]


def _slider(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    if element.get("sliderType") == "range":
        writer.sketch.left_out(_name(element), title, "kind_unknown", kind="slider (range)")
        return []
    low, high = kinds.number(element.get("min")), kinds.number(element.get("max"))
    return [
        writer.sketch.ask(
            sheet,
            _name(element),
            "slider",
            title,
            lowest=low or 0,
            highest=100 if high is None else high,
            step=kinds.number(element.get("step")) or 1,
        )
    ]


def _fields(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    name = _name(element)
    made: list[Asked] = []
    for item in map(kinds.record, kinds.listed(element.get("items"))[: kinds.MOST_SPLIT]):
        code = kinds.string(item.get("name"))
        label = writer.speaker.said(item.get("title"), name) or writer.speaker.said(code, name)
        own = item | {"name": f"{name}_{code}"}
        asked = _text(writer, sheet, own, kinds.joined(title, label))
        writer.beside(sheet, own, title, asked)
        made.extend(asked)
    writer.sketch.changed(name, title, "split", count=len(made))
    return made


def _file(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    count = (kinds.whole(element.get("maxFiles")) or 5) if element.get("allowMultiple") is True else 1
    shape = kinds.files(
        writer.sketch, _name(element), title,
        types=kinds.string(element.get("acceptedTypes")).split(","),
        size=kinds.number(element.get("maxSize")), count=count,
    )  # fmt: skip
    return [writer.sketch.ask(sheet, _name(element), "file", title, **shape)]


def _html(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    said = writer.speaker.said(element.get("html"), _name(element))
    if not said:
        writer.sketch.left_out(_name(element), title, "unusable", reason="html")
        return []
    return [kinds.section(writer.sketch, sheet, _name(element), said)]


def _image(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    del sheet
    writer.sketch.left_out(
        _name(element), title, "attachment", name=element.get("imageLink") or _name(element)
    )
    return []


def _expression(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    del sheet
    writer.sketch.left_out(_name(element), title, "calculation", expression=element.get("expression", ""))
    return []


def _repeated(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    del sheet
    inner = kinds.listed(element.get("templateElements")) or kinds.listed(element.get("columns"))
    writer.sketch.found += max(len(inner) - 1, 0)
    writer.sketch.left_out(_name(element), title, "repeat", count=len(inner))
    return []


Maker = Callable[[Writer, Sheet, Json, Text], list[Asked]]

_MAKERS: dict[str, Maker] = {
    "text": _text, "comment": _comment, "radiogroup": _choosing, "buttongroup": _choosing, "dropdown": _choosing,
    "checkbox": _choosing, "tagbox": _choosing, "boolean": _boolean, "rating": _rating, "slider": _slider,
    "imagepicker": _pictures, "ranking": _ranking, "matrix": matrix, "matrixdropdown": columns_apart,
    "matrixdynamic": _repeated, "paneldynamic": _repeated, "multipletext": _fields, "file": _file, "html": _html,
    "image": _image, "expression": _expression,
}  # fmt: skip
