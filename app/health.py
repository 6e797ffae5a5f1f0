"""Three questions from outside: is the process alive, can it serve, and how is it doing."""

import os

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest, multiprocess
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from sqlalchemy.exc import SQLAlchemyError

from app import schema
from core import db
from core.jobs import engine

bp = Blueprint("health", __name__)

LONGEST_LAG_SECONDS = 120.0


@bp.get("/healthz")
def alive() -> Response:
    """Say that the process answers; asks nothing of the database."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> Response:
    """Say whether requests can be served: database there, migrations at head, queue not stuck."""
    checks = {"database": False, "migrations": False, "queue": False}
    lag, waiting = None, None
    try:
        with db.reading() as session:
            connection = session.connection()  # only now does anybody ask the database
            checks["database"] = True
            checks["migrations"] = schema.at(connection) == schema.head()
            if checks["migrations"]:
                waiting, lag = engine.waiting(session)
                checks["queue"] = lag <= LONGEST_LAG_SECONDS
    except SQLAlchemyError:
        pass  # the checks that were not reached say it
    response = jsonify(
        status="ok" if all(checks.values()) else "unavailable",
        checks=checks,
        waiting=waiting,
        lag_seconds=lag,
    )
    response.status_code = 200 if all(checks.values()) else 503
    return response


@bp.get("/metrics")
def metrics() -> Response:
    """Return Prometheus metrics of all processes, and the length and lag of the queue."""
    registry = PROCESS_REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    own = CollectorRegistry()
    try:
        with db.reading() as session:
            waiting, lag = engine.waiting(session)
        Gauge("huisheng_queue_waiting", "Jobs and events that are due", registry=own).set(waiting)
        Gauge("huisheng_queue_lag_seconds", "How long the oldest of them waits", registry=own).set(lag)
        Gauge("huisheng_database_up", "Whether the database answers", registry=own).set(1)
    except SQLAlchemyError:
        Gauge("huisheng_database_up", "Whether the database answers", registry=own).set(0)
    return Response(generate_latest(registry) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)
