"""One page of a questionnaire as its template reads it, and the friendly messages beside it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from core import clock, db
from surveys.public.addresses import LARGE, choices_url, image_url, size, with_arguments
from surveys.queries import answering as queries
from surveys.queries.answering import Kept
from surveys.rules import phrases, piping
from surveys.rules.definition import Definition, Theme
from surveys.rules.judging import judge
from surveys.rules.logic import NO_FACTS, Facts, View, Walk
from surveys.rules.questions import CascaderQuestion, Option, Question
from surveys.rules.quoting import quoting
from surveys.rules.readings import Mistake, Sent
from surveys.rules.stamps import stamp
from surveys.rules.texts import DEFAULT_LANGUAGE, Language, Localised, say
from surveys.rules.tongues import own_name
from surveys.services.files import Upload

LOCALES = {"zh-Hans": "zh_Hans", "en": "en"}

# Where Chinese is written with traditional characters; everybody else who asks for Chinese reads simplified ones.
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


@dataclass(frozen=True, slots=True)
class Check:
    """A small sum that somebody in doubt is asked: the field's name, the question, what was wrong before."""

    field: str
    text: str
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One visible question with what its template needs beside it."""

    question: Question
    required: bool
    mistake: str | None = None
    new: bool = False
    options: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    levels: tuple[tuple[tuple[str, str], ...], ...] = ()
    earliest: str = ""
    latest: str = ""
    files: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Everything that ``surveys/answer/page.html`` reads."""

    language: Language
    words: phrases.Words
    text: Callable[[Localised], str]
    sent: Sent
    title: str
    intro: str | None
    heading: str | None
    questions: tuple[Shown, ...]
    carried: Mapping[str, str]
    action: str
    number: int = 1
    total: int = 1
    about: bool = False
    first: bool = True
    last: bool = True
    trap: str | None = None
    upload_url: str | None = None
    anonymous: bool = False
    notice_url: str | None = None
    notice: tuple[str, list[str]] | None = None
    check: Check | None = None
    ended: str | None = None
    children_url: Callable[[Question], str] | None = None
    image_url: Callable[[str], str] | None = None
    saved: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a page: where it posts, what it carries, what else its frame shows.

    ``url`` returns the address of a page by its id. ``key_hash`` fixes the order of shuffled options and seals
    the stamp of showing.
    """

    key_hash: bytes
    url: Callable[[str | None], str]
    carried: Mapping[str, str] = field(default_factory=dict)
    upload_url: str | None = None
    opt_out_url: str | None = None
    trap: str | None = None
    check: Check | None = None
    late: bool = False
    frame: Mapping[str, object] = field(default_factory=dict)


def render_page(
    kept: Kept,
    walked: Walk,
    view: View,
    *,
    language: Language,
    sent: Sent,
    around: Around,
    facts: Facts = NO_FACTS,
    mistakes: Mapping[str, Mistake] | None = None,
    uploads: Mapping[str, Sequence[Upload]] | None = None,
    saved: str | None = None,
    new: Collection[str] = (),
) -> str:
    """Return one page of a questionnaire with what was sent before, each mistake beside its question.

    ``new`` are the ids of questions that the answers just sent have called up; the page says so. ``saved`` names the
    phrase that says that earlier answers were kept.
    """
    definition = kept.definition
    quote = quoting(definition, walked, facts, language)

    def text(localised: Localised) -> str:
        return piping.pipe(say(localised, language), quote)

    place = [step.id for step in walked.steps].index(view.id)
    wrong = {name: phrases.mistake(language, mistake, text) for name, mistake in (mistakes or {}).items()}
    shown = tuple(
        _shown(question, view, language, sent, around.key_hash, wrong.get(question.id), uploads or {}, new)
        for question in view.questions
    )
    files = any(question.type == "file" for question in view.questions)
    page = AnswerPage(
        language=language,
        words=phrases.words(language),
        text=text,
        sent=sent,
        title=text(definition.title),
        intro=text(definition.intro) if definition.intro and place == 0 else None,
        heading=text(view.page.title) if view.page.title else None,
        questions=shown,
        carried=_carried(kept, view, language, sent, around),
        action=with_arguments(around.url(view.id), **size()),
        number=place + 1,
        total=len(walked.steps),
        about=kept.branching,
        first=place == 0,
        last=place == len(walked.steps) - 1,
        trap=around.trap,
        upload_url=around.upload_url if files else None,
        anonymous=definition.anonymous,
        notice_url=with_arguments(url_for("public.notice", number=kept.notice), lang=language, **size())
        if kept.notice
        else None,
        notice=_notice(kept.notice, language) if around.frame.get("kiosk") else None,
        check=around.check,
        ended=_ended(language) if around.late else None,
        children_url=lambda question: choices_url(kept.version_id, question),
        image_url=image_url,
        saved=saved,
        kept=kept.several,
    )
    here = around.url(view.id)
    stop = around.opt_out_url
    return render_template(
        "surveys/answer/page.html",
        page=page,
        **frame(language, here),
        languages=switches(definition.languages(), language, here),
        **look_of(kept),
        opt_out_url=with_arguments(stop, lang=language, **size()) if stop else None,
        **around.frame,
    )


def preview(
    definition: Definition,
    *,
    version_id: int,
    language: Language,
    page_id: str | None = None,
    sent: Sent | None = None,
    facts: Facts = NO_FACTS,
) -> str:
    """Return a page as customers will see it, of a draft too; it posts nowhere.

    ``page_id`` is the page (or, one question a page, the question) to look at, or the first one; what is not on
    the way that ``sent`` leads to shows the first one too.
    """
    verdict = judge(definition, sent or {}, facts)
    walked = verdict.walk
    view = (walked.step(page_id) if page_id else None) or (walked.steps[0] if walked.steps else None)
    if view is None:
        return message("thanks")[0]
    return render_page(
        Kept(version_id, 0, definition),
        walked,
        view,
        language=language,
        sent=sent or {},
        facts=facts,
        around=Around(key_hash=b"preview", url=lambda _page: "#"),
    )


def message(
    kind: str, status: int = 200, language: Language | None = None, **more: object
) -> tuple[str, int]:
    """Return one of the friendly pages, the same whoever asks; without a language in that of the address.

    What was sent is not looked at: it may be what the message is about.
    """
    spoken = language or choose_among(list(phrases.languages()), request.args.get("lang"))
    return render_template("answer/message.html", kind=kind, **frame(spoken), **more), status


def frame(language: Language, here: str | None = None) -> dict[str, Any]:
    """Return what surrounds every page of a customer: the insurer, the number to call, the size of letters.

    ``here`` is the page's own address where it is another one than that of the request.
    """
    settings = current_app.config["SETTINGS"]
    speak(language)
    large = request.args.get(LARGE) == "1"
    if here in {None, "#"}:
        here = with_arguments(request.path, **{n: v for n, v in request.args.items() if n != LARGE})
    return {
        "insurer": settings.huisheng_company,
        "insurer_phone": settings.huisheng_phone,
        "language": language,
        "large_type": large,
        "large_type_url": with_arguments(str(here), **({} if large else {LARGE: "1"})),
    }


def speak(language: Language) -> None:
    """Let what gettext says on this page be in the customer's language, where there is a catalogue."""
    g.language = LOCALES.get(language, "zh_Hans")


def chosen() -> tuple[str | None, str | None]:
    """Return the languages that the address asks for and that the page just sent was in, if that can be read."""
    return request.args.get("lang"), sent_along("_language")


def sent_along(name: str) -> str | None:
    """Return a field of the form; None also of a form too large to be read, which whoever takes it will say."""
    try:
        return request.form.get(name)
    except RequestEntityTooLarge:
        return None


def choose_language(definition: Definition, *wishes: str | None) -> Language:
    """Return the first wish that the survey speaks, then the browser's, then Chinese."""
    return choose_among(definition.languages(), *wishes)


def choose_among(languages: Sequence[Language], *wishes: str | None) -> Language:
    """Return the first wish that is among some languages, then what the browser prefers, then Chinese."""
    for wish in wishes:
        if wish is not None and wish in languages:
            return wish
    for tag, _quality in request.accept_languages:
        found = _matching(tag, languages)
        if found is not None:
            return found
    return DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in languages else languages[0]


def _matching(tag: str, languages: Sequence[Language]) -> Language | None:
    """Return the language that a browser's tag means: ``zh-TW`` is zh-Hant, ``en-GB`` is en."""
    parts = tag.lower().replace("_", "-").split("-")
    if parts[0] == "zh":
        wanted = "zh-Hant" if _TRADITIONAL & set(parts[1:]) else "zh-Hans"
        return wanted if wanted in languages else next((x for x in languages if x.startswith("zh")), None)
    exact = next((x for x in languages if x.lower() == tag.lower()), None)
    return exact or next((x for x in languages if x.lower().partition("-")[0] == parts[0]), None)


def switches(languages: Sequence[Language], current: Language, url: str) -> list[dict[str, Any]]:
    """Return where a page is found in each of its languages, each under its own name for itself."""
    names = phrases.languages()
    return [
        {
            "code": code,
            "label": names.get(code) or own_name(code),
            "url": with_arguments(url, lang=code, **size()),
            "current": code == current,
        }
        for code in languages
    ]


def look_of(kept: Kept) -> dict[str, Any]:
    """Return the survey's own style sheet and logo, for pages and messages."""
    theme = kept.definition.theme
    plain = theme.model_copy(update={"logo": None}) == Theme()
    return {
        "theme_url": None if plain else url_for("public.theme", version_id=kept.version_id),
        "logo_url": image_url(theme.logo) if theme.logo else None,
    }


def paragraphs(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line for line in text.splitlines() if line.strip()]


def _ended(language: Language) -> str:
    """Return what is said above answers that came after the end: they are not sent, and whom to call."""
    words, phone = phrases.words(language)["messages"], current_app.config["SETTINGS"].huisheng_phone
    return words["ended_call"].format(phone=phone) if phone else words["ended"]


def _notice(number: int | None, language: Language) -> tuple[str, list[str]] | None:
    """Return the privacy notice itself: following a link on a shared device would leave the questionnaire."""
    if number is None:
        return None
    with db.single_statements() as connection:
        found = queries.notice(connection, number)
    if found is None:
        return None
    language = choose_among(list(found.title), language)
    return say(found.title, language), paragraphs(say(found.body, language))


def _carried(kept: Kept, view: View, language: Language, sent: Sent, around: Around) -> dict[str, str]:
    asked = [question.id for question in view.questions if question.asks]
    hidden = {
        question.id: sent[question.id][0]
        for question in kept.definition.questions
        if question.type == "hidden" and sent.get(question.id)
    }
    return {
        "_version": str(kept.version_id),
        "_language": language,
        "_page": view.id,
        "_shown": stamp(around.key_hash, view.id, clock.now()),
        "_asked": " ".join(asked),
        **hidden,
        **around.carried,
    }


def _shown(
    question: Question,
    view: View,
    language: Language,
    sent: Sent,
    seed: bytes,
    mistake: str | None,
    uploads: Mapping[str, Sequence[Upload]],
    new: Collection[str],
) -> Shown:
    more: dict[str, Any] = {}
    if question.type == "matrix":
        more = {"options": question.columns_, "rows": question.rows}
    elif question.type in {"choice", "choices", "dropdown", "image_choice", "ranking"}:
        more = {"options": question.offered(seed)}
    elif question.type == "cascader":
        more = {"levels": _levels(question, language, sent)}
    elif question.type == "date":
        first, last = question.first(), question.last()
        more = {
            "earliest": first.isoformat() if first else "",
            "latest": last.isoformat() if last else "",
        }
    elif question.type == "file":
        more = {"files": tuple(uploads.get(question.id, ()))}
    return Shown(question, question.id in view.required, mistake, question.id in new, **more)


def _levels(
    question: CascaderQuestion, language: Language, sent: Sent
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return what each level of a cascade offers, given what is chosen on the one above."""
    levels: list[tuple[tuple[str, str], ...]] = []
    above: str | None = None
    for number in range(1, question.steps() + 1):
        open_now = number == 1 or above is not None
        ids = question.below(above) if open_now else ()
        levels.append(tuple((one, question.label(one, language)) for one in ids))
        chosen = next(iter(sent.get(f"{question.id}.{number}", ())), "")
        above = chosen if chosen in ids else None
    return tuple(levels)
