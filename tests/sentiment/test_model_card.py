"""The card of a model tells what it was made of."""

from sentiment.models.card import card_page
from sentiment.models.store import SHIPPED, shipped_model


def test_the_page_beside_the_shipped_model_is_its_card() -> None:
    page = SHIPPED.with_suffix(".md").read_text(encoding="utf-8")

    assert page == card_page(shipped_model().card)


def test_every_set_of_the_shipped_model_has_a_source_and_a_licence() -> None:
    page = card_page(shipped_model().card)

    assert "given by whoever trained the model" not in page
    assert "| waimai | " in page
    assert "insurance, slice" in page


def test_a_card_says_what_was_not_at_hand() -> None:
    card = {
        "name": "huisheng",
        "version": "x",
        "data": {"mine": 3, "corrections": 0},
        "missing": ["reviews"],
        "scores": {"sets": {}, "insurance": {}},
    }
    page = card_page(card)

    assert "- not at hand: reviews" in page
    assert "| mine | 3 | given by whoever trained the model |" in page
    assert "corrections" not in page
