"""The results page of one survey with 200,000 responses: simple SQL beside columns, cold and warm, and memory."""

import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import psutil
from sqlalchemy import text

from app import first_start
from app.demo import factories
from bench import house as houses
from bench.pages import ROUNDS, log_in, measure
from core import clock, db, settings
from surveys.jobs.columns import seal_columns
from surveys.models import Survey, SurveyVersion

RESPONSES = 200_000
INVITATIONS = 400_000
RECENT = 300
"""Responses of the last minutes, which no block holds yet."""


def _option(name: str) -> dict[str, Any]:
    return {"id": name, "label": {"zh-Hans": f"选项 {name}"}}


def _question(kind: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of any question
    return {"type": kind, "id": name, "title": {"zh-Hans": f"问题 {name}"}, **more}


DEFINITION = {
    "title": {"zh-Hans": "十个问题"},
    "pages": [
        {
            "id": "p1",
            "questions": [
                _question("nps", "nps", low={"zh-Hans": "不会"}, high={"zh-Hans": "会"}),
                _question("csat", "csat"),
                _question("ces", "ces"),
                _question("choice", "reason", options=[_option(f"r{n}") for n in range(6)]),
                _question("choices", "ways", options=[_option(f"w{n}") for n in range(5)]),
            ],
        },
        {
            "id": "p2",
            "questions": [
                _question("dropdown", "product", options=[_option(f"d{n}") for n in range(8)]),
                _question("matrix", "parts", mode="rating", rows=[_option(f"m{n}") for n in range(3)]),
                _question("ranking", "wish", options=[_option(f"k{n}") for n in range(4)]),
                _question("slider", "share"),
                _question("words", "why"),
            ],
        },
    ],
}

GROW = f"""
CREATE FUNCTION pick(id bigint, salt integer, most integer) RETURNS integer IMMUTABLE PARALLEL SAFE
    RETURN (hashint8(id * 64 + salt) & 2147483647) % most;
INSERT INTO invitations (seed, token_hash, version_id, touchpoint_code, customer_id, region_id, channel, reason,
                         created_at, due_at, expires_at, opened_at)
SELECT 'x'::bytea, sha256(('b' || n)::bytea), :version, 'claim_closed', :customer,
       (ARRAY(SELECT id FROM regions ORDER BY id))[1 + pick(n, 0, (SELECT count(*) FROM regions)::int)], 'email',
       CASE WHEN n % 10 = 0 THEN 'not_sampled' WHEN n % 25 = 0 THEN 'capped' END,
       now() - interval '400 days' + n * interval '84 seconds', now(),
       now() - interval '380 days' + n * interval '84 seconds',
       CASE WHEN n % 10 <> 0 AND n % 3 < 2 THEN now() END
FROM generate_series(1, {INVITATIONS}) n;
INSERT INTO responses (invitation_id, version_id, touchpoint_code, customer_id, region_id, channel, language,
                       submitted_at, started_at, nps, csat, ces, page_seconds)
SELECT i.id, :version, 'claim_closed', NULL, i.region_id, i.channel,
       CASE WHEN i.id % 9 = 0 THEN 'en' ELSE 'zh-Hans' END,
       i.at, i.at - interval '95 seconds', pick(i.id, 1, 11), 1 + pick(i.id, 2, 5), 1 + pick(i.id, 3, 7),
       jsonb_build_object('p1', 20 + pick(i.id, 4, 40), 'p2', 30 + pick(i.id, 5, 90))
FROM (
    SELECT id, region_id, channel,
           CASE WHEN place > {RESPONSES - RECENT} THEN now() - interval '5 minutes'
                ELSE now() - interval '399 days' + place * interval '172 seconds' END AS at
    FROM (
        SELECT *, row_number() OVER (ORDER BY id) AS place FROM invitations
        WHERE version_id = :version AND reason IS NULL ORDER BY id LIMIT {RESPONSES}
    ) numbered
) AS i;
INSERT INTO answers (response_id, question_id, number, option_ids, words)
SELECT r.id, a.question_id, a.number, a.option_ids, a.words
FROM responses r CROSS JOIN LATERAL (VALUES
    ('nps', r.nps::numeric, NULL::varchar[], NULL), ('csat', r.csat, NULL, NULL), ('ces', r.ces, NULL, NULL),
    ('reason', NULL, ARRAY['r' || pick(r.id, 6, 6)], NULL),
    ('ways', NULL, ARRAY['w' || pick(r.id, 7, 3), 'w' || 3 + pick(r.id, 8, 2)], NULL),
    ('product', NULL, ARRAY['d' || pick(r.id, 9, 8)], NULL),
    ('parts.m0', 1 + pick(r.id, 10, 5), NULL, NULL), ('parts.m1', 1 + pick(r.id, 11, 5), NULL, NULL),
    ('parts.m2', 1 + pick(r.id, 12, 5), NULL, NULL),
    ('wish', NULL, ARRAY['k' || pick(r.id, 13, 4), 'k' || (pick(r.id, 13, 4) + 1) % 4], NULL),
    ('share', pick(r.id, 14, 101), NULL, NULL),
    ('why', NULL, NULL, CASE WHEN r.id % 3 = 0 THEN '理赔等了 ' || r.id % 60 || ' 天，没有人告诉我进度' END)
) AS a(question_id, number, option_ids, words)
WHERE r.version_id = :version AND num_nonnulls(a.number, a.option_ids, a.words) = 1;
"""  # noqa: S608 - numbers of ours

# What a page without columns would ask: every number of every question, over the filtered responses.
SQL = {
    "numbers": """
        SELECT a.question_id, a.number, count(*) FROM responses r JOIN answers a ON a.response_id = r.id
        WHERE r.version_id = :version AND a.number IS NOT NULL {filter} GROUP BY 1, 2
    """,
    "options": """
        SELECT a.question_id, o, count(*), avg(place) FROM responses r JOIN answers a ON a.response_id = r.id
        CROSS JOIN LATERAL unnest(a.option_ids) WITH ORDINALITY AS u(o, place)
        WHERE r.version_id = :version {filter} GROUP BY 1, 2
    """,
    "medians": """
        SELECT p.key, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.value::numeric)
        FROM responses r CROSS JOIN LATERAL jsonb_each_text(r.page_seconds) p
        WHERE r.version_id = :version {filter} GROUP BY 1
    """,
    "funnel": """
        SELECT i.reason, i.opened_at IS NOT NULL, r.id IS NOT NULL, m.state, m.reason, count(*)
        FROM invitations i LEFT JOIN responses r ON r.invitation_id = i.id
        LEFT JOIN messages m ON m.kind = 'survey_invitation' AND m.subject_id = i.id
        WHERE i.version_id = :version GROUP BY 1, 2, 3, 4, 5
    """,
}
FILTERS = {
    "everything": "",
    "90 days": "AND r.submitted_at >= now() - interval '90 days'",
    "NPS 0–6": """
        AND EXISTS (SELECT FROM answers f WHERE f.response_id = r.id AND f.question_id = 'nps' AND f.number <= 6)
    """,
}
PAGES = {
    "everything": "",
    "90 days": "?period=90d",
    "NPS 0–6": "?answer=nps:0..6",
    "NPS 0–6 beside 9–10": "?answer=nps:0..6&compare=group&b_answer=nps:9..10",
    "reason × product, 12 months": "?period=12m&rows=reason&columns=product",
    "a province, one reason, one product": "?region=33&answer=reason:r1&answer=product:d3",
}


def grow() -> int:
    """Write the survey with its responses; return its id."""
    with db.transaction() as session:
        factories.region_tree(session)
        customer = factories.make_customer(session)
        survey = Survey(code="bench", name="十个问题")
        session.add(survey)
        session.flush()  # the version needs its id
        version = SurveyVersion(
            survey_id=survey.id, number=1, state="published", definition=DEFINITION, published_at=clock.now()
        )
        session.add(version)
        session.flush()  # the rows below need its id
        for statement in GROW.split(";\n"):
            if statement.strip():
                session.execute(text("SET LOCAL statement_timeout = 0"))
                session.execute(text(statement), {"version": version.id, "customer": customer.id})
        ids = survey.id, version.id
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    return ids[0]


def by_sql(version_id: int) -> dict[str, tuple[float, float]]:
    """Return the milliseconds of a page in simple SQL, by filter: those of the answers, those of the funnel."""
    found = {}
    for name, condition in FILTERS.items():
        took = []
        for _round in range(3):
            parts = {}
            with db.reading() as session:
                for what, statement in SQL.items():
                    began = time.perf_counter()
                    session.execute(text(statement.format(filter=condition)), {"version": version_id}).all()
                    parts[what] = 1000 * (time.perf_counter() - began)
            took.append((sum(parts.values()) - parts["funnel"], parts["funnel"]))
        found[name] = min(took)
    return found


def report(house: houses.House) -> list[str]:
    """Return the figures as lines of Markdown."""
    began = time.perf_counter()
    survey_id = grow()
    grown = time.perf_counter() - began
    with db.reading() as session:
        version_id = session.execute(
            text("SELECT id FROM survey_versions WHERE survey_id = :id"), {"id": survey_id}
        ).scalar_one()
    sql = by_sql(version_id)
    began = time.perf_counter()
    # Runs end after some seconds and would be asked for again by the queue; here nobody works it.
    last = -1
    while (left := _unsealed(version_id)) != last:
        last = left
        seal_columns()
    sealing = time.perf_counter() - began
    with db.reading() as session:
        blocks, size, answers = session.execute(
            text("""
                SELECT (SELECT count(DISTINCT (number, starts_with(key, '@asks'))) FROM survey_blocks),
                       (SELECT pg_total_relation_size('survey_blocks')), (SELECT pg_total_relation_size('answers'))
            """)
        ).one()
    password = first_start.ensure_administrator(settings.current()) or ""
    port = houses.free_port()
    web = house.web(port)
    cookie = log_in(port, password)
    before = _memory(web.pid)
    address = f"/surveys/{survey_id}/results"
    cold = _once(port, cookie, address)
    warm = {}
    for name, query in PAGES.items():
        used = houses.tree_cpu(web.pid) + house.database_cpu()
        p50, p95 = measure(port, cookie, address + query)
        used = houses.tree_cpu(web.pid) + house.database_cpu() - used
        warm[name] = (p50, p95, 1000 * used / (ROUNDS + 2))
    after = _memory(web.pid)
    for query in PAGES.values():
        measure(port, cookie, address + query)
    again = _memory(web.pid)
    pages = len(PAGES) * (ROUNDS + 2)
    made = (
        f"{RESPONSES:,} responses to ten questions (twelve keys), {INVITATIONS:,} invitations; made in {grown:.0f} s."
        f" Sealing them into {blocks} blocks took {sealing:.0f} s; blocks {size / 2**20:.0f} MB beside"
        f" {answers / 2**20:.0f} MB of answers. The first page of a fresh process took {cold:.0f} ms; the web"
        f" processes grew from {before:.0f} to {after:.0f} MB in {pages} pages with all columns kept"
        f" (never more than 64 MB in each), and were at {again:.0f} MB after as many more."
    )
    return [
        made,
        "",
        "| whole page over HTTP, warm | p50 ms | p95 ms | CPU ms, web and database |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {p50:.0f} | {p95:.0f} | {cpu:.0f} |" for name, (p50, p95, cpu) in warm.items()),
        "",
        "| the same numbers in simple SQL, best of three, one after another | answers ms | funnel ms |",
        "|---|---:|---:|",
        *(
            f"| {name} | {answers_ms:.0f} | {funnel_ms:.0f} |"
            for name, (answers_ms, funnel_ms) in sql.items()
        ),
    ]


def _unsealed(version_id: int) -> int:
    with db.reading() as session:
        return int(
            session.execute(
                text("""
                    SELECT (SELECT count(*) FROM responses WHERE version_id = :v AND id >
                                COALESCE((SELECT max(last_id) FROM survey_blocks WHERE key = '@id'), 0))
                         + (SELECT count(*) FROM invitations WHERE version_id = :v AND id >
                                COALESCE((SELECT max(last_id) FROM survey_blocks WHERE key = '@asks@id'), 0))
                """),
                {"v": version_id},
            ).scalar_one()
        )


def _memory(pid: int) -> float:
    process = psutil.Process(pid)
    everybody = [process, *process.children(recursive=True)]
    return float(sum(one.memory_info().rss for one in everybody)) / 2**20


def _once(port: int, cookie: str, path: str) -> float:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", quote(path, safe="/?=&:."), headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    with houses.throw_away() as opened:
        print("\n".join(report(opened)))
