"""The word lists of the engine: readable TOML files, read once, and the functions that weigh them.

Every file carries its own `version`; `data_versions` joins them so that a tagging can say with what
word lists it was made.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def word_file(name: str) -> dict[str, Any]:
    """Give the content of `lexicon/<name>.toml`; the file is read once per process."""
    with (HERE / f"{name}.toml").open("rb") as handle:
        return tomllib.load(handle)


def words_of(value: str | list[str]) -> tuple[str, ...]:
    """Split a readable block of words at blanks and line breaks; `_` stands for a blank inside a word."""
    blocks = [value] if isinstance(value, str) else value
    return tuple(word.replace("_", " ") for block in blocks for word in block.split())


def data_versions() -> dict[str, str]:
    """Tell the version of every word list, by file name."""
    names = sorted(path.stem for path in HERE.glob("*.toml"))
    return {name: str(word_file(name).get("version", "")) for name in names}
