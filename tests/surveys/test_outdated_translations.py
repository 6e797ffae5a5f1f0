"""A translation whose original was changed is out of date until somebody looked at it, wherever the survey goes."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from grid.rules import Role
from surveys.models import SurveyVersion
from surveys.rules.checking import completeness, warnings
from surveys.rules.definition import Definition
from surveys.rules.editing import structure, wording
from surveys.rules.editing.places import Document, copy_of
from surveys.rules.editing.translations import confirmed, with_outdated
from surveys.rules.foreign import own
from surveys.rules.notice import starting_point
from surveys.services import authoring
from tests.surveys.desk import Author, L

Login = Callable[..., FlaskClient]
TITLE = "question.csat.title"


def document() -> Document:
    return copy_of(
        {
            "title": {L: "理赔回访", "en": "Claim follow-up"},
            "questions": [
                {"type": "csat", "id": "csat", "title": {L: "您满意吗？", "en": "Are you satisfied?"}},
                {
                    "type": "choice",
                    "id": "why",
                    "title": {L: "为什么？", "en": "Why?"},
                    "options": [
                        {"id": "o1", "label": {L: "太慢", "en": "Too slow"}},
                        {"id": "o2", "label": {L: "态度", "en": "Manners"}},
                    ],
                },
            ],
        }
    )


def changed(before: Document, path: str, words: str, language: str = L) -> Document:
    """Return the draft after one text was written anew and the draft saved."""
    after = copy_of(before)
    holder, key = next((holder, key) for at, _place, holder, key in wording.texts(after) if at == path)
    holder[key] = holder[key] | {language: words}
    return with_outdated(before, after)


def test_changing_an_original_makes_its_translation_out_of_date_and_keeps_what_it_was_made_from() -> None:
    once = changed(document(), TITLE, "您对理赔满意吗？")
    assert once["outdated"] == {"en": {TITLE: "您满意吗？"}}
    twice = changed(once, TITLE, "您对这次理赔满意吗？")
    assert twice["outdated"] == {"en": {TITLE: "您满意吗？"}}
    assert "outdated" not in changed(twice, TITLE, "您满意吗？")


def test_an_option_counts_as_a_text_and_what_was_never_translated_is_missing_only() -> None:
    with_kana = changed(document(), "survey.title", "保険金のアンケート", "ja")
    after = changed(with_kana, "question.why.options.o1.label", "太慢了")
    assert after["outdated"] == {"en": {"question.why.options.o1.label": "太慢"}}


def test_writing_the_translation_anew_or_confirming_it_makes_it_current() -> None:
    stale = changed(document(), TITLE, "您对理赔满意吗？")
    rewritten = wording.translated(stale, "en", {TITLE: "Are you satisfied with the claim?"}).document
    assert "outdated" not in with_outdated(stale, rewritten)
    assert "outdated" not in with_outdated(stale, confirmed(stale, "en", [TITLE]).document)
    same = wording.translated(stale, "en", {TITLE: "Are you satisfied?"}).document
    assert with_outdated(stale, same)["outdated"] == stale["outdated"]


def test_a_copied_question_is_as_out_of_date_as_the_one_it_was_copied_from() -> None:
    stale = changed(document(), TITLE, "您对理赔满意吗？")
    copied = structure.duplicate_question(stale, question_id="csat", taken={"csat", "why"})
    after = with_outdated(stale, copied.document)
    assert after["outdated"] == {
        "en": {TITLE: "您满意吗？", f"question.{copied.focus.id}.title": "您满意吗？"}
    }
    gone = structure.remove_question(after, question_id="csat").document
    assert set(with_outdated(after, gone)["outdated"]["en"]) == {f"question.{copied.focus.id}.title"}


def test_completeness_tells_what_is_missing_and_what_is_out_of_date() -> None:
    stale = Definition.model_validate(changed(document(), TITLE, "您对理赔满意吗？"))
    state = completeness(stale)["en"]
    assert (state.missing, state.outdated, state.current, state.total) == ((), (TITLE,), 4, 5)
    assert (state.percent, state.whole) == (80, False)
    found = [warning for warning in warnings(stale) if warning.code == "outdated"]
    assert [warning.sentence for warning in found] == [
        "英文有 1 处译文的原文已改，还没有核对，客户看到的可能是旧意思"
    ]


def test_a_file_may_name_texts_that_are_not_there_and_nobody_counts_them() -> None:
    strange = Definition.model_validate(document() | {"outdated": {"en": {"question.x.title": "旧"}}})
    assert completeness(strange)["en"].percent == 100


def test_our_own_file_takes_what_is_out_of_date_along() -> None:
    stale = Definition.model_validate(changed(document(), TITLE, "您对理赔满意吗？"))
    data = own.dump(stale, name="回访")
    assert own.read(data).definition == stale
    assert own.dump(own.read(data).definition, name="回访") == data
    assert own.read(data).definition.outdated == {"en": {TITLE: "您满意吗？"}}


def test_the_warning_counts_what_is_current_as_the_badge_does() -> None:
    whole = changed(document(), TITLE, "您对理赔满意吗？")
    del whole["pages"][0]["questions"][1]["title"]["en"]
    definition = Definition.model_validate(whole)
    state = completeness(definition)["en"]
    assert (state.done, state.current, state.total) == (4, 3, 5)
    assert "已完成 3/5" in next(one for one in warnings(definition) if one.code == "language").sentence


@pytest.fixture
def author(session: Session, login: Login) -> Author:
    staff = factories.make_staff(session, role=Role.CX_MANAGER)
    version = authoring.create_survey(
        session, name="理赔回访", definition=Definition.model_validate(document()), staff_id=staff.id
    )
    return Author(session, login(staff=staff), staff, version)


def rewrite(author: Author) -> None:
    fields = author.form("/questions/csat") | {"title": "您对理赔满意吗？"}
    assert author.post("/questions/csat", **fields, do="save").status_code == 303


def test_the_editor_shows_the_changed_original_beside_the_translation(author: Author) -> None:
    assert "原文已改" not in author.get("/languages/en")
    rewrite(author)
    page = author.get("/languages/en")
    assert "原文已改" in page
    assert "<del>您满意吗？</del>" in page
    assert "1 处原文已改" in author.get("/languages")
    assert "原文已改，还没有核对" in author.get("/check")


def test_saying_that_it_still_fits_settles_it_and_keeps_what_was_written_beside(author: Author) -> None:
    rewrite(author)
    fields = author.form("/languages/en") | {"text.question.why.title": "Why is that?"}
    assert author.post("/languages/en", **fields, do=f"fits:{TITLE}").status_code == 303
    assert "outdated" not in author.draft
    assert author.question("why")["title"]["en"] == "Why is that?"
    assert author.question("csat")["title"]["en"] == "Are you satisfied?"


def test_a_translation_that_saves_itself_takes_its_mark_out_of_the_open_page(author: Author) -> None:
    rewrite(author)
    fields = author.form("/languages/en") | {f"text.{TITLE}": "Are you satisfied with the claim?"}
    parts = author.post("/languages/en", script=True, **fields).get_data(as_text=True)
    assert 'hx-swap-oob="true"></div>' in parts
    assert "原文已改" not in parts
    assert "已完成 5 / 5" in parts
    assert "outdated" not in author.draft


def test_a_new_translation_settles_it_and_undo_brings_it_back(author: Author) -> None:
    rewrite(author)
    fields = author.form("/languages/en") | {f"text.{TITLE}": "Are you satisfied with the claim?"}
    author.post("/languages/en", **fields, do="save")
    assert "outdated" not in author.draft
    authoring.undo(
        author.session, version_id=author.version.id, revision=author.revision, staff_id=author.staff.id
    )
    assert author.draft["outdated"] == {"en": {TITLE: "您满意吗？"}}


def test_the_next_version_begins_with_what_is_out_of_date_in_the_published_one(
    session: Session, author: Author
) -> None:
    title, body = starting_point("安澜保险", "95500")
    authoring.publish_notice(session, title=title, body=body, staff_id=None)
    rewrite(author)
    authoring.submit_for_review(session, version_id=author.version.id, staff_id=author.staff.id)
    authoring.publish(session, version_id=author.version.id, staff_id=author.staff.id)
    made = authoring.start_draft(session, survey_id=author.version.survey_id, staff_id=author.staff.id)
    assert made.definition["outdated"] == {"en": {TITLE: "您满意吗？"}}
    session.refresh(author.version)
    assert author.version.definition == made.definition
    found = session.get_one(SurveyVersion, made.id)
    assert found.state == "draft"
