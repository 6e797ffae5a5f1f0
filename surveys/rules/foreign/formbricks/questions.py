"""Formbricks's types of element in the shapes of ours that mean the same; NPS, CSAT and CES are named by the file.

Names are those of its published types (``packages/types/surveys/elements.ts``). Its CES may have 5 steps and its
CSAT other lengths than ours; those become ratings, because scores of different scales cannot be added up.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.formbricks.said import Speaker
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text

_ADDRESS = ("addressLine1", "addressLine2", "city", "state", "zip", "country")
_CONTACT = ("firstName", "lastName", "email", "phone", "company")
_WORD = {
    "addressLine1": "address_line1",
    "addressLine2": "address_line2",
    "firstName": "first_name",
    "lastName": "last_name",
}


class Writer:
    """Writes elements of one survey into a sketch."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.speaker = Speaker(sketch)

    def write(self, sheet: Sheet, element: Json) -> list[Asked]:
        """Ask an element on a page; return what it became, nothing if it has no counterpart."""
        self.sketch.found += 1
        if self.sketch.full():
            return []
        name, kind = kinds.string(element.get("id")), kinds.string(element.get("type"))
        title = self.speaker.said(element.get("headline"), name)
        make = _MAKERS.get(kind)
        if make is None:
            self.sketch.left_out(name, title, "kind_unknown", kind=kind)
            return []
        made = make(self, sheet, element, title)
        for asked in made:
            if element.get("required") is True and asked.shape["type"] != "section" and not asked.optional:
                asked.shape["required"] = True
        if made and (hint := self.speaker.said(element.get("subheader"), name)):
            made[0].shape["hint"] = kinds.paragraphs(hint, made[0].shape.get("hint", {}))
        for field in ("imageUrl", "videoUrl"):
            if address := kinds.string(element.get(field)):
                self.sketch.left_out(name, title, "attachment", name=address)
        if made:
            self._validation(made[0], kinds.record(element.get("validation")))
        return made

    def _validation(self, asked: Asked, validation: Json) -> None:
        """Carry rules that all must hold; of rules of which one is enough, none can be."""
        rules = [kinds.record(rule) for rule in kinds.listed(validation.get("rules"))]
        for rule in rules:
            params = kinds.record(rule.get("params"))
            if (validation.get("logic") == "or" and len(rules) > 1) or not self._rule(
                asked, kinds.string(rule.get("type")), params
            ):
                told = ", ".join(f"{key} {value}" for key, value in params.items())
                self.sketch.left_out(
                    asked.source, asked.name, "validation", expression=f"{rule.get('type')} {told}"
                )

    def _rule(self, asked: Asked, kind: str, params: Json) -> bool:
        shape = asked.shape
        least, most = kinds.whole(params.get("min")), kinds.whole(params.get("max"))
        if shape["type"] == "words":
            if kind == "minLength" and least:
                shape["min_length"] = least
            elif kind == "maxLength" and most:
                shape["max_length"] = min(most, 5000)
            elif kind == "minValue" and shape.get("format") == "number":
                shape["low"] = kinds.number(params.get("min"))
            elif kind == "maxValue" and shape.get("format") == "number":
                shape["high"] = kinds.number(params.get("max"))
            elif kind == "email":
                shape.update(format="email", lines="one")
            elif kind == "pattern" and not params.get("flags"):
                kinds.pattern(self.sketch, asked, kinds.string(params.get("pattern")))
            else:
                return False
            return True
        if shape["type"] == "choices" and kind in {"minSelections", "maxSelections"}:
            kinds.bounds(
                asked,
                self.sketch,
                least if kind == "minSelections" else None,
                most if kind == "maxSelections" else None,
            )
            return True
        return False


def _id(element: Json) -> str:
    return kinds.string(element.get("id"))


def _ends(writer: Writer, element: Json) -> tuple[Text, Text]:
    return writer.speaker.said(element.get("lowerLabel"), _id(element)), writer.speaker.said(
        element.get("upperLabel"), _id(element)
    )


def _open_text(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    form = kinds.string(element.get("inputType")) or "text"
    shape: Json = {"lines": "many" if element.get("longAnswer") is True else "one"}
    if form == "email":
        shape["format"] = "email"
    elif form == "number":
        shape["format"] = "number"
    elif form == "phone":
        sketch.changed(name, title, "phone")
    elif form != "text":
        sketch.changed(name, title, "format", name=form)
    limit = kinds.record(element.get("charLimit"))
    if limit.get("enabled") is True and form == "text":
        shape["min_length"] = kinds.whole(limit.get("min"))
        most = kinds.whole(limit.get("max"))
        shape["max_length"] = min(most, 5000) if most else None
    return [sketch.ask(sheet, name, "words", title, **shape)]


def _choosing(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    several = element.get("type") == "multipleChoiceMulti"
    other: Text = {}
    listed: list[tuple[str, Text]] = []
    for place, choice in enumerate(kinds.listed(element.get("choices"))):
        one = kinds.record(choice)
        code = kinds.code(one.get("id")) or (kinds.code(choice) if not one else f"choice{place + 1}")
        label = writer.speaker.said(one.get("label") if one else choice, name)
        if code == "other":
            other = label or words.said("other", sketch.languages)
        else:
            listed.append((code, label))
    options, codes = sketch.options(name, listed)
    labels = {_first(label): codes[code] for code, label in listed if label and code in codes}
    if several and "none" in codes:
        next(option for option in options if option["id"] == codes["none"])["exclusive"] = True
        sketch.changed(name, title, "option_none")
    if not options:
        sketch.changed(name, title, "options_missing")
        return [sketch.ask(sheet, name, "words", title, lines="one")]
    kind = "choices" if several else "dropdown" if element.get("displayType") == "dropdown" else "choice"
    order = kinds.string(element.get("shuffleOption")) or "none"
    if order not in {"none", "all"}:
        sketch.changed(name, title, "shuffle_part")
    asked = sketch.ask(
        sheet, name, kind, title, options=options, other=other, shuffle=order != "none" and kind != "dropdown"
    )
    # Logic of older files names an option by its label.
    asked.codes = labels | codes | ({"other": "other", _first(other): "other"} if other else {})
    asked.several = several
    return [asked]


def _first(label: Text) -> str:
    return next(iter(label.values()), "")


def _nps(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    low, high = _ends(writer, element)
    languages = writer.sketch.languages
    return [
        writer.sketch.ask(
            sheet,
            _id(element),
            "nps",
            title,
            low=low or words.said("unlikely", languages),
            high=high or words.said("likely", languages),
        )
    ]


def _rating(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    style, written = kinds.string(element.get("scale")), kinds.record(element.get("scale"))
    if written:
        # Files written by hand for its older API say both ends of the scale.
        low, high = kinds.number(written.get("min")), kinds.number(written.get("max"))
        labels = (
            writer.speaker.said(written.get("minLabel"), name),
            writer.speaker.said(written.get("maxLabel"), name),
        )
        return [
            kinds.scale(
                sketch, sheet, name, title, low=1.0 if low is None else low, high=high or 5.0, labels=labels
            )
        ]
    if style == "smiley":
        sketch.changed(name, title, "smileys")
    highest = float(kinds.whole(element.get("range"), 2) or 5)
    return [
        kinds.scale(
            sketch,
            sheet,
            name,
            title,
            low=1,
            high=highest,
            labels=_ends(writer, element),
            style="stars" if style == "star" else "numbers",
        )
    ]


def _csat(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    steps = kinds.whole(element.get("range")) or 5
    if steps != 5:
        sketch.changed(name, title, "csat_range", range=steps)
        return _rating(writer, sheet, element, title)
    low, high = _ends(writer, element)
    style = {"star": "stars", "number": "numbers"}.get(kinds.string(element.get("scale")), "faces")
    return [sketch.ask(sheet, name, "csat", title, low=low, high=high, style=style)]


def _ces(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    steps = kinds.whole(element.get("range")) or 7
    if steps != 7:
        sketch.changed(name, title, "ces_range", range=steps)
        return _rating(writer, sheet, element, title)
    low, high = _ends(writer, element)
    return [sketch.ask(sheet, name, "ces", title, low=low, high=high)]


def _call_to_action(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    text = writer.speaker.said(element.get("html"), name) or writer.speaker.said(
        element.get("subheader"), name
    )
    asked = sketch.ask(sheet, name, "section", title, text=text or title)
    if element.get("buttonExternal") is True or element.get("buttonUrl"):
        label = writer.speaker.said(element.get("ctaButtonLabel") or element.get("buttonLabel"), name)
        sketch.left_out(name, title, "button", label=f"{_first(label)} {element.get('buttonUrl') or ''}")
    return [asked]


def _consent(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    name = _id(element)
    text = writer.speaker.said(element.get("label"), name) or words.said("agree", writer.sketch.languages)
    asked = writer.sketch.ask(sheet, name, "consent", title, text=text)
    if hint := writer.speaker.said(element.get("html"), name):
        asked.shape["hint"] = hint
    return [asked]


def _pictures(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    listed = []
    for place, choice in enumerate(map(kinds.record, kinds.listed(element.get("choices"))), start=1):
        file = _file_name(kinds.string(choice.get("imageUrl")))
        label = {
            code: f"{said} {place} {file}".strip()
            for code, said in words.said("picture", sketch.languages).items()
        }
        listed.append((kinds.code(choice.get("id")) or f"picture{place}", label))
    options, codes = sketch.options(name, listed)
    several = element.get("allowMulti") is True
    asked = sketch.ask(sheet, name, "choices" if several else "choice", title, options=options)
    asked.codes, asked.several = codes, several
    sketch.changed(name, title, "option_image")
    return [asked]


def _file_name(address: str) -> str:
    """Return the name of the file that an address leads to, "" if it says none."""
    try:
        return urlsplit(address).path.rpartition("/")[2][:60]
    except ValueError:
        return ""


def _date(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    asked = writer.sketch.ask(sheet, _id(element), "date", title)
    if hint := writer.speaker.said(element.get("html"), _id(element)):
        asked.shape["hint"] = hint
    return [asked]


def _file(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    megabytes = kinds.number(element.get("maxSizeInMB"))
    shape = kinds.files(
        writer.sketch, _id(element), title,
        types=[kinds.string(one) for one in kinds.listed(element.get("allowedFileExtensions"))],
        size=megabytes * 1024 * 1024 if megabytes else None,
        count=5 if element.get("allowMultipleFiles") is True else 1,
    )  # fmt: skip
    return [writer.sketch.ask(sheet, _id(element), "file", title, **shape)]


def _matrix(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    rows, row_codes = sketch.options(name, _lines(writer, element.get("rows"), name, "row"), fallback="r")
    columns, codes = sketch.options(
        name, _lines(writer, element.get("columns"), name, "column"), fallback="c"
    )
    asked = sketch.ask(sheet, name, "matrix", title, rows=rows, columns=columns, mode="single")
    # Logic names rows and columns by their place.
    asked.rows = row_codes | {str(place): row["id"] for place, row in enumerate(rows)}
    asked.codes = {str(place): column["id"] for place, column in enumerate(columns)} | codes
    asked.codes |= {_first(column["label"]): column["id"] for column in columns}
    if (kinds.string(element.get("shuffleOption")) or "none") != "none":
        sketch.left_out(name, title, "shuffle_gone")
    return [asked]


def _lines(writer: Writer, listed: object, name: str, fallback: str) -> list[tuple[str, Text]]:
    """Return rows or columns: with ids in newer files, as texts alone in older ones."""
    found = []
    for place, one in enumerate(kinds.listed(listed), start=1):
        own = kinds.record(one)
        label = writer.speaker.said(own.get("label") if "label" in own else one, name)
        found.append((kinds.code(own.get("id")) if "label" in own else f"{fallback}{place}", label))
    return found


def _ranking(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    listed = [
        (kinds.code(one.get("id")) or f"choice{place}", writer.speaker.said(one.get("label"), name))
        for place, one in enumerate(map(kinds.record, kinds.listed(element.get("choices"))), start=1)
    ]
    options, codes = sketch.options(name, listed)
    asked = sketch.ask(sheet, name, "ranking", title, options=options)
    asked.codes = codes
    return [asked]


def _fields(writer: Writer, sheet: Sheet, element: Json, title: Text) -> list[Asked]:
    sketch, name = writer.sketch, _id(element)
    wanted = _ADDRESS if element.get("type") == "address" else _CONTACT
    made = []
    for field in wanted:
        own = kinds.record(element.get(field))
        if own.get("show", True) is not True or field not in element:
            continue
        label = writer.speaker.said(own.get("placeholder"), name) or words.said(
            _WORD.get(field, field), sketch.languages
        )
        shape: Json = {"lines": "one"} | ({"format": "email"} if field == "email" else {})
        asked = sketch.ask(sheet, f"{name}_{field}", "words", kinds.joined(title, label), **shape)
        asked.optional = True
        asked.shape["required"] = own.get("required") is True
        made.append(asked)
    sketch.changed(name, title, "split", count=len(made))
    return made


Maker = Callable[[Writer, Sheet, Json, Text], list[Asked]]

_MAKERS: dict[str, Maker] = {
    "openText": _open_text, "multipleChoiceSingle": _choosing, "multipleChoiceMulti": _choosing, "nps": _nps,
    "rating": _rating, "csat": _csat, "ces": _ces, "cta": _call_to_action, "consent": _consent,
    "pictureSelection": _pictures, "date": _date, "fileUpload": _file, "matrix": _matrix, "ranking": _ranking,
    "address": _fields, "contactInfo": _fields,
}  # fmt: skip

KINDS = frozenset(_MAKERS) | {"cal"}
