"""Sensitive personal information needs a consent of its own, given before (PIPL art. 28 and 29, D-25).

A consent counts for a question if nobody comes to the question without having given it: the question is shown
only after agreement, or the consent is required and stands on every way to the question. What opens an account
(passwords, one-time codes, the security code of a card) is never asked for, whoever agrees.
"""

from collections.abc import Iterator, Sequence

from core.sentences import N_, Named, Sentence, Value, said
from surveys.rules.checking import words
from surveys.rules.checking.findings import Fault
from surveys.rules.checking.outline import Outline
from surveys.rules.checking.reach import Reach
from surveys.rules.conditions import Condition, Test
from surveys.rules.definition import Page
from surveys.rules.questions import Question

REFERENCE = Named(
    "《个人信息保护法》第二十八、二十九条", "Personal Information Protection Law, articles 28 and 29"
)
SECRETS = "secrets"
"""The group of words for what may not be asked for at all."""

_WRITTEN = frozenset({"words", "file"})
"""Kinds of question in which customers give whatever the title names."""


def faults(reach: Reach) -> Iterator[Fault]:
    """Yield the questions that ask for secrets, and the sensitive ones that come to people who have not agreed."""
    outline = reach.outline
    before: list[tuple[Page, Question]] = []
    for page in outline.definition.pages:
        for question in page.questions:
            if question.type == "consent":
                before.append((page, question))
                continue
            yield from _of_secrets(outline, page, question)
            kind = sensitivity(question)
            if kind is None:
                continue
            if outline.definition.anonymous and question.secret:
                yield outline.at_question(page, question).fault(
                    "anonymous",
                    N_("%(spot)s会收集%(kind)s，而这份问卷声明匿名；请去掉这一题，或取消匿名"),
                    kind=kind,
                )
            else:
                yield from _of_consents(reach, page, question, kind, before)


def doubts(outline: Outline) -> Iterator[Fault]:
    """Yield the questions that speak of sensitive matters without plainly asking for data, before any consent."""
    for page in outline.definition.pages:
        for question in page.questions:
            if question.type == "consent":
                return
            group = _found(question, sure=False)
            if group is not None and sensitivity(question) is None:
                yield outline.at_question(page, question).fault(
                    "sensitive",
                    N_("%(spot)s提到%(kind)s；如果客户的回答会包含这类信息，请在它之前加一道“同意”题"),
                    kind=_kind(question, group),
                )


def vague(outline: Outline) -> Iterator[Fault]:
    """Yield the sensitive questions whose consents, all that stand before, do not say what they are a consent to."""
    consents: list[str] = []
    for page in outline.definition.pages:
        for question in page.questions:
            if question.type == "consent":
                consents += [words for _path, text in question.texts() for words in text.values()]
                continue
            group = _found(question, sure=True)
            if group is not None and consents and not any(map(group.is_named_in, consents)):
                yield outline.at_question(page, question).fault(
                    "vague_consent",
                    N_(
                        "%(spot)s涉及%(kind)s，但它之前的同意题没有写明会收集这类信息；"
                        "请在同意题里写清楚收集什么、用来做什么（%(law)s）"
                    ),
                    kind=_kind(question, group),
                    law=REFERENCE,
                )


def sensitivity(question: Question) -> Value | None:
    """Return what kind of personal information a question plainly asks for, None if it asks for none."""
    group = _found(question, sure=True)
    if group is not None:
        return _kind(question, group)
    return said(N_("个人信息")) if question.secret and question.shown else None


def asked(question: Question) -> Iterator[str]:
    """Yield what a question asks for in every language: its title and its rows, not its hints and options."""
    yield from question.title.values()
    for row in getattr(question, "rows", ()):
        yield from row.label.values()


def _found(question: Question, *, sure: bool) -> words.Group | None:
    if not (question.asks and question.shown) or question.type == "consent":
        return None
    for group in words.groups():
        texts = (text for text in asked(question) if group.sensitive and group.hits(text))
        if any(not (sure and group.only_judges(text)) for text in texts):
            return group
    return None


def _kind(question: Question, group: words.Group) -> Sentence:
    """Return what the matter is called, with the word of the question that it was seen by."""
    word = next(hit for text in asked(question) for hit in group.hits(text))
    return said(N_("“%(word)s”（%(kind)s）"), word=word, kind=group.named)


def _of_secrets(outline: Outline, page: Page, question: Question) -> Iterator[Fault]:
    """Yield a question that asks for what opens an account, in its title, rows or hint."""
    if not (question.asks and question.shown):
        return
    group = words.group(SECRETS)
    for said_so in (*asked(question), *(question.hint or {}).values()):
        text = words.without_refusals(said_so)
        hits = group.hits(text)
        # To tick how pleasant a password is to change tells nobody the password.
        asks = words.demands(text) or (question.type in _WRITTEN and not group.only_judges(text))
        if hits and asks:
            yield outline.at_question(page, question).fault(
                SECRETS,
                N_(
                    "%(spot)s要求填写“%(word)s”；密码、验证码和卡片安全码任何时候都不得收集，客户同意也不行，请删去"
                ),
                word=hits[0],
            )
            return


def _of_consents(
    reach: Reach, page: Page, question: Question, kind: Value, before: list[tuple[Page, Question]]
) -> Iterator[Fault]:
    """Yield why no consent that stands ``before`` a sensitive question counts for it, if none does."""
    spot = reach.outline.at_question(page, question)
    if not before:
        yield spot.fault(
            "consent",
            N_(
                "%(spot)s涉及%(kind)s，需要先取得单独同意（%(law)s）；"
                "请在它之前加一道非必答的“同意”题，并让这一题只在同意后显示，不同意的客户也能答完问卷"
            ),
            kind=kind,
            law=REFERENCE,
        )
        return
    given = _conditions(page, question)
    passed = [one for home, one in before if _is_passed(reach, home, one, page, given)]
    if any(one.required for one in passed) or any(
        reach.certain(given, Test.model_validate({"of": one.id, "is": "answered"})) for _home, one in before
    ):
        return
    if passed:
        yield spot.fault(
            "consent",
            N_(
                "%(spot)s涉及%(kind)s，客户不同意时也会问到它；"
                "请让这一题只在同意后显示；也可以把%(consent)s设为必答，但不同意的客户就无法答完"
            ),
            kind=kind,
            consent=reach.outline.names.question(passed[-1]),
        )
    else:
        yield spot.fault(
            "consent",
            N_(
                "%(spot)s涉及%(kind)s，有的客户没有经过%(consent)s就会问到它；"
                "请让这一题只在同意后显示，或让每一条通往它的路都先经过必答的同意题"
            ),
            kind=kind,
            consent=reach.outline.names.question(before[-1][1]),
        )


def _is_passed(reach: Reach, home: Page, consent: Question, page: Page, given: Sequence[Condition]) -> bool:
    """Say whether everybody who comes to ``page`` and fulfils ``given`` was shown the consent of page ``home``."""
    pages = reach.outline.definition.pages
    places = {one.id: at for at, one in enumerate(pages)}
    first, last = places[home.id], places[page.id]
    leaps = any(first < places.get(jump.to, 0) <= last for one in pages[:first] for jump in one.jumps)
    return not leaps and all(reach.certain(given, condition) for condition in _conditions(home, consent))


def _conditions(page: Page, question: Question) -> tuple[Condition, ...]:
    return tuple(condition for condition in (page.show, question.show) if condition is not None)
