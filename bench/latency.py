"""From answer to ticket: a detractor's answer is sent, the ticket's row is waited for; queue idle, real processes."""

import secrets
import time
from urllib.parse import urlencode

from sqlalchemy import insert, select

from app.demo import factories
from bench import house as houses
from bench.load import form_post, send_all
from core import db
from feedback.models import Feedback
from grid import queries as grid
from surveys.models import Invitation
from surveys.rules import asking
from tickets.models import Ticket

ANSWERS = 60
PAUSE_SECONDS = 0.3


def measure(house: houses.House) -> list[float]:
    """Return the seconds from sending each answer to seeing its ticket, sorted."""
    with db.transaction() as session:
        customer = factories.make_customer(session)
        version_id = factories.published(session).id
        region_id = grid.root(session).id
        seeds = [secrets.token_bytes(16) for _ in range(ANSWERS + 1)]
        rows = [
            factories.invitation_values(
                seed=s, version_id=version_id, customer_id=customer.id, region_id=region_id
            )
            for s in seeds
        ]
        session.execute(insert(Invitation), rows)
    port = houses.free_port()
    house.web(port)
    house.spawn("-m", "app.cli", "worker")
    took = []
    for number, seed in enumerate(seeds):
        words = f"报案第{number}天了还没人联系我，太慢了"
        began = time.perf_counter()
        request = form_post(f"/s/{asking.token_of(seed)}", "bench", urlencode({"nps": 1, "why": words}))
        assert send_all(port, [request], 1).statuses == {303: 1}
        wanted = (
            select(Ticket.id).join(Feedback, Feedback.id == Ticket.feedback_id).where(Feedback.words == words)
        )
        while True:
            with db.reading() as session:
                if session.scalar(wanted) is not None:
                    break
            time.sleep(0.01)
        took.append(time.perf_counter() - began)
        time.sleep(PAUSE_SECONDS)
    return sorted(took[1:])  # the first one waits for the worker to start and to load the text model


def report(house: houses.House) -> list[str]:
    """Return the figures as lines of Markdown."""
    took = measure(house)
    return [
        f"{len(took)} detractors' answers with words, one after another, one worker process, idle queue.",
        "",
        "| p50 s | p95 s | longest s |",
        "|---|---|---|",
        f"| {took[len(took) // 2]:.2f} | {took[int(0.95 * len(took))]:.2f} | {took[-1]:.2f} |",
    ]


if __name__ == "__main__":
    with houses.throw_away() as opened:
        print("\n".join(report(opened)))
