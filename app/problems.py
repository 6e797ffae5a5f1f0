"""What the world sees when something is wrong: pages for people, problem documents for machines.

Three kinds of error: shape and rule errors say a sentence, bugs say the request id and nothing else.
"""

from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from core import logs
from core.errors import DomainError, InvalidInputError
from core.telling import refusal
from surveys.public import pages
from surveys.public.addresses import questionnaire_of, size, with_arguments

log = logs.get(__name__)

PAGES = {403, 404, 413, 422, 429, 500, 503}


def register(app: Flask) -> None:
    """Install the handlers for all three kinds."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(Exception, _bug)


def answer(
    status: int, detail: str, fields: dict[str, list[str]] | None = None, *, say_detail: bool = False
) -> Response:
    """Return the error in the form that the asker understands; pages say ``detail`` only when told to."""
    if request.path.startswith("/api/"):
        return problem(status, detail, fields)
    if request.path.startswith(("/s/", "/q/", "/o/")):
        page = _to_a_customer(status)
    else:
        template = f"errors/{status if status in PAGES else 422 if status < 500 else 500}.html"
        more = _of_size() if status == 413 else {}
        page = render_template(
            template, request_id=g.get("request_id"), detail=detail, say_detail=say_detail, **more
        )
    response = Response(page, status=status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _of_size() -> dict[str, Any]:
    """Return how large the largest upload may be here, and the way back to where a file is chosen."""
    if request.endpoint != "surveys.import_survey":
        return {"most": None, "back": None}
    # The request may be a little larger than the file in it: megabytes are told rounded down.
    return {"most": (request.max_content_length or 0) // 1024**2, "back": request.path}


# What a customer is told, by status; everything else is our own fault.
TO_CUSTOMERS = {
    400: "unclear",
    403: "unclear",
    404: "unknown",
    405: "astray",
    413: "too_large",
    415: "unclear",
    422: "unclear",
    429: "busy",
    503: "busy",
}


def _to_a_customer(status: int) -> str:
    """Return the sentence that fits, with the way back to the questionnaire where the address tells which it is."""
    kind = TO_CUSTOMERS.get(status, "error")
    back = None if kind in {"unknown", "error"} else questionnaire_of(request.path)
    if back is not None:
        back = with_arguments(back, lang=request.args.get("lang"), **size())
    return pages.message(kind, back_url=back, request_id=g.get("request_id"))[0]


def problem(status: int, detail: str, fields: dict[str, list[str]] | None = None) -> Response:
    """Return an RFC 9457 problem document; ``errors`` maps field paths to sentences."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    if fields:
        body["errors"] = fields
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


HTTP_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


# What HTTP's own refusals say to engineers; the library speaks of browsers.
_TO_MACHINES = {
    400: "请求内容不是有效的 UTF-8 JSON",
    404: "没有这个接口",
    405: "这个接口不接受这种方法",
    413: "请求内容过大",
    415: "请求内容须为 JSON：Content-Type: application/json",
}


def _domain(error: DomainError) -> Response:
    fields = error.fields if isinstance(error, InvalidInputError) else None
    # Machines read one language whatever they say they accept; people read theirs.
    why = str(error) if request.path.startswith("/api/") else refusal(error)
    return answer(error.status, why, fields, say_detail=error.status != 404)


def _csrf(_error: CSRFError) -> Response:
    return answer(422, _("页面已过期，请返回上一页刷新后再提交。"), say_detail=True)


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    if request.path.startswith("/api/"):
        return answer(status, _TO_MACHINES.get(status, error.description or ""))
    return answer(status, error.description or "")


def _database_away(error: Exception) -> Response:
    log.warning("database_away", error=type(error).__name__)
    return answer(503, _("系统正忙，请稍后再试。"))


def _bug(error: Exception) -> Response:
    log.error("bug", exc_info=error)
    return answer(500, _("系统出了点问题，我们已经记录下来。"))
