"""Sensitive personal information needs a consent of its own, asked before (PIPL art. 28 and 29, D-25)."""

from collections.abc import Iterator

from surveys.rules.checking import words
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Outline
from surveys.rules.conditions import refs
from surveys.rules.definition import Page
from surveys.rules.questions import Question

REFERENCE = "《个人信息保护法》第二十八、二十九条"


def faults(outline: Outline) -> Iterator[Fault]:
    """Yield the sensitive questions that are asked of people who have not agreed to it."""
    consents: dict[str, Question] = {}
    for page in outline.definition.pages:
        for question in page.questions:
            if question.type == "consent":
                consents[question.id] = question
                continue
            why = sensitivity(question)
            if why is None:
                continue
            spot = outline.at_question(page, question)
            if outline.definition.anonymous and question.secret:
                yield spot.fault(
                    "anonymous", f"{spot.name}会收集{why}，而这份问卷声明匿名；请去掉这一题，或取消匿名"
                )
            elif not consents:
                yield spot.fault(
                    "consent",
                    f"{spot.name}涉及{why}，需要先取得单独同意（{REFERENCE}）；请在它之前加一道“同意”题",
                )
            elif not _is_covered(page, question, consents):
                last = outline.names.question(next(reversed(consents.values())))
                yield spot.fault(
                    "consent",
                    f"{spot.name}涉及{why}，客户不同意时也会问到它；请把{last}设为必答，或让这一题只在同意后显示",
                )


def doubts(outline: Outline) -> Iterator[Fault]:
    """Yield the questions that speak of sensitive matters without plainly asking for data, before any consent."""
    for page in outline.definition.pages:
        for question in page.questions:
            if question.type == "consent":
                return
            kind = _named(question, sure=False)
            if kind is not None and sensitivity(question) is None:
                spot = outline.at_question(page, question)
                yield spot.fault(
                    "sensitive",
                    f"{spot.name}提到{kind}；如果客户的回答会包含这类信息，请在它之前加一道“同意”题",
                )


def sensitivity(question: Question) -> str | None:
    """Return what kind of personal information a question plainly asks for, None if it asks for none."""
    return _named(question, sure=True) or ("个人信息" if question.secret and question.shown else None)


def _named(question: Question, *, sure: bool) -> str | None:
    if not (question.asks and question.shown) or question.type == "consent":
        return None
    for group in words.groups():
        texts = (text for text in asked(question) if group.sensitive and group.hits(text))
        if any(not (sure and group.only_judges(text)) for text in texts):
            return group.name
    return None


def asked(question: Question) -> Iterator[str]:
    """Yield what a question asks for in every language: its title and its rows, not its hints and options."""
    yield from question.title.values()
    for row in getattr(question, "rows", ()):
        yield from row.label.values()


def _is_covered(page: Page, question: Question, consents: dict[str, Question]) -> bool:
    looked_at = refs(page.show) | refs(question.show)
    return any(consent.required or name in looked_at for name, consent in consents.items())
