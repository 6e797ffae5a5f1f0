"""What an author does to a draft: pure operations, and what becomes of everything that pointed at something."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFoundError
from surveys.rules.definition import Definition
from surveys.rules.editing import blanks, naming, structure, trees, wording
from surveys.rules.editing.places import Edit, ImpossibleEditError, Loss, Place, copy_of

L = "zh-Hans"
KINDS = tuple(blanks.TITLES)
Document = dict[str, Any]


def said(words: str, **more: str) -> dict[str, str]:
    return {L: words, **more}


@pytest.fixture
def document() -> Document:
    """Two pages whose logic points at everything there is."""
    nps = blanks.question("nps", "nps_1", L)
    why = blanks.question("choices", "choices_1", L) | {"show": {"of": "nps_1", "is": "at_most", "than": 6}}
    words = blanks.question("words", "words_1", L) | {"title": said("您打了 {{nps_1|}} 分，为什么？")}
    matrix = blanks.question("matrix", "matrix_1", L) | {
        "require": {"any": [{"of": "nps_1", "is": "below", "than": 5}, {"of": "var.total", "is": "above", "than": 3}]}
    }  # fmt: skip
    date = blanks.question("date", "date_1", L) | {
        "show": {"all": [{"of": "choices_1", "is": "includes_any", "than": ["o1", "o2"]},
                         {"of": "matrix_1.r1", "is": "includes", "than": "c1"}]}
    }  # fmt: skip
    return {
        "title": said("理赔回访", en="Claim"),
        "pages": [
            {
                "id": "p1",
                "questions": [nps, why, words],
                "jumps": [{"when": {"of": "nps_1", "is": "at_least", "than": 9}, "to": "end", "ending": "end_1"},
                          {"to": "p2"}],
                "sets": [{"variable": "total", "op": "add", "value": {"of": "nps_1"}}],
            },
            {"id": "p2", "title": said("查勘"), "questions": [matrix, date]},
        ],
        "variables": [{"id": "total", "kind": "number", "start": 0}],
        "endings": [{"id": "end_1", "when": {"of": "var.total", "is": "above", "than": 8}, "title": said("谢谢")}],
    }  # fmt: skip


def ids(document: Document) -> list[list[str]]:
    return [[question["id"] for question in page["questions"]] for page in document["pages"]]


def valid(edit: Edit) -> Document:
    Definition.model_validate(edit.document)
    return edit.document


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "image_choice"])
def test_a_new_question_of_every_kind_can_be_saved_at_once(document: Document, kind: str) -> None:
    edit = structure.add_question(document, kind=kind, page_id="p1", taken=(), after="nps_1")
    assert valid(edit)["pages"][0]["questions"][1]["type"] == kind
    assert edit.focus == Place("question", ids(edit.document)[0][1])


def test_a_choice_among_pictures_begins_with_its_pictures(document: Document) -> None:
    pictures = [("0123456789abcdef", "车头"), ("fedcba9876543210", "车尾")]
    edit = structure.add_question(
        document, kind="image_choice", page_id="p2", taken={"image_choice_4"}, pictures=pictures
    )
    question = valid(edit)["pages"][1]["questions"][-1]
    assert question["id"] == "image_choice_5"
    assert [(one["image"], one["label"][L]) for one in question["options"]] == pictures


def test_an_operation_leaves_the_draft_before_it_alone(document: Document) -> None:
    before = copy.deepcopy(document)
    structure.remove_question(document, question_id="nps_1")
    structure.duplicate_page(document, page_id="p1", taken=())
    wording.translated(document, "en", {"question.nps_1.title": "How likely?"})
    assert document == before


def test_ids_are_never_given_twice(document: Document) -> None:
    added = structure.add_question(document, kind="words", page_id="p1", taken={"words_7", "words_2.o1"})
    assert added.focus.id == "words_8"
    removed = structure.remove_question(added.document, question_id="words_8")
    again = structure.add_question(removed.document, kind="words", page_id="p1", taken={"words_8"})
    assert again.focus.id == "words_9"


def test_an_option_never_gets_the_id_of_one_that_was_removed(document: Document) -> None:
    taken = naming.names_in(document)
    fewer = structure.remove_line(document, question_id="choices_1", line_id="o3")
    more = structure.add_line(fewer.document, question_id="choices_1", part="options", taken=taken)
    assert more.focus == Place("option", "o4", "choices_1")


def test_pasted_lines_become_options(document: Document) -> None:
    edit = structure.add_lines(
        document, question_id="choices_1", part="options", words=["  理赔慢 ", "", "材料多"], taken=()
    )
    labels = [line["label"][L] for line in valid(edit)["pages"][0]["questions"][1]["options"]]
    assert labels[-2:] == ["理赔慢", "材料多"]
    with pytest.raises(ImpossibleEditError):
        structure.add_lines(document, question_id="choices_1", part="options", words=["  "], taken=())


def test_a_removed_question_takes_what_pointed_at_it_along_and_says_where(document: Document) -> None:
    edit = structure.remove_question(document, question_id="nps_1")
    after = valid(edit)
    assert "show" not in after["pages"][0]["questions"][0]
    assert after["pages"][0]["questions"][1]["title"] == said("您打了  分，为什么？")
    assert after["pages"][0]["jumps"] == [{"to": "end", "ending": "end_1"}, {"to": "p2"}]
    assert after["pages"][0]["sets"] == []
    assert after["pages"][1]["questions"][0]["require"] == {
        "any": [{"of": "var.total", "is": "above", "than": 3}]
    }
    assert set(edit.losses) == {
        Loss("condition", Place("question", "choices_1")),
        Loss("pipe", Place("question", "words_1")),
        Loss("condition", Place("page", "p1")),
        Loss("set", Place("page", "p1")),
        Loss("condition", Place("question", "matrix_1")),
    }
    assert edit.focus == Place("question", "choices_1")


def test_a_removed_option_leaves_the_conditions_that_asked_for_it(document: Document) -> None:
    edit = structure.remove_line(document, question_id="choices_1", line_id="o1")
    show = valid(edit)["pages"][1]["questions"][1]["show"]
    assert show["all"][0] == {"of": "choices_1", "is": "includes_any", "than": ["o2"]}
    assert edit.losses == (Loss("condition", Place("question", "date_1")),)


def test_a_removed_row_takes_the_conditions_on_it_along(document: Document) -> None:
    edit = structure.remove_line(document, question_id="matrix_1", line_id="r1")
    assert [test["of"] for test in valid(edit)["pages"][1]["questions"][1]["show"]["all"]] == ["choices_1"]


def test_a_removed_page_takes_its_questions_and_the_jumps_to_it_along(document: Document) -> None:
    edit = structure.remove_page(document, page_id="p2")
    assert [page["id"] for page in valid(edit)["pages"]] == ["p1"]
    assert [jump["to"] for jump in edit.document["pages"][0]["jumps"]] == ["end"]
    assert Loss("jump", Place("page", "p1")) in edit.losses


def test_the_last_page_and_the_last_question_stay(document: Document) -> None:
    alone = structure.remove_page(document, page_id="p1").document
    with pytest.raises(ImpossibleEditError, match="至少要有一页"):
        structure.remove_page(alone, page_id="p2")
    alone = structure.remove_question(alone, question_id="date_1").document
    with pytest.raises(ImpossibleEditError, match="至少要有一个问题"):
        structure.remove_question(alone, question_id="matrix_1")


def test_a_removed_variable_and_ending_leave_nothing_behind(document: Document) -> None:
    edit = structure.remove_variable(document, variable_id="total")
    assert "total" not in str(valid(edit))
    assert {loss.what for loss in edit.losses} == {"condition", "set"}
    edit = structure.remove_ending(document, ending_id="end_1")
    assert valid(edit)["pages"][0]["jumps"][0]["to"] == "end"
    assert "end_1" not in str(edit.document)


def test_a_question_moves_over_the_edge_of_its_page(document: Document) -> None:
    down = structure.shift_question(document, question_id="words_1", up=False)
    assert ids(down.document) == [["nps_1", "choices_1"], ["words_1", "matrix_1", "date_1"]]
    assert ids(structure.shift_question(down.document, question_id="words_1", up=True).document) == ids(
        document
    )
    assert ids(structure.shift_question(document, question_id="nps_1", up=True).document) == ids(document)


def test_a_question_is_dropped_anywhere(document: Document) -> None:
    edit = structure.move_question(document, question_id="nps_1", page_id="p2", index=1)
    assert ids(edit.document) == [["choices_1", "words_1"], ["matrix_1", "nps_1", "date_1"]]
    assert (
        ids(structure.move_question(document, question_id="nps_1", page_id="p2", index=99).document)[1][-1]
        == "nps_1"
    )


def test_a_copied_page_points_at_its_own_questions(document: Document) -> None:
    document["pages"][0]["questions"][1]["title"] = said("{{ nps_1 | 这个}} 分的原因")
    edit = structure.duplicate_page(document, page_id="p1", taken=())
    copied = valid(edit)["pages"][1]
    assert [question["id"] for question in copied["questions"]] == ["nps_2", "choices_2", "words_2"]
    assert copied["questions"][1]["show"] == {"of": "nps_2", "is": "at_most", "than": 6}
    assert copied["questions"][1]["title"] == said("{{ nps_2 | 这个}} 分的原因")
    assert copied["jumps"][0]["when"]["of"] == "nps_2"
    assert copied["sets"][0]["value"] == {"of": "nps_2"}
    assert edit.document["pages"][0] == document["pages"][0]


def test_a_copied_question_keeps_its_options_and_gets_an_id_of_its_own(document: Document) -> None:
    edit = structure.duplicate_question(document, question_id="choices_1", taken=())
    copied = valid(edit)["pages"][0]["questions"][2]
    assert copied["id"] == "choices_2"
    assert copied["options"] == document["pages"][0]["questions"][1]["options"]


def test_a_name_is_taken_for_good(document: Document) -> None:
    with pytest.raises(ImpossibleEditError, match="已经用过"):
        structure.add_variable(document, variable_id="gone", kind="number", taken={"gone"})


def test_what_is_not_there_cannot_be_edited(document: Document) -> None:
    calls: tuple[Callable[[], Edit], ...] = (
        lambda: structure.remove_question(document, question_id="none"),
        lambda: structure.shift_page(document, page_id="none", up=True),
        lambda: structure.remove_line(document, question_id="choices_1", line_id="o99"),
        lambda: structure.remove_ending(document, ending_id="none"),
    )
    for call in calls:
        with pytest.raises(NotFoundError):
            call()


def test_a_language_is_added_filled_and_taken_away(document: Document) -> None:
    added = wording.add_language(document, "zh-Hant", "理賠回訪").document
    paths = [path for path, *_ in wording.texts(added)]
    done = wording.translated(added, "zh-Hant", dict.fromkeys(paths, "譯文")).document
    definition = Definition.model_validate(done)
    assert all(text["zh-Hant"] == "譯文" for _, text in definition.texts())
    assert {path for path, *_ in wording.texts(done)} == set(paths)
    assert Definition.model_validate(
        wording.remove_language(done, "zh-Hant").document
    ) == Definition.model_validate(copy_of(document))


def test_every_text_a_customer_sees_can_be_translated(document: Document) -> None:
    for kind in KINDS:
        if kind != "image_choice":
            document = structure.add_question(document, kind=kind, page_id="p2", taken=()).document
    definition = Definition.model_validate(document)
    assert sum(1 for _ in wording.texts(copy_of(document))) == sum(1 for _ in definition.texts())


def test_the_original_and_the_title_stay(document: Document) -> None:
    with pytest.raises(ImpossibleEditError):
        wording.remove_language(document, L)
    assert wording.translated(document, "en", {"survey.title": ""}).document["title"]["en"] == "Claim"


def test_a_tree_is_written_as_indented_lines_and_keeps_its_ids() -> None:
    before = trees.from_text("车险\n  理赔\n  续保\n寿险\n　保全", [], L)
    assert [line["id"] for line in before] == ["o1", "o4"]
    after = trees.from_text("寿险\n  保全\n  退保\n车险\n  续保", before, L)
    assert [(line["id"], [child["id"] for child in line["children"]]) for line in after] == [
        ("o4", ["o5", "o6"]),
        ("o1", ["o3"]),
    ]
    assert trees.as_text(after, L) == "寿险\n  保全\n  退保\n车险\n  续保"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "page", "up", "down", "move", "copy", "copy page", "remove", "remove page", "line"]),
        st.sampled_from([kind for kind in KINDS if kind != "image_choice"]),
        st.integers(0, 30),
    ),
    max_size=12,
)  # fmt: skip


@given(STEPS)
def test_whatever_an_author_does_the_draft_stays_a_survey(steps: list[tuple[str, str, int]]) -> None:
    document: Document = {
        "title": said("问卷"),
        "pages": [{"id": "p1", "questions": [blanks.question("nps", "nps_1", L)]}],
    }
    given_out = naming.names_in(document)
    for action, kind, number in steps:
        known = naming.names_in(document)
        try:
            document = one_step(document, action, kind, number, given_out).document
        except ImpossibleEditError:
            continue
        new = naming.names_in(document) - known
        assert not {name for name in new & given_out if "." not in name}
        given_out |= new
        Definition.model_validate(document)


def one_step(document: Document, action: str, kind: str, number: int, taken: set[str]) -> Edit:
    pages = document["pages"]
    asked = [question["id"] for page in pages for question in page["questions"]]
    page, question = pages[number % len(pages)]["id"], asked[number % len(asked)]
    steps = {
        "add": lambda: structure.add_question(document, kind=kind, page_id=page, taken=taken),
        "page": lambda: structure.add_page(document, taken=taken, after=page),
        "up": lambda: structure.shift_question(document, question_id=question, up=True),
        "down": lambda: structure.shift_question(document, question_id=question, up=False),
        "move": lambda: structure.move_question(document, question_id=question, page_id=page, index=number),
        "copy": lambda: structure.duplicate_question(document, question_id=question, taken=taken),
        "copy page": lambda: structure.duplicate_page(document, page_id=page, taken=taken),
        "remove": lambda: structure.remove_question(document, question_id=question),
        "remove page": lambda: structure.remove_page(document, page_id=page),
        "line": lambda: structure.shift_page(document, page_id=page, up=number % 2 == 0),
    }
    return steps[action]()
