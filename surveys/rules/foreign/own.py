"""Our own format: a definition as it stands, with the name and code of its survey; it round-trips exactly.

The format is described in ``docs/survey-format.md`` and, for programs, in ``docs/survey.schema.json``.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.sentences import N_, Value, said
from surveys.rules.definition import Definition
from surveys.rules.foreign import reading
from surveys.rules.foreign.report import Carried, UnreadableFileError

FORMAT = "huisheng"
VERSION = "survey/1"


class OwnFile(BaseModel):
    """A file of our own: which version of the format it is, the survey's name and code, and what it asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    huisheng: Literal["survey/1"] = "survey/1"
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    code: Annotated[str, StringConstraints(max_length=64)] = ""
    definition: Definition = Field(description="What the survey asks, in all its languages.")


def dump(definition: Definition, *, name: str, code: str = "") -> bytes:
    """Return a definition as a file, UTF-8, readable, everything that is not set left out."""
    file = OwnFile(name=name[:200] or "问卷", code=code[:64], definition=definition)
    shape = file.model_dump(mode="json", by_alias=True, exclude_none=True)
    return (json.dumps(shape, ensure_ascii=False, indent=2) + "\n").encode()


def looks_like(found: object) -> bool:
    """Tell whether some JSON is a file of our own."""
    return isinstance(found, dict) and "huisheng" in found


def load(found: Any) -> OwnFile:  # noqa: ANN401 - JSON
    """Return the file that some JSON is; raise UnreadableFileError saying where it is none."""
    if isinstance(found, dict) and found.get("huisheng") != VERSION:
        raise UnreadableFileError(
            said(
                N_("这份文件是 %(format)s 格式，本版本只认识 %(known)s"),
                format=str(found.get("huisheng"))[:40],
                known=VERSION,
            )
        )
    try:
        return OwnFile.model_validate(found)
    except (ValidationError, RecursionError) as error:
        raise UnreadableFileError(
            said(N_("文件不符合本系统的问卷格式：%(where)s"), where=_where(error))
        ) from error


def _where(error: Exception) -> Value:
    if not isinstance(error, ValidationError):
        return said(N_("层次太深"))
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])[:200]}（{first['msg'][:200]}）"


def carry(found: Any) -> Carried:  # noqa: ANN401 - JSON
    """Return the survey of a file of ours, unchanged."""
    file = load(found)
    return Carried(file.definition, FORMAT, file.name, len(file.definition.questions))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the format, which ``docs/survey.schema.json`` holds."""
    return OwnFile.model_json_schema(by_alias=True) | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Huisheng survey file, version 1",
    }


def read(data: bytes) -> OwnFile:
    """Return the file that some bytes are; raise UnreadableFileError if they are none."""
    return load(reading.json_of(data))
