"""The door of every page and API route: who is asking, and may they.

Pages stand behind :func:`needs`, API routes behind :func:`needs_scope`; what is behind neither is listed
by name in the route test. What the asker sees of a table is narrowed by ``visible_to(viewer())`` in the
package's ``queries.py``, the same for a member of staff and for an API key.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import db
from core.errors import DomainError
from grid import services
from grid.rules import Permission, Role, Scope, Viewer

P = ParamSpec("P")
R = TypeVar("R")

COOKIE = "hs_staff"


class UnauthorizedError(DomainError):
    """An API call without a valid key."""

    status = 401


class ForbiddenError(DomainError):
    """A key that was not issued for this, or a change for the whole house by somebody of one region."""

    status = 403


def staff_or_none() -> Viewer | None:
    """Return the member of staff whose session the cookie names, if it is alive; asks once per request."""
    if "staff" not in g:
        token = request.cookies.get(COOKIE)
        g.staff = None
        if token:
            idle = timedelta(minutes=current_app.config["SETTINGS"].idle_minutes)
            with db.transaction() as session:
                g.staff = services.resume(session, token, idle=idle)
    viewer: Viewer | None = g.staff
    return viewer


def viewer() -> Viewer:
    """Return who is asking, behind :func:`needs` or :func:`needs_scope`."""
    result = g.get("viewer")
    if not isinstance(result, Viewer):
        raise RuntimeError("viewer() was called on a route without needs() or needs_scope()")
    return result


def actor() -> str:
    """Return how the audit log names whoever is asking: ``staff:12`` or ``key:hotline``."""
    return viewer().signature


def may(permission: Permission) -> bool:
    """Say whether the member of staff who is asking has ``permission``; false for strangers."""
    staff = staff_or_none()
    return staff is not None and staff.may(permission)


def at_headquarters(permission: Permission) -> bool:
    """Say whether the member of staff who is asking has ``permission`` for the whole house."""
    staff = staff_or_none()
    return staff is not None and staff.everywhere and staff.may(permission)


def headquarters_only(why: str) -> None:
    """Raise ForbiddenError, which says ``why``, unless headquarters ask; behind :func:`needs`."""
    if not viewer().everywhere:
        raise ForbiddenError(why)


def needs(permission: Permission | None) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let only staff with ``permission`` in (any staff for None); strangers go to the login page."""

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            staff = staff_or_none()
            if staff is None:
                wanted = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("grid.login", next=wanted))
            if permission is not None and not staff.may(permission):
                abort(403)
            g.viewer = staff
            return view(*args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def needs_scope(scope: Scope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only API calls in that bear a living key issued for ``scope``."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            kind, _space, key = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "bearer" or not key:
                raise UnauthorizedError("send an API key as Authorization: Bearer <key>")
            with db.transaction() as session:
                found = services.viewer_of_key(session, key.strip())
            if found is None:
                raise UnauthorizedError("this API key is unknown, expired or revoked")
            if scope not in found.scopes:
                raise ForbiddenError(f"this API key was not issued for {scope}")
            g.viewer = found
            return view(*args, **kwargs)

        guarded.needs_scope = scope  # type: ignore[attr-defined]
        return guarded

    return guard


def role_name(role: Role | None) -> str:
    """Return a role as people read it."""
    return (
        {
            Role.ADMINISTRATOR: _("系统管理员"),
            Role.CX_MANAGER: _("体验经理"),
            Role.AGENT: _("客服专员"),
            Role.ANALYST: _("分析师"),
            Role.VIEWER: _("查看者"),
            Role.AUDITOR: _("审计员"),
        }.get(role, "")
        if role
        else ""
    )
