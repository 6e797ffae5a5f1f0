"""Request bodies of the API: parsed once, every mistake named by its field."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InvalidInputError
from core.sentences import N_

Shape = TypeVar("Shape", bound=BaseModel)


class StrictShape(BaseModel):
    """The ancestor of request bodies: unknown fields are mistakes, texts lose their outer blanks."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def parse(shape: type[Shape], body: Any) -> Shape:  # noqa: ANN401 - whatever JSON held
    """Return ``body`` as ``shape``; raise InvalidInputError whose fields name each mistake."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise InvalidInputError(N_("请求内容有误"), mistakes(error)) from None


def mistakes(error: ValidationError) -> dict[str, list[str]]:
    """Return the mistakes by dotted field path."""
    found: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(str(part) for part in item["loc"]) or "body"
        found.setdefault(path, []).append(item["msg"])
    return found
