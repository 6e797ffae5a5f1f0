"""Slugs and keys of open links: short, unlike one another, and only ours."""

from hypothesis import given
from hypothesis import strategies as st

from surveys.rules import opening
from tests.conftest import NOON


@given(st.text(max_size=40))
def test_only_keys_that_we_made_for_this_link_are_keys(text: str) -> None:
    assert opening.key_made_at("a" * 17, text, NOON) is None


def test_a_key_says_when_it_was_made_for_two_weeks() -> None:
    slug = opening.new_slug()
    key = opening.new_key(slug, NOON)
    assert opening.key_made_at(slug, key, NOON) == NOON
    assert opening.key_made_at(slug, key, NOON + opening.KEY_LIVES) == NOON
    assert opening.key_made_at(slug, key, NOON + opening.KEY_LIVES * 1.01) is None
    assert opening.key_made_at(opening.new_slug(), key, NOON) is None
    assert opening.key_made_at(slug, key[:-1] + ("A" if key[-1] != "A" else "B"), NOON) is None


def test_slugs_have_84_bits_and_no_letters_that_look_alike() -> None:
    slugs = {opening.new_slug() for _many in range(200)}
    assert len(slugs) == 200
    assert all(opening.looks_like_slug(slug) for slug in slugs)
    assert not set("01loi") & set("".join(slugs))
    assert 31 ** len(slugs.pop()) > 2**80
