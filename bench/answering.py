"""Showing and taking pages: a survey of 20 questions with logic beside one of a single question.

Same server, same load generator, alternating rounds in one run. The long survey is measured on one page, where an
answer is stored by one statement, and on five pages, where every page is kept on the way. CPU is that of the server's
processes and of PostgreSQL, from the operating system; memory is what the server's processes hold.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psutil
from sqlalchemy import insert, text

from app.demo import factories
from bench import house as houses
from bench.load import Run, form_post, send_all
from core import clock, db
from grid import queries as grid
from surveys.models import Invitation, Survey, SurveyVersion
from surveys.rules import asking
from surveys.rules.definition import Definition

CLIENTS = 50
ROUNDS = 5
PER_ROUND = 600
WARM_UP = 300

WORDS = "理赔员很耐心，材料一次说清楚，三天就到账了。就是热线排队太久，希望能改进一下，谢谢。"

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One thing that is measured: its name, the prepared requests, the status that every answer must have."""

    name: str
    requests: Sequence[bytes]
    status: int


def said(words: str) -> dict[str, str]:
    """Return a text in two languages."""
    return {"zh-Hans": words, "en": f"{words} (en)"}


def twenty_questions() -> list[Json]:
    """Return 20 questions of many kinds, eight of which are shown or required only after some answers."""
    options = [{"id": f"o{number}", "label": said(f"选项 {number}")} for number in range(1, 7)]
    unhappy = {"of": "q1", "is": "at_most", "than": 6}
    questions: list[Json] = [
        {"type": "nps", "id": "q1", "required": True, "low": said("不可能"), "high": said("可能")},
        {"type": "csat", "id": "q2", "required": True},
        {"type": "ces", "id": "q3"},
        {"type": "words", "id": "q4", "show": unhappy},
    ]
    for number in range(5, 21):
        kind = ("choice", "choices", "rating", "words", "slider")[number % 5]
        question: Json = {"type": kind, "id": f"q{number}"}
        if kind in {"choice", "choices"}:
            question["options"] = options
        elif kind == "slider":
            question |= {"lowest": 0, "highest": 100, "step": 5}
        elif kind == "rating":
            question["highest"] = 5
        if number % 3 == 0:
            question["show"] = {"any": [unhappy, {"of": "q2", "is": "below", "than": 4}]}
        if number % 7 == 0:
            question["require"] = {"of": "q1", "is": "at_least", "than": 9}
        questions.append(question)
    return [question | {"title": said(f"第 {place} 题")} for place, question in enumerate(questions, 1)]


def answers() -> dict[str, str]:
    """Return what a customer chooses on all 20 questions."""
    chosen = {"q1": str(random.randrange(11)), "q2": "5", "q3": "6", "q4": WORDS}
    for number in range(5, 21):
        chosen[f"q{number}"] = ("o2", "o3", "4", "很好", "55")[number % 5]
    return chosen


def documents() -> dict[str, Json]:
    """Return the questionnaires that are measured."""
    asked = twenty_questions()
    fifths = [{"id": f"p{n}", "questions": asked[4 * n - 4 : 4 * n]} for n in range(1, 6)]
    return {
        "one": {"title": said("一题"), "questions": asked[:1]},
        "twenty": {"title": said("二十题"), "questions": asked},
        "pages": {"title": said("五页二十题"), "pages": fifths},
    }


def prepare() -> list[Kind]:
    """Publish the questionnaires, invite people, and write down every request of the run."""
    many = WARM_UP + ROUNDS * PER_ROUND
    kinds = []
    for name, document in documents().items():
        tokens, version_id = _invitations(name, document, many)
        shown = [f"GET /s/{token} HTTP/1.1\r\nHost: bench\r\n\r\n".encode() for token in tokens]
        own = {"_version": version_id, "_language": "zh-Hans"}
        if name == "one":
            kinds += [Kind("GET, 1 question", shown, 200)]
            sent = [_post(token, own | {"_go": "send", "q1": answers()["q1"]}) for token in tokens]
            kinds += [Kind("POST, 1 question", sent, 303)]
        elif name == "twenty":
            kinds += [Kind("GET, 20 questions with logic on one page", shown, 200)]
            sent = [_post(token, own | {"_go": "send", **answers()}) for token in tokens]
            kinds += [Kind("POST, 20 questions with logic on one page", sent, 303)]
        else:
            first = [_post(token, own | {"_page": "p1", "_go": "next", **answers()}) for token in tokens]
            kinds += [Kind("POST, first of five pages (kept)", first, 303)]
            back = [f"GET /s/{token}/p/p2 HTTP/1.1\r\nHost: bench\r\n\r\n".encode() for token in tokens]
            kinds += [Kind("GET, second of five pages (resumed)", back, 200)]
    return kinds


def measure(house: houses.House) -> tuple[dict[str, list[tuple[Run, float]]], list[float]]:
    """Return the runs of every kind with the CPU seconds they took, and the server's memory (MB) after each round."""
    kinds = prepare()
    port = houses.free_port()
    web = house.web(port)
    for kind in kinds:
        send_all(port, kind.requests[:WARM_UP], CLIENTS)
    rounds: dict[str, list[tuple[Run, float]]] = {kind.name: [] for kind in kinds}
    memory = [_memory(web.pid)]
    for number in range(ROUNDS):
        part = slice(WARM_UP + number * PER_ROUND, WARM_UP + (number + 1) * PER_ROUND)
        for kind in kinds:
            before = houses.tree_cpu(web.pid) + house.database_cpu()
            run = send_all(port, kind.requests[part], CLIENTS)
            spent = houses.tree_cpu(web.pid) + house.database_cpu() - before
            assert run.statuses == {kind.status: PER_ROUND}, (kind.name, run.statuses)
            rounds[kind.name].append((run, spent))
        memory.append(_memory(web.pid))
    return rounds, memory


def report(house: houses.House) -> list[str]:
    """Return the figures as lines of Markdown."""
    rounds, memory = measure(house)
    rows = [
        f"| {name} | {median(run.rate for run, _ in runs):.0f} "
        f"| {1000 * median(run.percentile(0.5) for run, _ in runs):.0f} "
        f"| {1000 * median(run.percentile(0.95) for run, _ in runs):.0f} "
        f"| {1000 * median(spent / len(run.seconds) for run, spent in runs):.2f} |"
        for name, runs in rounds.items()
    ]
    return [
        f"{CLIENTS} concurrent clients, {ROUNDS} alternating rounds of {PER_ROUND} requests a kind, 2 web",
        "processes of 8 threads each; medians of the rounds. CPU is the server's and the database's together.",
        "",
        "| | requests/s | p50 ms | p95 ms | CPU ms per request |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "Memory of the web processes after warming up and after each round, MB: "
        + ", ".join(f"{size:.0f}" for size in memory),
    ]


def _memory(pid: int) -> float:
    """Return the resident memory (MB) of a process and its children."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_info().rss for process in processes) / 1024 / 1024


def _post(token: str, fields: dict[str, Any]) -> bytes:
    return form_post(f"/s/{token}", "bench", urlencode(fields))


def _invitations(name: str, document: Json, many: int) -> tuple[list[str], int]:
    with db.transaction() as session:
        survey = Survey(code=f"bench_{name}", name=name)
        session.add(survey)
        session.flush()  # the version needs its id
        version = SurveyVersion(
            survey_id=survey.id,
            number=1,
            state="published",
            definition=Definition.model_validate(document).model_dump(mode="json", exclude_none=True),
            published_at=clock.now(),
        )
        session.add(version)
        session.flush()  # the invitations need its id
        customer = factories.make_customer(session)
        seeds = [secrets.token_bytes(16) for _ in range(many)]
        region_id = grid.root(session).id
        rows = [
            factories.invitation_values(
                seed=seed, version_id=version.id, customer_id=customer.id, region_id=region_id
            )
            for seed in seeds
        ]
        session.execute(insert(Invitation), rows)
        session.execute(text("ANALYZE invitations"))
    return [asking.token_of(seed) for seed in seeds], version.id


if __name__ == "__main__":
    with houses.throw_away() as opened:
        print("\n".join(report(opened)))
