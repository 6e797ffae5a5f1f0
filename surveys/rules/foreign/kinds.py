"""Shapes that several foreign formats need: scales, yes and no, questions taken apart, files."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from surveys.rules.foreign import words
from surveys.rules.foreign.sketch import Asked, Json, Sheet, Sketch, Text

MOST_SPLIT = 60
MOST_STEPS = 1_000

_OFFICE = frozenset({"doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "csv", "txt", "rtf"})
_IMAGES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "heic", "bmp", "tif", "tiff", "svg"})
_MB = 1024 * 1024


def number(value: object) -> float | None:
    """Return a foreign value as a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) <= 1e9 else None


def whole(value: object, least: int = 1) -> int | None:
    """Return a foreign value as a whole number from ``least`` on, None for anything else."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and found >= least else None


def code(value: object) -> str:
    """Return an option's value in a file as the code that expressions call it by: 1.0 is 1, True is true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if isinstance(value, str | int | float) else ""


def listed(value: object) -> list[Any]:
    """Return a list of a file, [] for anything else that stands in its place."""
    return value if isinstance(value, list) else []


def record(value: object) -> Json:
    """Return an object of a file, {} for anything else that stands in its place."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str:
    """Return a string of a file, "" for anything else that stands in its place."""
    return value.strip() if isinstance(value, str) else ""


def yes_no(
    sketch: Sketch, yes: str, no: str, labels: tuple[Text, Text] | None = None
) -> tuple[list[Json], dict[str, str]]:
    """Return the options yes and no under the codes of a file."""
    said = labels or (words.said("yes", sketch.languages), words.said("no", sketch.languages))
    options = [{"id": "yes", "label": said[0]}, {"id": "no", "label": said[1]}]
    return options, {yes: "yes", no: "no"}


def scale(
    sketch: Sketch, sheet: Sheet, source: str, title: Text, *, low: float, high: float, step: float = 1,
    labels: tuple[Text, Text] = ({}, {}), style: str = "numbers", **rest: Any,  # noqa: ANN401 - JSON
) -> Asked:  # fmt: skip
    """Ask for a number of a scale: a rating where it runs from 1 to at most 10, a slider elsewhere.

    NPS, CSAT and CES are never made of it, however the scale looks.
    """
    ends = {"low": labels[0], "high": labels[1]}
    low, high, step = float(low), float(high), float(step)
    if low == 1 and step == 1 and high.is_integer() and 2 <= high <= 10:
        return sketch.ask(sheet, source, "rating", title, highest=int(high), style=style, **ends, **rest)
    asked = sketch.ask(sheet, source, "slider", title, lowest=low, highest=high, step=step, **ends, **rest)
    sketch.changed(source, title, "scale_offset", low=_plain(low), high=_plain(high))
    return asked


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def split(
    sketch: Sketch,
    sheet: Sheet,
    source: str,
    title: Text,
    parts: Sequence[tuple[str, Text, Json]],
    **rest: Any,  # noqa: ANN401
) -> list[Asked]:
    """Ask each part of a question that has several fields as a question of its own.

    ``parts`` are (code, label, shape of a words or slider question); the title goes before each label.
    """
    made = []
    for code, label, shape in parts[:MOST_SPLIT]:
        own = dict(shape)
        kind = own.pop("type", "words")
        made.append(sketch.ask(sheet, f"{source}_{code}", kind, joined(title, label), **own, **rest))
    for code, label, _shape in parts[MOST_SPLIT:]:
        sketch.left_out(f"{source}_{code}", label, "limit", name=f"{MOST_SPLIT}+")
    sketch.changed(source, title, "split", count=len(made))
    return made


def joined(title: Text, label: Text, between: str = " – ") -> Text:
    """Return two texts as one in every language of either."""
    if not title or not label:
        return title or label
    first, second = next(iter(title.values())), next(iter(label.values()))
    return {
        code: f"{title.get(code, first)}{between}{label.get(code, second)}"[:4000]
        for code in dict.fromkeys([*title, *label])
    }


def paragraphs(*parts: Text) -> Text:
    """Return texts one below the other."""
    found: Text = {}
    for part in parts:
        found = joined(found, part, "\n\n")
    return found


def section(sketch: Sketch, sheet: Sheet, source: str, said: Text) -> Asked:
    """Show a text between questions; its first paragraph is the heading where it is short and more follows."""
    title: Text = {}
    text: Text = {}
    for code, words_ in said.items():
        head, _gap, rest = words_.partition("\n\n")
        if rest.strip() and len(head) <= 80:
            title[code], text[code] = " ".join(head.split()), rest.strip()
        else:
            title[code], text[code] = words.said("note", [code])[code], words_
    return sketch.ask(sheet, source, "section", title, text=text)


def pattern(sketch: Sketch, asked: Asked, rule: str) -> None:
    """Check a text question by a regular expression, if our part of them can say it."""
    shape = asked.shape | {"format": "pattern", "pattern": rule, "lines": "one"}
    if asked.shape.get("format", "text") == "text" and sketch.fits(shape):
        asked.shape.update(shape)
    else:
        sketch.left_out(asked.source, asked.name, "pattern", pattern=rule)


def hidden(sketch: Sketch, sheet: Sheet, source: str, title: Text) -> Asked:
    """Take a value from the link, under the name that the file gave it if a link can carry that."""
    asked = sketch.ask(sheet, source, "hidden", title)
    asked.shape["parameter"] = source if re.fullmatch(r"[A-Za-z][A-Za-z0-9_\-]{0,63}", source) else asked.id
    sketch.changed(source, title, "hidden", parameter=asked.shape["parameter"])
    return asked


def bounds(asked: Asked, sketch: Sketch, least: int | None, most: int | None) -> None:
    """Bound how many options are chosen, within what our question allows."""
    options = asked.shape.get("options", [])
    count = len(options) + bool(asked.shape.get("other"))
    together = count - sum(bool(option.get("exclusive")) for option in options)
    if least is not None and 1 <= least <= together and (asked.shape["type"] == "choices" or least >= 1):
        asked.shape["least"] = least
    elif least:
        sketch.left_out(asked.source, asked.name, "limit", name=f">= {least}")
    if most is not None and asked.shape["type"] == "choices":
        if max(asked.shape.get("least", 1), 1) <= most <= count:
            asked.shape["most"] = most
        elif most < count:
            sketch.left_out(asked.source, asked.name, "limit", name=f"<= {most}")


def files(
    sketch: Sketch, source: str, title: Text, *, types: Iterable[str], size: float | None, count: int | None
) -> Json:
    """Return how a file question of ours bounds what is sent; ``types`` are extensions, ``size`` is in bytes."""
    wanted = {re.sub(r"[^a-z0-9]", "", one.lower().rpartition("/")[2]) for one in types} - {""}
    kinds = [
        name
        for name, members in (("images", _IMAGES | {"image"}), ("pdf", {"pdf"}), ("office", _OFFICE))
        if not wanted or wanted & members
    ]
    if wanted:
        sketch.changed(source, title, "file_types")
    shape: Json = {"kinds": kinds or ["images", "pdf", "office"]}
    if size is not None and size > 0:
        shape["most_bytes"] = int(min(max(size, 1024), 10 * _MB))
        if size > 10 * _MB:
            sketch.changed(source, title, "file_size", size=10)
    shape["most_files"] = min(max(count or 1, 1), 5)
    if count and count > 5:
        sketch.changed(source, title, "file_count", count=5)
    return shape
