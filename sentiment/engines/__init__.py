"""The engines a caller may choose from, and the one call that uses them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from sentiment.analysis import Analysis
from sentiment.engines.huisheng import Huisheng
from sentiment.engines.snow import Snow
from sentiment.models.general import REVIEWS
from sentiment.models.store import shipped_model


class Engine(Protocol):
    """Something that understands texts."""

    version: str

    def analyse_many(self, texts: Sequence[str], *, domain: str | None = None) -> list[Analysis]:
        """Understand the texts, one answer each, in their order."""
        ...


ENGINE_VERSION = "1.0"
"""Version of the rules and of the way everything is joined; `engine_version()` adds that of the model."""

ENGINES = ("huisheng", "snownlp")
"""Names of the engines: ours, and SnowNLP as it comes, kept to be measured against."""


@cache
def engine_named(name: str) -> Engine:
    """Give the engine of that name, loaded once; raises `ValueError` for a name that is not in `ENGINES`."""
    if name == "huisheng":
        return Huisheng(shipped_model(), ENGINE_VERSION)
    if name == "snownlp":
        return Snow()
    msg = f"there is no engine {name!r}; there are {', '.join(ENGINES)}"
    raise ValueError(msg)


def analyse(text: str, *, engine: str = "huisheng", domain: str | None = None) -> Analysis:
    """Understand one text.

    `domain` may name where the text comes from: "insurance", "reviews" (rated by their writers, of whatever
    trade, so nothing is neutral) or a domain of the model's card such as "hotel"; without it a learnt gate
    decides. Never raises on any `str`; `ValueError` for an unknown engine or domain.
    """
    return engine_named(engine).analyse_many([text], domain=domain)[0]


def analyse_many(
    texts: Iterable[str], *, engine: str = "huisheng", domain: str | None = None
) -> list[Analysis]:
    """Understand many texts, one answer each in their order; several times quicker than one by one."""
    return engine_named(engine).analyse_many(list(texts), domain=domain)


def domain_names() -> tuple[str, ...]:
    """Give the names a caller may use for `domain`."""
    return (*shipped_model().card["domains"], REVIEWS)


def engine_version(engine: str = "huisheng") -> str:
    """Give the version that this engine writes into every analysis."""
    return engine_named(engine).version
