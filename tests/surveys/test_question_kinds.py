"""Each kind of question: what it accepts, what it refuses and why."""

import json
import time
from datetime import UTC, datetime

import pytest

from core import clock
from surveys.rules.questions import CascaderQuestion, places
from surveys.rules.readings import Reading
from tests.surveys.samples import MORE, options, parsed, question, refusal


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("nps", 0, 10), ("csat", 1, 5), ("ces", 1, 7), ("rating", 1, 7)]
)
def test_a_scale_takes_its_own_steps_only(kind: str, low: int, high: int) -> None:
    asked = question(kind)
    assert [asked.read({"q": [str(n)]})["q"].number for n in range(low, high + 1)] == list(
        range(low, high + 1)
    )
    for value in (str(low - 1), str(high + 1), "9.5", "٩", "010", "1e1", "好"):
        assert refusal(asked, {"q": [value]}) == "scale"
    assert asked.read({"q": [" "]}) == {}
    assert refusal(asked, {"q": ["1", "2"]}) == "one"


def test_one_option_is_chosen() -> None:
    asked = question("choice")
    assert asked.read({"q": ["b"], "q.other": ["改了主意"]}) == {"q": Reading(options=("b",))}
    assert refusal(asked, {"q": ["z"]}) == "option"
    assert refusal(asked, {"q": ["a", "b"]}) == "one"


def test_other_comes_with_words_and_words_alone_mean_other() -> None:
    asked = question("choice")
    with_words = {"q": Reading(options=("other",), words="朋友介绍")}
    assert asked.read({"q": ["other"], "q.other": [" 朋友介绍 "]}) == with_words
    assert asked.read({"q.other": ["朋友介绍"]}) == with_words
    assert asked.read({"q": ["other"]}) == {"q": Reading(options=("other",))}
    assert refusal(asked, {"q.other": ["长" * 501]}) == "too_long"
    assert refusal(question("choice", other=None), {"q": ["other"]}) == "option"
    titles = [(column.key, column.kind) for column in asked.columns("zh-Hans")]
    assert titles == [("q", "option"), ("q.other", "words")]


def test_several_options_stand_in_the_order_of_the_question() -> None:
    asked = question("choices")
    assert asked.read({"q": ["c", "a"]}) == {"q": Reading(options=("a", "c"))}
    assert asked.read({"q": ["a"], "q.other": ["x"]}) == {"q": Reading(options=("a", "other"), words="x")}
    assert refusal(asked, {"q": ["a"]}) == "least"
    assert refusal(asked, {"q": ["a", "b", "c", "other"]}) == "most"
    assert refusal(asked, {"q": ["a", "zzz"]}) == "option"


def test_an_exclusive_option_comes_with_no_other_and_is_enough_alone() -> None:
    asked = question("choices")
    assert asked.read({"q": ["none"]}) == {"q": Reading(options=("none",))}
    assert refusal(asked, {"q": ["a", "none"]}) == "exclusive"


def test_whoever_is_offered_fewer_options_is_not_asked_for_more() -> None:
    asked = question("choices")
    fewer = asked.model_copy(update={"options": asked.options[:1], "other": None})
    assert fewer.read({"q": ["a"]}) == {"q": Reading(options=("a",))}


def test_pictures_are_chosen_like_options() -> None:
    several = question("image_choice")
    assert several.read({"q": ["b", "a"]}) == {"q": Reading(options=("a", "b"))}
    assert refusal(question("image_choice", several=False), {"q": ["b", "a"]}) == "one"


def test_an_order_is_read_from_the_ranks() -> None:
    asked = question("ranking")
    assert asked.read({"q.a": ["3"], "q.b": ["1"]}) == {"q": Reading(options=("b", "a"))}
    assert asked.read({}) == {}
    assert refusal(asked, {"q.a": ["1"]}) == "least"
    assert refusal(asked, {"q.a": ["1"], "q.b": ["1"]}) == "rank_twice"
    assert refusal(asked, {"q.a": ["4"], "q.b": ["1"]}) == "rank"
    assert refusal(question("ranking", least=None), {"q.a": ["1"], "q.b": ["2"]}) == "least"


def test_a_matrix_has_an_answer_for_each_row() -> None:
    asked = question("matrix")
    assert asked.keys() == ("q.r1", "q.r2")
    half = asked.read({"q.r1": ["b", "a"]})
    assert half == {"q.r1": Reading(options=("a", "b"))}
    assert not asked.complete(half)
    assert asked.complete(asked.read({"q.r1": ["a"], "q.r2": ["b"]}))
    assert refusal(asked, {"q.r2": ["c"]}) == "option"
    assert refusal(question("matrix", mode="single"), {"q.r1": ["a", "b"]}) == "one"
    alone = question("matrix", columns=options("a", "none", none={"exclusive": True}))
    assert refusal(alone, {"q.r1": ["a", "none"]}) == "exclusive"


def test_the_rows_of_a_matrix_can_be_rated() -> None:
    asked = question("matrix", mode="rating", columns=[], highest=5)
    assert asked.read({"q.r1": ["5"]}) == {"q.r1": Reading(number=5)}
    assert refusal(asked, {"q.r1": ["6"]}) == "scale"
    assert [column.title for column in asked.columns("zh-Hans")] == ["问题 – r1", "问题 – r2"]


def test_words_are_tidied_and_measured() -> None:
    asked = question("words")
    assert asked.read({"q": ["  很快\r\n到\x00账 \ud800"]}) == {"q": Reading(words="很快\n到账")}
    assert asked.read({"q": [" \n "]}) == {}
    assert refusal(asked, {"q": ["慢" * 21]}) == "too_long"
    assert refusal(asked, {"q": ["慢"]}) == "too_short"
    assert question("words", lines="one").read({"q": ["很快\n 到账"]}) == {"q": Reading(words="很快 到账")}


def test_words_of_a_form_take_one_line_and_are_written_in_one_way() -> None:
    asked = question("words", format="mobile", lines="many")
    assert asked.lines == "one"
    assert asked.read({"q": ["138 0013 8000"]}) == {"q": Reading(words="13800138000")}
    number = parsed(MORE[8])
    assert number.read({"q": ["12.5"]}) == {"q": Reading(number=12.5)}
    assert refusal(number, {"q": ["101"]}) == "number_high"
    fitting = parsed(MORE[9])
    assert fitting.read({"q": ["2026"]}) == {"q": Reading(words="2026")}
    assert refusal(fitting, {"q": ["20"]}) == "pattern"
    assert refusal(fitting, {"q": ["2" * 201]}) == "too_long"


def test_a_slider_stops_at_its_steps() -> None:
    asked = question("slider")
    assert [asked.read({"q": [f"0.{n}"]})["q"].number for n in range(10)] == [n / 10 for n in range(10)]
    for value in ("0.35", "1.1", "-0.1", "abc", "1e-1"):
        assert refusal(asked, {"q": [value]}) == "slider"


@pytest.mark.parametrize("typed", ["2026-06-10", "2026/6/10", "2026年6月10日", "20260610", "２０２６.6.10"])
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    with clock.use(clock.FixedClock(datetime(2026, 6, 10, 1, tzinfo=UTC))):
        assert question("date").read({"q": [typed]}) == {"q": Reading(words="2026-06-10")}


def test_a_day_keeps_within_its_bounds() -> None:
    with clock.use(clock.FixedClock(datetime(2026, 6, 10, 1, tzinfo=UTC))):
        asked = question("date")
        assert refusal(asked, {"q": ["2026-06-11"]}) == "date_late"
        assert refusal(asked, {"q": ["2025-12-31"]}) == "date_early"
        assert refusal(asked, {"q": ["2026-02-29"]}) == "date"
        assert refusal(asked, {"q": ["0001-01-01"]}) == "date"
        assert question("date", earliest="today-7").first().isoformat() == "2026-06-03"


def test_consent_is_agreement_or_nothing() -> None:
    asked = question("consent")
    agreed = asked.read({"q": ["1"]})
    assert agreed == {"q": Reading(number=1)}
    assert asked.complete(agreed)
    assert asked.read({"q": ["0"]}) == {}
    assert refusal(asked, {"q": ["perhaps"]}) == "option"


def test_files_are_named_by_their_tokens() -> None:
    asked = question("file")
    assert asked.read({"q": ["x" * 22, "y" * 22, "x" * 22]}) == {
        "q": Reading(words=json.dumps(["x" * 22, "y" * 22]))
    }
    assert refusal(asked, {"q": ["../../etc/passwd"]}) == "file"
    assert refusal(asked, {"q": ["x" * 22, "y" * 22, "z" * 22]}) == "file_many"


def test_what_the_link_brings_never_holds_anybody_up() -> None:
    asked = question("hidden")
    assert asked.read({"q": ["A-17"]}) == {"q": Reading(words="A-17")}
    assert len(asked.read({"q": ["x" * 999]})["q"].words) == 200
    assert asked.complete({})
    assert question("hidden", required=True).complete({})
    assert question("section", require={"of": "a", "is": "answered"}).complete({})


def test_an_own_tree_is_gone_down_to_its_leaves() -> None:
    asked: CascaderQuestion = parsed(MORE[0])
    assert asked.read({"q.1": ["motor"], "q.2": ["theft"]}) == {"q": Reading(options=("motor", "theft"))}
    assert asked.read({"q": ["theft"]}) == {"q": Reading(options=("motor", "theft"))}
    assert not asked.complete(asked.read({"q": ["motor"]}))
    assert asked.complete(asked.read({"q": ["health"]}))
    assert refusal(asked, {"q.1": ["health"], "q.2": ["theft"]}) == "path"
    assert asked.below("motor") == ("crash", "theft")
    assert asked.label("theft", "en") == "theft (en)"
    assert asked.steps() == 2


def test_places_are_read_with_the_way_to_them() -> None:
    asked: CascaderQuestion = question("cascader")
    assert asked.read({"q": ["330106"]}) == {"q": Reading(options=("330000", "330100", "330106"))}
    assert asked.complete(asked.read({"q.3": ["330106"]}))
    assert not asked.complete(asked.read({"q.1": ["330000"], "q.2": ["330100"]}))
    assert refusal(asked, {"q.1": ["330000"], "q.2": ["440300"]}) == "path"
    assert refusal(asked, {"q": ["990000"]}) == "path"
    assert asked.label("330106", "en") == "西湖区"


def test_a_municipality_is_a_city_and_its_districts_follow_at_once() -> None:
    assert places.children("110000")[:2] == ("110101", "110102")
    assert places.path("110101") == ("110000", "110101")
    to_city: CascaderQuestion = question("cascader", levels=2)
    assert to_city.complete(to_city.read({"q": ["110000"]}))
    assert not to_city.complete(to_city.read({"q": ["330000"]}))
    assert refusal(to_city, {"q": ["110101"]}) == "path"


def test_counties_directly_below_a_province_stand_beside_its_cities() -> None:
    assert "419001" in places.children("410000", levels=places.CITY)
    assert places.path("419001") == ("410000", "419001")
    assert places.children("419001") == ()
    assert places.name("419001") == "济源市"


def test_the_places_are_whole() -> None:
    provinces = places.children(None)
    assert len(provinces) == 34
    assert {"台湾省", "香港特别行政区", "澳门特别行政区"} <= {places.name(code) for code in provinces}
    reached, waiting = set(), list(provinces)
    while waiting:
        code = waiting.pop()
        assert places.path(code)[-1] == code
        reached.add(code)
        waiting.extend(places.children(code))
    assert len(reached) == 3214
    assert places.name("500112") == "渝北区"
    assert places.path("500112") == ()
    assert places.name("x") == "x"


def test_the_places_are_read_quickly() -> None:
    places._loaded.cache_clear()
    start = time.perf_counter()
    places.children(None)
    assert time.perf_counter() - start < 0.5
