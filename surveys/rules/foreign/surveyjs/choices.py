"""The options of SurveyJS questions: values with texts, and the special items beside them."""

from surveys.rules.foreign import kinds, words
from surveys.rules.foreign.sketch import Asked, Json, Sketch, Text
from surveys.rules.foreign.surveyjs.said import Speaker

_SPECIAL = (
    # names of the switches, the item's value, its text, our word where the file has none
    (("hasNone", "showNoneItem"), "none", "noneText", "none"),
    (("showRefuseItem",), "refused", "refuseText", None),
    (("showDontKnowItem",), "dontknow", "dontKnowText", None),
)
_STANDARD = {
    "refused": {"zh-Hans": "不愿回答", "en": "Refuse to answer"},
    "dontknow": {"zh-Hans": "不知道", "en": "Don't know"},
}


class Choices:
    """Reads the options of one survey's questions."""

    def __init__(self, sketch: Sketch, speaker: Speaker, by_name: dict[str, Json]) -> None:
        self.sketch = sketch
        self.speaker = speaker
        self.by_name = by_name
        self.conditions: list[tuple[Asked, str, str]] = []
        """Questions, option ids and the expressions under which the options are offered."""

    def items(self, listed: object, element: str) -> list[tuple[str, Text, str]]:
        """Return codes, labels and conditions of a list of items, however they are written."""
        found = []
        for item in kinds.listed(listed):
            if isinstance(item, dict):
                code = kinds.code(item.get("value"))
                label = self.speaker.said(item.get("text"), element) or self.speaker.said(code, element)
                condition = kinds.string(item.get("visibleIf")) or kinds.string(item.get("enableIf"))
            else:
                written = kinds.code(item)
                code, bar, text = written.partition("|")
                label, condition = self.speaker.said(text if bar else code, element), ""
            if code:
                found.append((code, label, condition))
        return found

    def of(self, element: Json, source: str, title: Text) -> list[tuple[str, Text, str]]:
        """Return the items of a question, taken from another question where the file says so."""
        own = self.items(element.get("choices"), source)
        origin = kinds.string(element.get("choicesFromQuestion"))
        if origin and not own:
            own = self.items(kinds.record(self.by_name.get(origin)).get("choices"), source)
            mode = kinds.string(element.get("choicesFromQuestionMode")) or "all"
            if mode != "all":
                self.sketch.left_out(source, title, "filter", expression=f"{origin} {mode}")
        address = kinds.record(element.get("choicesByUrl")).get("url")
        if address:
            self.sketch.left_out(source, title, "choices_elsewhere", source=address)
        for rule in ("choicesVisibleIf", "choicesEnableIf", "rowsVisibleIf", "columnsVisibleIf"):
            if element.get(rule):
                self.sketch.left_out(source, title, "filter", expression=element[rule])
        low, high = kinds.number(element.get("choicesMin")), kinds.number(element.get("choicesMax"))
        if not own and low is not None and high is not None and low < high:
            step = kinds.number(element.get("choicesStep")) or 1
            count = int((high - low) / step) + 1 if step > 0 else 0
            for place in range(min(count, 500)):
                code = kinds.code(low + place * step)
                own.append((code, self.speaker.said(code, source), ""))
        if kinds.string(element.get("choicesOrder")) in {"asc", "desc"}:
            self.sketch.left_out(source, title, "limit", name=f"choicesOrder {element['choicesOrder']}")
        return own

    def options(
        self, element: Json, source: str, title: Text, *, several: bool
    ) -> tuple[list[Json], dict[str, str], Text, list[tuple[str, str]]]:
        """Return options, codes, the label of "other" and conditions (option id, expression) of a question."""
        items = self.of(element, source, title)
        special = []
        for switches, value, text, word in _SPECIAL:
            if any(element.get(switch) is True for switch in switches):
                own = self.speaker.said(element.get(text), source)
                known = (
                    words.said(word, self.sketch.languages) if word else self.speaker.own(_STANDARD[value])
                )
                items.append((value, own or known, ""))
                special.append(value)
        other: Text = {}
        if element.get("hasOther") is True or element.get("showOtherItem") is True:
            other = self.speaker.said(element.get("otherText"), source) or words.said(
                "other", self.sketch.languages
            )
        options, codes = self.sketch.options(
            source, [(code, label) for code, label, _condition in items if code != "other" or not other]
        )
        for value in special:
            if several:
                next(option for option in options if option["id"] == codes[value])["exclusive"] = True
                self.sketch.changed(source, title, "option_none")
        if element.get("hasSelectAll") is True or element.get("showSelectAllItem") is True:
            self.sketch.left_out(source, title, "select_all")
        conditions = [
            (codes[code], condition) for code, _label, condition in items if condition and code in codes
        ]
        return options, codes | ({"other": "other"} if other else {}), other, conditions
