"""The Flask application: blueprints, the shell around every request, and what the world may ask of health."""

import secrets
import time
from typing import Any

import flask_babel
from flask import Flask, Request, Response, g, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from app import assets, blueprints, navigation, problems
from core import clock, logs, metrics, telling
from core.settings import Settings
from surveys.rules import phrases
from surveys.rules.texts import say

log = logs.get(__name__)


class SoberJson(DefaultJSONProvider):
    """JSON in which nesting without end is a malformed body, not a bug of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401 - as the base class says
        """Return what ``s`` says; raise ValueError for whatever is no JSON document."""
        try:
            return super().loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


class FormSessions(SecureCookieSessionInterface):
    """The signed cookie of staff's forms; customers' pages and the API neither have nor pay for one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a page with forms."""
        if request.path.startswith(("/s/", "/o/", "/q/", "/api/")):
            return SecureCookieSession()
        return super().open_session(app, request)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class RowId(IntegerConverter):
    """A number in an address that could be a row's: what is larger than a bigint leads nowhere."""

    def __init__(self, url_map: Map, **kwargs: Any) -> None:  # noqa: ANN401 - as the base class says
        super().__init__(url_map, **({"max": 2**63 - 1} | kwargs))


csrf = CSRFProtect()
babel = flask_babel.Babel()

MAX_BODY = 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Build the application for ``settings``; ``app.start.prepare`` must have run in this process."""
    app = Flask("app", static_folder="static", static_url_path="/static")
    app.json = SoberJson(app)
    app.session_interface = FormSessions()
    app.url_map.converters["int"] = RowId
    app.config.update(
        SECRET_KEY=settings.huisheng_secret,
        SETTINGS=settings,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        SESSION_COOKIE_NAME="hs_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SEND_FILE_MAX_AGE_DEFAULT=86400,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        BABEL_DEFAULT_LOCALE="zh_Hans",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    # First of all, so that whatever refuses the request later can name it.
    app.before_request(_begin)
    csrf.init_app(app)
    app.before_request(navigation.look_for_news)
    babel.init_app(app, locale_selector=navigation.locale)
    app.after_request(_finish)
    blueprints.register(app, csrf)
    problems.register(app)
    assets.register(app)
    _register_templates(app)
    return app


def _register_templates(app: Flask) -> None:
    # Imported macros see globals, not what a context processor adds.
    app.jinja_env.globals.update(
        csp_nonce=csp_nonce, get_locale=flask_babel.get_locale, say=say, answer_words=phrases.words
    )
    app.jinja_env.filters["beijing"] = clock.beijing
    app.jinja_env.filters["told"] = telling.told
    app.jinja_env.filters["short_time"] = clock.short
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(navigation.context)


def csp_nonce() -> str:
    """Return the nonce of this response; scripts and styles without it do not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = logs.new_request_id(request.headers.get("X-Request-Id"))
    logs.begin_request(g.request_id)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html" and "Location" not in headers:  # a redirect shows nothing
        headers["Content-Security-Policy"] = _policy()
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if "frame_ancestors" not in g:
            headers["X-Frame-Options"] = "DENY"
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    metrics.requests.labels(route, f"{response.status_code // 100}xx").inc()
    metrics.request_seconds.labels(route).observe(seconds)
    log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response


def _policy() -> str:
    nonce = csp_nonce()
    parts: dict[str, Any] = {
        "default-src": "'self'",
        "script-src": f"'self' 'nonce-{nonce}'",
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        # A page that may stand in a frame (a preview, an embedded questionnaire) says in whose.
        "frame-ancestors": g.get("frame_ancestors", "'none'"),
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())
