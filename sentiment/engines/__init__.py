"""The engines a caller may choose from, and the one call that uses them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Protocol

from sentiment.analysis import Analysis
from sentiment.engines.huisheng import Huisheng
from sentiment.engines.snow import Snow
from sentiment.models.store import shipped_model


class Engine(Protocol):
    """Something that understands texts."""

    version: str

    def analyse_many(self, texts: list[str]) -> list[Analysis]:
        """Understand the texts, one answer each, in their order."""
        ...


ENGINES = ("huisheng", "snownlp")
"""Names of the engines: ours, and SnowNLP as it comes, kept to be measured against."""


@cache
def engine_named(name: str) -> Engine:
    """Give the engine of that name, loaded once; raises `ValueError` for a name that is not in `ENGINES`."""
    if name == "huisheng":
        return Huisheng(shipped_model())
    if name == "snownlp":
        return Snow()
    msg = f"there is no engine {name!r}; there are {', '.join(ENGINES)}"
    raise ValueError(msg)


def analyse(text: str, *, engine: str = "huisheng") -> Analysis:
    """Understand one text. Never raises on any `str`; `ValueError` for an unknown engine."""
    return engine_named(engine).analyse_many([text])[0]


def analyse_many(texts: Iterable[str], *, engine: str = "huisheng") -> list[Analysis]:
    """Understand many texts, one answer each in their order; several times quicker than one by one."""
    return engine_named(engine).analyse_many(list(texts))


def engine_version(engine: str = "huisheng") -> str:
    """Give the version that this engine writes into every analysis."""
    return engine_named(engine).version


ENGINE_VERSION = "huisheng-" + str(shipped_model().card["version"])
"""Version of the default engine with its shipped model."""
