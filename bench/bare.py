"""The bare limit beside which we measure: a Flask route that does one INSERT and COMMIT, nothing else."""

import os

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, text


def application() -> Flask:
    """Return the bare application on the database of BENCH_URL."""
    app = Flask("bare")
    engine = create_engine(os.environ["BENCH_URL"], pool_size=8, max_overflow=2)
    insert = text("INSERT INTO bench_bare (nps, why) VALUES (:nps, :why) RETURNING id")

    @app.post("/bare")
    def bare() -> ResponseReturnValue:
        with engine.begin() as connection:
            connection.execute(insert, {"nps": int(request.form["nps"]), "why": request.form["why"]})
        return "", 204

    return app
