"""Pages of staff over HTTP: the demo's year, then the same with 100,000 utterances and 100,000 tickets on top."""

import re
import time
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import text

from app import first_start
from app.demo import story
from bench import house as houses
from core import db, settings

PATHS = {
    "dashboard, 30 days": "/?period=30d",
    "dashboard, 90 days": "/",
    "dashboard, 12 months": "/?period=12m",
    "ticket queue": "/tickets",
    "ticket queue, overdue": "/tickets?tab=all&due=overdue",
    "inbox": "/feedback",
    "inbox, negative claims": "/feedback?sentiment=negative&touchpoint=claim_closed",
    "inbox, words searched": "/feedback?q=理赔",
}
ROUNDS = 20

GROW = """
INSERT INTO feedback (source, source_id, channel, words, masked_words, occurred_at, received_at, region_id,
                      touchpoint_code, nps, csat, sentiment, score, risks, keywords, engine, tagged_at, history)
SELECT 'bench', n::text, 'survey', f.words, f.masked_words, f.occurred_at - (n % 300) * interval '1 hour',
       f.received_at, f.region_id, f.touchpoint_code, f.nps, f.csat, f.sentiment, f.score, f.risks, f.keywords,
       f.engine, f.tagged_at, true
FROM generate_series(1, 100000) n
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM feedback WHERE words <> '') f
  ON f.place = 1 + n % (SELECT count(*) FROM feedback WHERE words <> '');
INSERT INTO tickets (feedback_id, trigger, region_id, touchpoint_code, priority, state, opened_at, due_at, due_exact)
SELECT f.id, 'detractor', f.region_id, f.touchpoint_code, 'normal', 'new', f.occurred_at,
       f.occurred_at + interval '3 days', true
FROM feedback f WHERE f.source = 'bench';
"""


def report(house: houses.House) -> list[str]:
    """Return the figures as lines of Markdown."""
    story.tell()
    password = first_start.ensure_administrator(settings.current()) or ""
    port = houses.free_port()
    house.web(port)
    cookie = log_in(port, password)
    small = {name: measure(port, cookie, path) for name, path in PATHS.items()}
    with db.transaction() as session:
        session.connection().exec_driver_sql(GROW.replace("%", "%%"))
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    large = {name: measure(port, cookie, path) for name, path in PATHS.items()}
    lines = [
        f"One administrator, {ROUNDS} requests one after another for each page, whole page over HTTP.",
        "",
        "| page | demo p50 ms | demo p95 ms | + 100,000 rows p50 ms | p95 ms |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in PATHS:
        (p50, p95), (q50, q95) = small[name], large[name]
        lines.append(f"| {name} | {p50:.0f} | {p95:.0f} | {q50:.0f} | {q95:.0f} |")
    return lines


def log_in(port: int, password: str) -> str:
    """Return the cookies of the administrator after logging in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/login")
    page = connection.getresponse()
    form_cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert found is not None
    body = urlencode({"login": first_start.ADMIN, "password": password, "csrf_token": found[1]})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": form_cookie}
    connection.request("POST", "/login", body, headers)
    answer = connection.getresponse()
    assert answer.status == 302, answer.read().decode()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(cookies)


def measure(port: int, cookie: str, path: str) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    head, _, query = path.partition("?")
    address = f"{head}?{urlencode(parse_qsl(query))}"
    for _round in range(ROUNDS + 2):
        began = time.perf_counter()
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        took.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200, (path, answer.status)
    ordered = sorted(took[2:])
    return ordered[ROUNDS // 2], ordered[int(0.95 * ROUNDS) - 1]
