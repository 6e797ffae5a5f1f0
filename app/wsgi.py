"""What the HTTP server loads in each of its processes."""

from flask import Flask

from app.start import prepare
from app.web import create_app
from core import settings
from core.process import die_with_parent


def application() -> Flask:
    """Return the application of one web process, with one database connection per thread."""
    die_with_parent()
    config = settings.current()
    prepare("web", pool_size=config.web_threads)
    return create_app(config)
