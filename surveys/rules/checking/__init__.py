"""Whether a questionnaire can go out: faults that block it, warnings that somebody should look at.

A fault is certain: what is called unreachable is never shown, whatever anybody answers (a property test walks
at random and looks). Where deciding would take too long, nothing is said.
"""

from collections.abc import Collection

from core.sentences import N_, said
from surveys.rules.checking import consent, reach, references, samples
from surveys.rules.checking.advice import MANY_QUESTIONS, NEEDS_A_NAME
from surveys.rules.checking.advice import warnings as _advice
from surveys.rules.checking.contrast import contrast, is_readable
from surveys.rules.checking.findings import Fault, Names
from surveys.rules.checking.languages import Completeness, completeness
from surveys.rules.checking.notices import missing_parts
from surveys.rules.checking.outline import Outline, Spot
from surveys.rules.definition import Definition
from surveys.rules.describe import short
from surveys.rules.texts import DEFAULT_LANGUAGE, Localised

__all__ = [
    "MANY_QUESTIONS",
    "NEEDS_A_NAME",
    "Completeness",
    "Fault",
    "Names",
    "completeness",
    "contrast",
    "faults",
    "is_readable",
    "missing_parts",
    "warnings",
]


def faults(
    definition: Definition, *, hosts: Collection[str] = (), has_notice: bool = True
) -> tuple[Fault, ...]:
    """Return everything that forbids asking with this definition.

    ``hosts`` are the domains to which an ending may lead; ``has_notice`` says whether a privacy notice goes with
    it, without which nothing is published (D-23).
    """
    outline = Outline(definition)
    pointing = [*references.faults(outline, hosts), *reach.loops(outline)]
    # An option that is not there is why the condition never holds: that is said once.
    explained = {fault.where for fault in pointing if fault.code == "unknown_option"}
    ways = reach.Reach(outline)
    found = [
        *pointing,
        *(fault for fault in ways.faults if fault.where not in explained),
        *consent.faults(ways),
        *samples.faults(outline),
        *_of_chinese(outline),
    ]
    if not has_notice:
        found.append(
            Fault("notice", said(N_("还没有隐私告知书；请先发布一版隐私告知书，问卷才能提交和发布")))
        )
    return tuple(found)


def warnings(definition: Definition) -> tuple[Fault, ...]:
    """Return what is worth a look before asking with this definition; compliance first."""
    outline = Outline(definition)
    return (*_advice(outline), *reach.Reach(outline).warnings)


def _of_chinese(outline: Outline) -> list[Fault]:
    if DEFAULT_LANGUAGE not in outline.definition.title:
        return [Fault("chinese", said(N_("问卷没有简体中文版；请先写好简体中文，再翻译成其他语言")))]
    missing = [
        _without_chinese(spot, text)
        for spot, _path, text in outline.texts()
        if not text.get(DEFAULT_LANGUAGE, "").strip()
    ]
    return list(dict.fromkeys(missing))


def _without_chinese(spot: Spot, text: Localised) -> Fault:
    """Return that a text has no Chinese, naming it by what it says in another language."""
    words = next((words for words in text.values() if words.strip()), "")
    if not words:
        return spot.fault("chinese", N_("%(spot)s有一处文字缺少简体中文"))
    return spot.fault("chinese", N_("%(spot)s的文字“%(text)s”缺少简体中文"), text=short(words))
