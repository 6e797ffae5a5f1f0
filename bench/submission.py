"""Submission through the real stack beside a bare Flask route with one INSERT and COMMIT.

Same HTTP server with the same processes and threads, same PostgreSQL, same load generator, alternating
rounds in one run. CPU is that of the server's processes and of PostgreSQL, from the operating system.
"""

import random
import secrets
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import insert, text

from app.demo import factories
from bench import house as houses
from bench.load import Run, form_post, send_all
from core import db
from grid import queries as grid
from surveys.models import Invitation
from surveys.rules import asking

CLIENTS = 50
ROUNDS = 5
PER_ROUND = 1500
WARM_UP = 300

WORDS = "理赔员很耐心，材料一次说清楚，三天就到账了。就是热线排队太久，希望能改进一下，谢谢。"


@dataclass(frozen=True)
class Figure:
    """One side's figures over the rounds: requests/s, p95 in ms, CPU ms per accepted answer."""

    rate: float
    p50: float
    p95: float
    cpu: float


def measure(house: houses.House) -> tuple[Figure, Figure]:
    """Return the figures of the real stack and of the bare route."""
    tokens, version_id = _invitations(WARM_UP + ROUNDS * PER_ROUND)
    ours_port, bare_port = houses.free_port(), houses.free_port()
    ours = house.web(ours_port)
    with db.transaction() as session:
        session.execute(
            text(
                "CREATE TABLE bench_bare"
                " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nps int, why text)"
            )
        )
    house.environment["BENCH_URL"] = db.driver_url(house.url)
    bare = house.spawn(
        "-m", "granian", "--interface", "wsgi", "--factory", "--workers", "2", "--blocking-threads", "8",
        "--port", str(bare_port), "--no-log", "bench.bare:application",
    )  # fmt: skip
    houses.wait_for(bare_port, "/")
    page = {"_version": version_id, "_language": "zh-Hans"}  # as the page's hidden fields say
    ours_requests = [
        form_post(f"/s/{token}", "bench", urlencode({**page, "nps": random.randrange(11), "why": WORDS}))
        for token in tokens
    ]
    bare_requests = [form_post("/bare", "bench", urlencode({"nps": 9, "why": WORDS}))] * len(ours_requests)
    send_all(ours_port, ours_requests[:WARM_UP], CLIENTS)
    send_all(bare_port, bare_requests[:WARM_UP], CLIENTS)
    rounds: dict[str, list[tuple[Run, float]]] = {"ours": [], "bare": []}
    for number in range(ROUNDS):
        part = slice(WARM_UP + number * PER_ROUND, WARM_UP + (number + 1) * PER_ROUND)
        for name, process, port, requests, status in (
            ("ours", ours, ours_port, ours_requests, 303),
            ("bare", bare, bare_port, bare_requests, 204),
        ):
            before = houses.tree_cpu(process.pid) + house.database_cpu()
            run = send_all(port, requests[part], CLIENTS)
            spent = houses.tree_cpu(process.pid) + house.database_cpu() - before
            assert run.statuses == {status: PER_ROUND}, run.statuses
            rounds[name].append((run, spent))
    with db.reading() as session:
        stored = session.scalar(text("SELECT count(*) FROM responses"))
    assert stored == WARM_UP + ROUNDS * PER_ROUND, stored
    return _figure(rounds["ours"]), _figure(rounds["bare"])


def report(house: houses.House) -> list[str]:
    """Return the figures as lines of Markdown."""
    ours, bare = measure(house)
    rows = [("submit an answer", ours), ("bare Flask route, one INSERT + COMMIT", bare)]
    return [
        f"{CLIENTS} concurrent clients, {ROUNDS} alternating rounds of {PER_ROUND} requests, 2 web",
        "processes of 8 threads each; medians of the rounds. CPU is the server's and the database's together.",
        "",
        "| | requests/s | p50 ms | p95 ms | CPU ms per request |",
        "|---|---|---|---|---|",
        *(f"| {name} | {f.rate:.0f} | {f.p50:.0f} | {f.p95:.0f} | {f.cpu:.2f} |" for name, f in rows),
        f"| ratio | {ours.rate / bare.rate:.2f} | | {ours.p95 / bare.p95:.2f} | {ours.cpu / bare.cpu:.2f} |",
    ]


def _invitations(many: int) -> tuple[list[str], int]:
    with db.transaction() as session:
        customer = factories.make_customer(session)
        version_id = factories.published(session).id
        region_id = grid.root(session).id
        seeds = [secrets.token_bytes(16) for _ in range(many)]
        rows = [
            factories.invitation_values(
                seed=seed, version_id=version_id, customer_id=customer.id, region_id=region_id
            )
            for seed in seeds
        ]
        session.execute(insert(Invitation), rows)
        session.execute(text("ANALYZE invitations"))
    return [asking.token_of(seed) for seed in seeds], version_id


def _figure(rounds: list[tuple[Run, float]]) -> Figure:
    return Figure(
        rate=median(run.rate for run, _ in rounds),
        p50=1000 * median(run.percentile(0.5) for run, _ in rounds),
        p95=1000 * median(run.percentile(0.95) for run, _ in rounds),
        cpu=1000 * median(spent / len(run.seconds) for run, spent in rounds),
    )


if __name__ == "__main__":
    with houses.throw_away() as opened:
        print("\n".join(report(opened)))
