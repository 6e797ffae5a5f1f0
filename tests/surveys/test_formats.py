"""Short answers of a known form: what is accepted, and how it is written down."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from surveys.rules import formats
from surveys.rules.questions.patterns import MOST_CHARACTERS, Pattern, PatternError
from surveys.rules.readings import UnreadableAnswerError

GOOD_CARD = "11010519491231002X"  # the example of GB 11643-1999


def refusal(reader: object, text: str, **bounds: float) -> str:
    """Return the code of the mistake that a text makes."""
    with pytest.raises(UnreadableAnswerError) as refused:
        reader(text, **bounds)  # type: ignore[operator]
    return refused.value.mistake.code


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "１３８００１３８０００",
        "0086 13800138000",
        "8613800138000",
    ],
)
def test_a_mobile_number_is_written_as_eleven_figures(typed: str) -> None:
    assert formats.mobile(typed) == "13800138000"


@pytest.mark.parametrize(
    "typed", ["12800138000", "1380013800", "138001380001", "021-62345678", "१३८००१३८०००", ""]
)
def test_what_is_no_mainland_mobile_number_is_refused(typed: str) -> None:
    assert refusal(formats.mobile, typed) == "mobile"


@pytest.mark.parametrize("typed", [GOOD_CARD, "11010519491231002x", "１１０１０５ 19491231 002Ｘ"])
def test_an_identity_card_is_written_with_a_capital_x(typed: str) -> None:
    assert formats.id_card(typed) == GOOD_CARD


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("110105491231002", "id_card_old"),
        ("110105194912310021", "id_card_check"),
        ("11010519490231002X", "id_card_birth"),
        ("110105209912310025", "id_card_birth"),
        ("99", "id_card"),
        ("00010519491231002X", "id_card"),
        ("1101051949123100XX", "id_card"),
        ("张三", "id_card"),
    ],
)
def test_an_identity_card_that_cannot_be_is_refused_with_its_reason(typed: str, code: str) -> None:
    assert refusal(formats.id_card, typed) == code


def test_nobody_answers_before_being_born() -> None:
    tomorrow = "11010520260611002"
    number = tomorrow + formats.check_character(tomorrow)
    with clock.use(clock.FixedClock(datetime(2026, 6, 10, 12, tzinfo=UTC))):
        assert refusal(formats.id_card, number) == "id_card_birth"
    with clock.use(clock.FixedClock(datetime(2026, 6, 10, 16, tzinfo=UTC))):  # midnight in Beijing
        assert formats.id_card(number) == number


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_figure_never_passes_the_check(place: int, by: int) -> None:
    wrong = str((int(GOOD_CARD[place].replace("X", "10")) + by) % 10)
    with pytest.raises(UnreadableAnswerError):
        formats.id_card(GOOD_CARD[:place] + wrong + GOOD_CARD[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("pl2026-000123", "PL2026-000123"),
        ("PＬ２０２６ 000 123", "PL2026000123"),
        ("12345678", "12345678"),
        ("PDAA—202611000001", "PDAA-202611000001"),
    ],
)
def test_a_policy_number_is_written_in_capitals_without_spaces(typed: str, written: str) -> None:
    assert formats.policy(typed) == written


@pytest.mark.parametrize("typed", ["1234567", "ABCDEFGH12345", "保单12345678", "-12345678", "1" * 31])
def test_what_is_no_policy_number_is_refused(typed: str) -> None:
    assert refusal(formats.policy, typed) == "policy"


def test_an_address_is_written_as_it_is_sent_to() -> None:
    assert formats.email(" Zhang.San＠Example.CN ") == "Zhang.San@example.cn"
    assert refusal(formats.email, "zhang.san") == "email"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12),
        ("１２．５", 12.5),
        ("-3", -3),
        ("12,500", 12500),
        ("1,2500", 12500),
        ("１，２３４，５６７", 1234567),
        ("0.1", 0.1),
    ],
)
def test_a_number_may_be_typed_as_people_do(typed: str, value: float) -> None:
    assert formats.number(typed) == value


@pytest.mark.parametrize("typed", ["1e5", "12万", "1,23", "NaN", "inf", "1.2.3", "٣", "", "9" * 13, "0x10"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert refusal(formats.number, typed) == "number"


def test_a_number_keeps_within_its_bounds() -> None:
    assert formats.number("0.3", 0.3, 5) == 0.3
    assert refusal(formats.number, "0.29", low=0.3) == "number_low"
    assert refusal(formats.number, "5.1", high=5) == "number_high"


@pytest.mark.parametrize(
    ("value", "said"), [(5.0, "5"), (0.5, "0.5"), (1_000_000.0, "1000000"), (-2.0, "-2")]
)
def test_a_bound_is_said_as_people_write_it(value: float, said: str) -> None:
    assert formats.written(value) == said


@given(st.text(max_size=40), st.sampled_from(["mobile", "id_card", "policy", "email", "number"]))
def test_what_was_written_down_is_read_as_the_same_again(text: str, name: str) -> None:
    reader = getattr(formats, name)
    try:
        written = reader(text)
    except UnreadableAnswerError:
        return
    assert reader(str(written)) == written


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (r"\d{4}", ["2026"], ["202", "20266", "２０２６"]),
        (r"^[A-Z]{2}-?\d{3,5}$", ["PL-123", "AB12345"], ["pl-123", "AB-123456"]),
        (r"(粤|京|沪)[A-HJ-NP-Z][A-Z0-9]{5,6}", ["粤B12345", "京AD12345"], ["粤I12345", "津A12345"]),
        (r"[\u4e00-\u9fa5]{2,4}", ["王芳", "欧阳小明"], ["Li", "王"]),
        (r"(?:ab)+c?", ["ab", "ababc"], ["", "abab cc", "a"]),
        (r"[^\d\s]*", ["", "abc"], ["a1", "a b"]),
        (r"a{2,}b{0}", ["aa", "aaaa"], ["a", "aab"]),
        (r"a.c|\.\+", ["abc", ".+"], ["ac", "a\nc", "x+"]),
        (r"[]x-]+", ["]", "x-"], ["a"]),
        (r"\x41\W?", ["A", "A!"], ["AB"]),
    ],
)
def test_a_pattern_is_held_against_the_whole_text(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    read = Pattern(pattern)
    assert all(read.fits(text) for text in fits)
    assert not any(read.fits(text) for text in fits_not)


@pytest.mark.parametrize(
    "pattern",
    ["(a", "a)", "[a", "a{", "a{5,2}", "a{999}", "*a", "a**", "(?=a)a", r"(a)\1", r"\b", "a\\", "z-[b-a]", r"\u12",
     "((a{100}){100}){100}", "(" * 20 + "a" + ")" * 20, "a" * (MOST_CHARACTERS + 1), "a^b", "(?<n>a)"],
)  # fmt: skip
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*(a*)*b", ".*.*.*.*.*.*b", "(a?){50}a{50}b"])
def test_no_pattern_can_hold_the_server_up(pattern: str) -> None:
    assert not Pattern(pattern).fits("a" * 200)


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "1"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{0,2}", "{1,}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text(alphabet="ab1-", max_size=8))
def test_a_pattern_means_what_it_means_everywhere(pattern: str, text: str) -> None:
    assert Pattern(pattern).fits(text) == bool(re.fullmatch(pattern, text))


@given(st.text(alphabet="ab|()[]*+?{}1,2^$.\\dw-", max_size=14), st.text(alphabet="ab12-", max_size=8))
def test_any_pattern_is_read_or_refused(pattern: str, text: str) -> None:
    try:
        read = Pattern(pattern)
    except PatternError:
        return
    assert read.fits(text) in {True, False}
