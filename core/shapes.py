"""Request bodies of the API: parsed once, every mistake named by its field."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from core.errors import InvalidInputError
from core.sentences import N_

_A_TIME = "请写成 2026-06-10T11:30:00+08:00 这样的时间"
_A_DAY = "请写成 2026-06-30 这样的日期"
_AN_OBJECT = "请写成 JSON 对象"
_A_NUMBER = "请写成数字"
_A_WHOLE_NUMBER = "请写成整数"
_YES_OR_NO = "请写成 true 或 false"

# By the library's names of mistakes; its own English sentences stand in for those that are not here.
_SENTENCES = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个字段，请核对名称",
    "string_type": "请写成文本",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不对，或含有不能用的字符",
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_parsing_size": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "finite_number": _A_NUMBER,
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "dict_type": _AN_OBJECT,
    "model_type": _AN_OBJECT,
    "model_attributes_type": _AN_OBJECT,
    "list_type": "请写成 JSON 数组",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "datetime_type": _A_TIME,
    "datetime_parsing": _A_TIME,
    "datetime_from_date_parsing": _A_TIME,
    "datetime_object_invalid": _A_TIME,
    "timezone_aware": "缺少时区，例如 2026-06-10T11:30:00+08:00",
    "date_type": _A_DAY,
    "date_parsing": _A_DAY,
    "date_from_datetime_parsing": _A_DAY,
    "date_from_datetime_inexact": _A_DAY,
}

Shape = TypeVar("Shape", bound=BaseModel)


class StrictShape(BaseModel):
    """The ancestor of request bodies: unknown fields are mistakes, texts lose their outer blanks."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


LARGEST_ID = 2**63 - 1


def row_id(written: str | None) -> int | None:
    """Return a number of an address that could be a row's, None for whatever else stands there."""
    if not (written and written.isascii() and written.isdigit() and len(written) <= len(str(LARGEST_ID))):
        return None
    number = int(written)
    return number if number <= LARGEST_ID else None


def parse(shape: type[Shape], body: Any) -> Shape:  # noqa: ANN401 - whatever JSON held
    """Return ``body`` as ``shape``; raise InvalidInputError whose fields name each mistake."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise InvalidInputError(N_("请求内容有误"), mistakes(error)) from None


def mistakes(error: ValidationError) -> dict[str, list[str]]:
    """Return the mistakes by dotted field path."""
    found: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in item["loc"]) or "body"
        found.setdefault(path, []).append(_sentence(item))
    return found


def _sentence(item: ErrorDetails) -> str:
    """Return what is wrong as the insurer's engineers read it; our own shapes say it themselves."""
    given = {name: str(value).replace("'", "") for name, value in item.get("ctx", {}).items()}
    if item["type"] == "string_too_short" and given["min_length"] == "1":
        return "不能为空"
    known = _SENTENCES.get(item["type"])
    return known.format(**given) if known else item["msg"].removeprefix("Value error, ")
