"""Personal data: what is found, what is left alone, and what a masked text may still hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.personal import find_personal, mask

LETTERS = st.text(
    alphabet="王李张罗晓曼我叫是的保单号电话:，。 0123456789-+86@.xXABb京A·路街号弄栋室市区\n客户",
    max_size=60,
)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.kind) for span in find_personal(text)]


def test_a_mobile_is_found_with_any_spacing() -> None:
    for number in (
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+8613800001234",
        "１３８００００１２３４",
    ):
        assert kinds(f"打我电话{number}谢谢") == [(number, "mobile")]


def test_a_hotline_is_no_mobile() -> None:
    assert kinds("打95519和12378都没人理，400-800-1234也不通") == []


def test_an_identity_card_needs_its_check_digit() -> None:
    assert kinds("证件11010519491231002X") == [("11010519491231002X", "id_card")]
    assert kinds("编码110105194912310021") == []


def test_a_card_needs_its_luhn_digit() -> None:
    assert kinds("尾款打到4111111111111111") == [("4111111111111111", "bank_card")]


def test_a_policy_number_is_taken_without_the_words_before_it() -> None:
    assert kinds("保单号P2023001987帮我查") == [("P2023001987", "policy_no")]


def test_a_claim_number_is_no_policy_number() -> None:
    assert kinds("报案号RD20230019874没有进展") == []


def test_a_mail_address_and_a_plate_are_found() -> None:
    assert kinds("发到li.na@example.com，车牌沪A·12F45") == [
        ("li.na@example.com", "email"),
        ("沪A·12F45", "plate"),
    ]


def test_full_names_are_found_and_forms_of_address_are_not() -> None:
    assert kinds("我叫罗晓曼，业务员梁志成骗我") == [("罗晓曼", "name"), ("梁志成", "name")]
    assert kinds("小李、王女士和张经理态度都好") == []


def test_a_street_address_is_followed_from_city_to_room() -> None:
    text = "寄到石家庄市裕华区槐安东路152号11-2-401，谢谢"
    assert kinds(text) == [("石家庄市裕华区槐安东路152号11-2-401", "address")]


def test_a_road_without_a_number_is_no_address() -> None:
    assert kinds("人民路那个网点关了") == []


def test_a_mask_keeps_the_length_and_the_rest_of_the_text() -> None:
    text = "我叫罗晓曼，电话13800001234"
    assert mask(text) == "我叫◎◎◎，电话●●●●●●●●●●●"


@given(LETTERS)
@settings(max_examples=300, deadline=None)
def test_masking_is_idempotent_keeps_length_and_leaves_nothing(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert mask(masked) == masked
    assert find_personal(masked) == ()


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_spans_lie_inside_any_text_and_do_not_overlap(text: str) -> None:
    reached = 0
    for span in find_personal(text):
        assert reached <= span.start < span.end <= len(text)
        reached = span.end
