"""Random questionnaires and random ways through them, for hypothesis.

A questionnaire is drawn as the JSON that an author's tool would write; the fields sent are a mixture of
what a person would choose, what they would leave out, and rubbish.
"""

from typing import Any

from hypothesis import strategies as st

from surveys.rules.definition import Definition

Json = dict[str, Any]

KINDS = (
    "nps", "csat", "ces", "rating", "choice", "choices", "dropdown", "cascader", "matrix", "ranking", "words",
    "slider", "date", "consent", "section", "hidden",
)  # fmt: skip
_WORDS = st.sampled_from(
    ["很快", "等了一个月，没人管", "一般", "OK", "<b>粗体</b>", "{{q1_1}}", "  ", "慢" * 40]
)
_RUBBISH = st.one_of(st.text(max_size=12), st.sampled_from(["-1", "99", "NaN", "1e9", "o9", "\x00", "１"]))


def said(text: str) -> dict[str, str]:
    """Return a text in two languages."""
    return {"zh-Hans": text, "en": f"{text} (en)"}


@st.composite
def options(draw: st.DrawFn, least: int = 2, most: int = 5, *, exclusive: bool = False) -> list[Json]:
    """Draw options o1, o2, …, perhaps with points, perhaps the last one exclusive."""
    number = draw(st.integers(least, most))
    drawn: list[Json] = [{"id": f"o{n}", "label": said(f"选项{n}")} for n in range(1, number + 1)]
    for option in drawn:
        if draw(st.booleans()):
            option["points"] = draw(st.integers(-3, 10))
    if exclusive and draw(st.booleans()):
        drawn[-1]["exclusive"] = True
    return drawn


@st.composite
def question(draw: st.DrawFn, name: str, kinds: tuple[str, ...] = KINDS) -> Json:
    """Draw one question called ``name``."""
    kind = draw(st.sampled_from(kinds))
    drawn: Json = {"type": kind, "id": name, "title": said(f"问题 {name}")}
    if kind not in {"section", "hidden"}:
        drawn["required"] = draw(st.booleans())
    return drawn | draw(_details(kind))


@st.composite
def _details(draw: st.DrawFn, kind: str) -> Json:  # noqa: C901, PLR0911 - one branch for each kind
    if kind == "nps":
        return {"low": said("完全不可能"), "high": said("非常可能")}
    if kind == "rating":
        return {"highest": draw(st.integers(2, 10))}
    if kind in {"choice", "dropdown"}:
        other = {"other": said("其他")} if draw(st.booleans()) else {}
        return {"options": draw(options())} | other
    if kind == "choices":
        drawn = draw(options(exclusive=True))
        plain = sum(not option.get("exclusive") for option in drawn)
        least = draw(st.integers(0, plain))
        return {"options": drawn, "least": least, "most": draw(st.integers(max(least, 1), len(drawn)))}
    if kind == "cascader":
        tree = draw(options(2, 3))
        tree[0]["children"] = [
            option | {"id": f"o1_{place}"} for place, option in enumerate(draw(options(2, 3)), 1)
        ]
        return {"tree": tree}
    if kind == "matrix":
        mode = draw(st.sampled_from(["single", "multiple", "rating"]))
        rows = [{"id": f"r{n}", "label": said(f"行{n}")} for n in range(1, draw(st.integers(1, 3)) + 1)]
        rest = {"highest": draw(st.integers(2, 7))} if mode == "rating" else {"columns": draw(options())}
        return {"mode": mode, "rows": rows} | rest
    if kind == "ranking":
        return {"options": draw(options(2, 4))}
    if kind == "words":
        return {"format": draw(st.sampled_from(["text", "text", "mobile", "email", "number", "policy"]))}
    if kind == "slider":
        return {"lowest": 0, "highest": 100, "step": draw(st.sampled_from([1, 5, 10]))}
    if kind in {"consent", "section"}:
        return {"text": said("请阅读")}
    return {"parameter": "agent"} if kind == "hidden" else {}


@st.composite
def condition(draw: st.DrawFn, earlier: list[Json], deep: int = 2) -> Json:
    """Draw a condition over questions asked before."""
    if deep and draw(st.integers(0, 3)) == 0:
        group = draw(st.sampled_from(["all", "any", "none"]))
        return {group: draw(st.lists(condition(earlier, deep - 1), min_size=1, max_size=3))}
    asked = draw(st.sampled_from(earlier))
    return draw(_test(asked))


@st.composite
def _test(draw: st.DrawFn, asked: Json) -> Json:
    kind, name = asked["type"], asked["id"]
    if kind == "matrix":
        name = f"{name}.{asked['rows'][0]['id']}"
    if kind in {"nps", "csat", "ces", "rating", "slider"}:
        operator = draw(
            st.sampled_from(["equals", "differs", "below", "at_most", "above", "at_least", "between"])
        )
        low = draw(st.integers(0, 10))
        than: Any = [low, low + draw(st.integers(0, 5))] if operator == "between" else low
        return {"of": name, "is": operator, "than": than}
    if "options" in asked and draw(st.booleans()):
        chosen = [option["id"] for option in asked["options"]]
        operator = draw(st.sampled_from(["includes", "excludes", "includes_any", "includes_all", "equals"]))
        many = draw(st.lists(st.sampled_from(chosen), min_size=1, max_size=2, unique=True))
        return {"of": name, "is": operator, "than": many if operator.startswith("includes_") else many[0]}
    return {"of": name, "is": draw(st.sampled_from(["answered", "unanswered"]))}


@st.composite
def documents(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS, most_pages: int = 4) -> Json:
    """Draw a questionnaire as JSON: pages with show conditions, jumps ahead, a variable that is counted."""
    names = [f"page{n}" for n in range(1, draw(st.integers(1, most_pages)) + 1)]
    pages: list[Json] = []
    earlier: list[Json] = []
    for number, name in enumerate(names, 1):
        page: Json = {"id": name, "questions": []}
        before = list(earlier)
        if before and draw(st.integers(0, 3)) == 0:
            page["show"] = draw(condition(before))
        for place in range(1, draw(st.integers(1, 3)) + 1):
            drawn = draw(question(f"q{number}_{place}", kinds))
            if earlier and drawn["type"] != "hidden":
                rules = ("show",) if drawn["type"] == "section" else ("show", "require")
                for rule in rules:
                    if draw(st.integers(0, 3)) == 0:
                        drawn[rule] = draw(condition(earlier))
            page["questions"].append(drawn)
            if drawn["type"] not in {"section", "consent", "cascader", "hidden"}:
                earlier.append(drawn)
        ahead = [*names[number:], "end"]
        if earlier and draw(st.integers(0, 2)) == 0:
            page["jumps"] = [{"when": draw(condition(earlier)), "to": draw(st.sampled_from(ahead))}]
        if earlier and draw(st.integers(0, 2)) == 0:
            page["sets"] = [{"when": draw(condition(earlier)), "variable": "points", "op": "add", "value": 1}]
        pages.append(page)
    stale = {"en": {"survey.title": "旧标题"}} if draw(st.integers(0, 4)) == 0 else None
    return ({"outdated": stale} if stale else {}) | {
        "title": said("随机问卷"),
        "layout": draw(st.sampled_from(["page", "single"])),
        "pages": pages,
        "variables": [{"id": "points", "kind": "number", "start": 0}],
        "endings": [
            {"id": "high", "when": {"of": "var.points", "is": "at_least", "than": 1}, "title": said("高")},
            {"id": "plain", "title": said("谢谢")},
        ],
    }


def definitions(kinds: tuple[str, ...] = KINDS, most_pages: int = 4) -> st.SearchStrategy[Definition]:
    """Draw questionnaires."""
    return documents(kinds, most_pages).map(Definition.model_validate)


@st.composite
def sent(draw: st.DrawFn, definition: Definition, *, rubbish: bool = True) -> dict[str, list[str]]:
    """Draw the fields of somebody who answers, leaves out, and (if asked for) sends rubbish."""
    fields: dict[str, list[str]] = {}
    for asked in definition.questions:
        if draw(st.integers(0, 4)) == 0:
            continue
        fields.update(draw(answer_fields(asked)))
        if rubbish and draw(st.integers(0, 9)) == 0:
            fields[asked.id] = draw(st.lists(_RUBBISH, max_size=3))
    if rubbish and draw(st.booleans()):
        fields["nobody_asked"] = ["x"]
    return fields


@st.composite
def answer_fields(draw: st.DrawFn, asked: Any) -> dict[str, list[str]]:  # noqa: ANN401, C901, PLR0911, PLR0912
    """Draw the fields of one acceptable answer to a question of any kind."""
    name, kind = asked.id, asked.type
    if kind in {"nps", "csat", "ces", "rating"}:
        return {name: [str(draw(st.integers(asked.lowest, asked.highest)))]}
    if kind in {"choice", "dropdown"}:
        return {name: [draw(st.sampled_from([option.id for option in asked.options]))]}
    if kind == "choices":
        plain = [option.id for option in asked.options if not option.exclusive]
        least, most = max(asked.least or 0, 1), min(asked.most or len(plain), len(plain))
        if least > most:
            return {}
        return {name: draw(st.lists(st.sampled_from(plain), min_size=least, max_size=most, unique=True))}
    if kind == "cascader":
        first = draw(st.sampled_from(asked.tree))
        path = [first.id]
        if first.children:
            path.append(draw(st.sampled_from(first.children)).id)
        return {f"{name}.{place}": [part] for place, part in enumerate(path)}
    if kind == "matrix":
        fields = {}
        for row in asked.rows:
            if asked.mode == "rating":
                fields[f"{name}.{row.id}"] = [str(draw(st.integers(1, asked.highest)))]
            else:
                fields[f"{name}.{row.id}"] = [draw(st.sampled_from([c.id for c in asked.columns_]))]
        return fields
    if kind == "ranking":
        order = draw(st.permutations([option.id for option in asked.options]))
        return {f"{name}.{option}": [str(rank)] for rank, option in enumerate(order, 1)}
    if kind == "words":
        good = {
            "mobile": "13800138000",
            "email": "zhang@example.cn",
            "number": "12",
            "policy": "PL2026000123",
        }
        return {name: [good.get(asked.format) or draw(_WORDS)]}
    if kind == "slider":
        return {name: [str(draw(st.integers(0, 10)) * 10)]}
    if kind == "date":
        return {name: ["2026-06-10"]}
    if kind == "consent":
        return {name: ["1"]}
    return {name: ["A-17"]} if kind == "hidden" else {}
