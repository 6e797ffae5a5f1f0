"""Every blueprint of the house, in the order of the tower."""

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from app import admin, health
from dashboards import api as dashboards_api
from dashboards import views as dashboards_views
from delivery import views as delivery_views
from feedback import api as feedback_api
from feedback import views as feedback_views
from grid import views as grid_views
from journeys import api as journeys_api
from surveys import api as surveys_api
from surveys import public as surveys_public
from surveys import views as surveys_views
from tickets import api as tickets_api
from tickets import views as tickets_views

PAGES: tuple[Blueprint, ...] = (
    dashboards_views.bp,
    tickets_views.bp,
    feedback_views.bp,
    surveys_views.bp,
    delivery_views.bp,
    grid_views.bp,
    admin.bp,
)

# No cookie lets anyone in here: keys authorise the API, the token in the address the answer page.
WITHOUT_COOKIES: tuple[Blueprint, ...] = (
    surveys_public.bp,
    journeys_api.bp,
    surveys_api.bp,
    feedback_api.bp,
    tickets_api.bp,
    dashboards_api.bp,
    health.bp,
)


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Register all blueprints; those that no cookie authorises are free of CSRF tokens."""
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    for blueprint in WITHOUT_COOKIES:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
