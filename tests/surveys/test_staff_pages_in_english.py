"""Staff who chose English read no Chinese on the pages of surveys, except what people of the insurer wrote."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core import settings
from grid.models import Region
from grid.rules import Role
from journeys.models import Stage, Touchpoint
from surveys import tags
from surveys.counting import store
from surveys.models import AskRule, OpenLink, Survey, SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.texts import LANGUAGES
from surveys.rules.tongues import own_name
from surveys.services import authoring
from tests.surveys.results_world import many
from tests.surveys.test_versions_pages import EVERY_KIND, notice

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]
ZH = "zh-Hans"
CHINESE = re.compile("[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]")


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    store.kept.clear()
    store.lately.clear()
    reader = tags._Registered.reader
    yield
    tags._Registered.reader = reader


@pytest.fixture
def reader(session: Session, login: Login) -> FlaskClient:
    """The browser of an administrator who chose English."""
    made = factories.make_staff(session, name="Robin", role=Role.ADMINISTRATOR, language="en")
    return login(staff=made)


def in_latin(part: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Return a document whose texts, in whichever language, are written in Latin letters."""
    if isinstance(part, dict):
        return {key: in_latin(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [in_latin(value) for value in part]
    if isinstance(part, str):
        return CHINESE.sub(lambda letter: f"{ord(letter[0]):x} ", part)
    return part


def question(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one question of a document, to change it."""
    return next(q for page in document["pages"] for q in page["questions"] if q["id"] == name)


def revised() -> dict[str, Any]:
    """Return the questionnaire of every kind of question with a change of every aspect."""
    document: dict[str, Any] = in_latin(EVERY_KIND)
    document |= {"layout": "single", "anonymous": True, "theme": {"accent": "#005500", "shape": "plain"}}
    document["title"]["fr"] = "Auto"
    document["variables"] = [{"id": "sum", "start": 5}, {"id": "words", "kind": "text", "start": ""}]
    first, second, third = document["pages"]
    first["sets"], first["jumps"] = [], [{"to": "end", "ending": "sorry"}]
    second |= {"title": {ZH: "Details"}, "show": {"of": "nps", "is": "at_least", "than": 2}}
    question(document, "nps")["required"] = False
    question(document, "csat")["style"] = "stars"
    question(document, "ces")["title"] = {ZH: "Was it easy?", "en": "Easy?"}
    question(document, "grid")["rows"].append({"id": "more", "label": {ZH: "More"}})
    question(document, "grid")["columns"][0] |= {"id": "worse"}
    question(document, "photo")["kinds"] = ["images", "pdf", "office"]
    question(document, "day").update(earliest="today-30", latest="today+7")
    question(document, "mobile")["format"] = "email"
    question(document, "why")["require"] = None
    question(document, "some")["most"] = None
    question(document, "one")["options"][0] |= {"points": 1, "exclusive": False, "label": {ZH: "Report"}}
    question(document, "order")["options"].reverse()
    question(document, "list")["type"] = "choice"
    third["questions"].append(first["questions"].pop(3))
    third["questions"].insert(0, third["questions"].pop(1))
    document["endings"][0] |= {"when": None, "redirect": "https://example.com/"}
    return document


@pytest.fixture
def made(session: Session) -> tuple[SurveyVersion, SurveyVersion]:
    """A published version with answers, and the draft that follows it."""
    notice(session)
    definition = Definition.model_validate(in_latin(EVERY_KIND))
    version = authoring.create_survey(session, name="Motor claim", definition=definition, staff_id=None)
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    authoring.publish(session, version_id=version.id, staff_id=None)
    answers = {
        "nps": 3,
        "csat": 2,
        "ces": 4,
        "one": ["a"],
        "some": ["a"],
        "grid.r": ["c"],
        "order": ["b", "a"],
    }
    many(session, version, [answers] * 40)
    following = authoring.start_draft(session, survey_id=version.survey_id, staff_id=None)
    following.definition = Definition.model_validate(revised()).model_dump(mode="json", exclude_none=True)
    session.flush()
    return version, following


def names_of_the_insurer(session: Session) -> list[str]:
    """Return what the insurer named itself, longest first: nobody translates that."""
    found = [*session.scalars(select(Region.name)), *session.scalars(select(Survey.name))]
    found += session.scalars(select(AskRule.name))
    found += session.scalars(select(OpenLink.name))
    found += [*session.scalars(select(Touchpoint.name)), *session.scalars(select(Stage.name))]
    found.append(settings.current().huisheng_company)
    return sorted(set(found), key=len, reverse=True)


def chinese_on(page: str, names: list[str]) -> list[str]:
    """Return what stands in Chinese in the main part of a page, other than these names, with its surroundings."""
    main = html.unescape(page[page.index("<main") : page.index("</main>")])
    for name in (*names, *map(own_name, (*LANGUAGES, "ja"))):
        main = main.replace(name, "")
    return re.findall(f".{{0,40}}{CHINESE.pattern}+.{{0,20}}", main)


PAGES = (
    "/surveys",
    "/surveys/rules/{rule}",
    "/surveys/rules/new",
    "/surveys/suspects",
    "/surveys/new",
    "/surveys/import",
    "/surveys/{survey}",
    "/surveys/versions/{version}",
    "/surveys/versions/{draft}?language=en",
    "/surveys/versions/{draft}/paper?language=en",
    "/surveys/{survey}/diff?from=1&to=2",
    "/surveys/{survey}/diff?from=2&to=1",
    "/surveys/{survey}/quotas",
    "/surveys/{survey}/quotas/new",
    "/surveys/{survey}/results",
    "/surveys/{survey}/results/export",
    "/surveys/{survey}/links",
    "/surveys/{survey}/links/new",
    "/surveys/{survey}/edit",
    "/surveys/{survey}/edit/check",
    "/surveys/{survey}/edit/languages",
)


EDITOR = (
    "look",
    "variables",
    "languages",
    "languages/en",
    "languages/fr",
    "check",
    "pages/p1",
    "pages/p2",
    "pages/p2/new",
    "endings/sorry",
    "when/question.why.show",
    "when/page.p2.show",
    "when/option.one.b.show",
)


def chinese_at(
    session: Session, reader: FlaskClient, made: tuple[SurveyVersion, SurveyVersion], addresses: Iterable[str]
) -> dict[str, list[str]]:
    """Return what is left in Chinese on pages by their address."""
    version, draft = made
    ids = {"survey": version.survey_id, "version": version.id, "draft": draft.id}
    ids["rule"] = session.scalars(select(AskRule.id)).first() or 0
    names, found = names_of_the_insurer(session), {}
    for address in addresses:
        answer = reader.get(address.format(**ids))
        assert answer.status_code == 200, address
        lines = chinese_on(answer.get_data(as_text=True), names)
        if lines:
            found[address] = lines
    return found


def test_the_pages_of_surveys_say_nothing_in_chinese(
    session: Session, reader: FlaskClient, made: tuple[SurveyVersion, SurveyVersion]
) -> None:
    assert chinese_at(session, reader, made, PAGES) == {}


def test_the_editor_says_nothing_in_chinese(
    session: Session, reader: FlaskClient, made: tuple[SurveyVersion, SurveyVersion]
) -> None:
    questions = [f"questions/{one.id}" for one in Definition.model_validate(made[1].definition).questions]
    addresses = [f"/surveys/{{survey}}/edit/{part}" for part in (*EDITOR, *questions)]
    assert chinese_at(session, reader, made, addresses) == {}


def test_titles_stay_as_they_were_written_and_all_around_them_is_english(
    session: Session, reader: FlaskClient
) -> None:
    notice(session)
    definition = Definition.model_validate(EVERY_KIND)
    version = authoring.create_survey(session, name="Motor claim", definition=definition, staff_id=None)
    page = html.unescape(reader.get(f"/surveys/versions/{version.id}").get_data(as_text=True))
    shown = re.sub(r"<[^>]+>", "", page)
    for said in (
        "Page 1 “总体评价”",
        "when “推荐吗？” is at least 9, go to page 3",
        "add “推荐吗？” to variable sum",
        "Latest date: the day of the answer",
        "Source of options: provinces, cities and districts of China",
    ):
        assert said in shown, said


def test_the_editor_says_in_english_why_something_cannot_be_done(
    session: Session, reader: FlaskClient, made: tuple[SurveyVersion, SurveyVersion]
) -> None:
    survey_id, draft = made[0].survey_id, made[1]
    back = reader.post(f"/surveys/{survey_id}/edit/undo", data={"revision": "0"}, follow_redirects=True)
    assert "There is nothing left to undo" in html.unescape(back.get_data(as_text=True))
    refused = reader.post(f"/surveys/versions/{draft.id}/publish", follow_redirects=True)
    page = html.unescape(refused.get_data(as_text=True))
    assert f"The state of version {draft.number} is “Draft”, not “" in page
    assert chinese_on(page, names_of_the_insurer(session)) == []


def test_a_file_that_cannot_be_read_is_refused_in_english(session: Session, reader: FlaskClient) -> None:
    file = {"file": (BytesIO(b"%PDF-1.7"), "survey.pdf")}
    page = html.unescape(reader.post("/surveys/import", data=file).get_data(as_text=True))
    assert "This kind of file is not known" in page
    assert chinese_on(page, names_of_the_insurer(session)) == []
