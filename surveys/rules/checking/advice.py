"""Warnings: what may be published, but somebody should have looked at it first."""

from collections.abc import Iterator, Sequence

from core.sentences import N_, said
from surveys.rules import piping
from surveys.rules.checking import consent, words
from surveys.rules.checking.contrast import ENOUGH, contrast, is_readable
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.languages import completeness
from surveys.rules.checking.outline import Outline, Spot
from surveys.rules.definition import END, Jump
from surveys.rules.questions import OTHER, Branch, Option, Question
from surveys.rules.texts import DEFAULT_LANGUAGE, say
from surveys.rules.tongues import LanguageName

MANY_QUESTIONS = 20

NEEDS_A_NAME = frozenset({"reward", "marketing"})
"""Warnings of compliance: whoever publishes must put their name to each."""

# What one score cannot answer together: two of these in one scored question are two questions.
_ASPECTS = ("速度", "态度", "专业", "价格", "流程", "结果", "环境", "效率", "时效", "质量", "金额", "材料")
_ONE_SCORE = frozenset({"nps", "csat", "ces", "rating", "slider"})


def warnings(outline: Outline) -> Iterator[Fault]:
    """Yield what is worth a look, compliance first."""
    yield from _of_words(outline)
    yield from consent.doubts(outline)
    yield from consent.vague(outline)
    yield from _of_refusal(outline)
    yield from _of_anonymity(outline)
    yield from _of_languages(outline)
    yield from _of_length(outline)
    yield from _of_theme(outline)
    yield from _of_wording(outline)
    yield from _of_twins(outline)
    yield from _of_jumps(outline)


def _of_words(outline: Outline) -> Iterator[Fault]:
    for group in words.groups():
        if group.where != "texts":
            continue
        found: dict[Spot, dict[str, None]] = {}
        for spot, _path, text in outline.texts():
            for version in text.values():
                for word in group.hits(version):
                    found.setdefault(spot, {})[word] = None
        for spot, hits in found.items():
            yield spot.fault(
                group.code,
                N_("%(spot)s出现%(words)s，可能涉及%(kind)s（%(law)s）。%(advice)s"),
                words="".join(f"“{word}”" for word in hits),
                kind=group.named,
                law=group.law,
                advice=group.advised,
            )


def _of_refusal(outline: Outline) -> Iterator[Fault]:
    for page in outline.definition.pages:
        for question in page.questions:
            kind = consent.sensitivity(question) if question.required else None
            if kind is not None:
                spot = outline.at_question(page, question)
                yield spot.fault(
                    "no_refusal",
                    N_(
                        "%(spot)s必答且涉及%(kind)s，不愿填写的客户将无法提交；"
                        "建议改为选答（《个人信息保护法》第十六条）"
                    ),
                    kind=kind,
                )


def _of_anonymity(outline: Outline) -> Iterator[Fault]:
    if not outline.definition.anonymous:
        return
    for spot, _path, text in outline.texts():
        if any(ref.startswith("customer.") for said in text.values() for ref in piping.refs(said)):
            yield spot.fault(
                "anonymous_piping", N_("%(spot)s引用了客户资料，客户会怀疑问卷是否真的匿名；建议去掉")
            )


def _of_languages(outline: Outline) -> Iterator[Fault]:
    for language, state in completeness(outline.definition).items():
        if language != DEFAULT_LANGUAGE and state.missing:
            yield Fault(
                "language",
                said(
                    N_("%(language)s还有 %(n)s 处没有翻译（已完成 %(done)s/%(total)s），客户会看到简体中文"),
                    language=LanguageName(language),
                    n=len(state.missing),
                    done=state.current,
                    total=state.total,
                ),
            )
        if state.outdated:
            yield Fault(
                "outdated",
                said(
                    N_("%(language)s有 %(n)s 处译文的原文已改，还没有核对，客户看到的可能是旧意思"),
                    language=LanguageName(language),
                    n=len(state.outdated),
                ),
            )


def _of_length(outline: Outline) -> Iterator[Fault]:
    number = sum(question.asks and question.shown for question in outline.definition.questions)
    if number > MANY_QUESTIONS:
        yield Fault(
            "long",
            said(
                N_("问卷共有 %(n)s 道题，超过 %(most)s 道，中途放弃的客户会明显增多"),
                n=number,
                most=MANY_QUESTIONS,
            ),
        )


def _of_theme(outline: Outline) -> Iterator[Fault]:
    accent = outline.definition.theme.accent
    if not is_readable(accent):
        ratio = contrast(accent)
        yield Fault(
            "contrast",
            said(
                N_("主题色 %(colour)s 与白色的对比度只有 %(ratio)s∶1，低于 %(enough)s∶1，老年客户可能看不清"),
                colour=accent,
                ratio=f"{ratio:.1f}",
                enough=f"{ENOUGH:g}",
            ),
        )


def _of_wording(outline: Outline) -> Iterator[Fault]:
    leading = words.group("leading")
    for page in outline.definition.pages:
        for question in page.questions:
            if not question.asks:
                continue
            spot = outline.at_question(page, question)
            hits = [word for text in consent.asked(question) for word in leading.hits(text)]
            if hits:
                yield spot.fault(
                    "leading",
                    N_("%(spot)s的“%(word)s”有引导客户作答之嫌。%(advice)s"),
                    word=hits[0],
                    advice=leading.advised,
                )
            title = say(question.title, DEFAULT_LANGUAGE)
            aspects = [aspect for aspect in _ASPECTS if aspect in title]
            if question.type in _ONE_SCORE and len(aspects) > 1:
                yield spot.fault(
                    "double",
                    N_("%(spot)s同时问了“%(one)s”和“%(other)s”，一个分数说不清；建议拆成两题"),
                    one=aspects[0],
                    other=aspects[1],
                )


def _of_twins(outline: Outline) -> Iterator[Fault]:
    """Yield options of one list that read the same: customers cannot tell them apart, results count them apart."""
    for page in outline.definition.pages:
        for question in page.questions:
            found = dict.fromkeys(label for options in _lists(question) for label in _twins(options))
            if found:
                yield outline.at_question(page, question).fault(
                    "same_options",
                    N_(
                        "%(spot)s有几个选项的文字相同：%(labels)s；客户分不清，结果里也会分开统计，建议改成不同的文字"
                    ),
                    labels="".join(f"“{label}”" for label in found),
                )


def _lists(question: Question) -> Iterator[Sequence[Option]]:
    """Yield what stands beside each other in a question: its options, rows, columns, each level of its tree."""
    other = getattr(question, "other", None)
    own_words = (Option(id=OTHER, label=other),) if other else ()
    yield (*getattr(question, "options", ()), *own_words)
    yield getattr(question, "rows", ())
    yield getattr(question, "columns_", ())
    levels: list[Sequence[Branch]] = [getattr(question, "tree", ())]
    while levels:
        branches = levels.pop()
        yield branches
        levels.extend(branch.children for branch in branches)


def _twins(options: Sequence[Option]) -> Iterator[str]:
    """Yield each text that several options have, in any language.

    Options that all have conditions may be meant for different customers: nothing is said of them.
    """
    alike: dict[tuple[str, str], list[Option]] = {}
    for option in options:
        for language, label in option.label.items():
            if label.strip():
                alike.setdefault((language, " ".join(label.split()).casefold()), []).append(option)
    told: set[str] = set()
    for (language, _label), same in alike.items():
        if len(same) > 1 and any(option.show is None for option in same) and same[0].id not in told:
            told.add(same[0].id)
            yield same[0].label[language].strip()


def _of_jumps(outline: Outline) -> Iterator[Fault]:
    for spot, _page, action in outline.actions():
        if isinstance(action, Jump) and action.ending is not None and action.to != END:
            yield spot.fault("ending_ignored", N_("%(spot)s的跳转没有到结束，它指定的结束页不起作用"))
