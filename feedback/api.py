"""``/api/v1/feedback``: where other channels hand in what customers said, and read what became of it."""

import json
from collections.abc import Iterator
from typing import IO, Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from core import db, shapes
from core.errors import InvalidInputError
from core.jobs import engine
from feedback import forms, queries, services
from feedback.forms import FeedbackShape
from feedback.models import Feedback
from feedback.services import Receipt, Row
from grid import access
from grid.rules import Scope, Viewer

bp = Blueprint("feedback_api", __name__, url_prefix="/api/v1")

BATCH_BYTES = 32 * 1024 * 1024
BATCH_LINES = 20_000
LINE_BYTES = 256 * 1024
CHUNK = 1_000
LARGEST_PAGE = 200


@bp.post("/feedback")
@access.needs_scope(Scope.FEEDBACK_WRITE)
def take_in() -> ResponseReturnValue:
    """Take in one utterance: 201 if it is new, 200 if it was handed in before."""
    body = shapes.parse(FeedbackShape, request.get_json())
    with db.transaction() as session:
        receipt = services.take_in(session, body.utterance(), viewer=access.viewer())
    return jsonify(id=receipt.id, duplicate=not receipt.new), 201 if receipt.new else 200


@bp.post("/feedback/batch")
@access.needs_scope(Scope.FEEDBACK_WRITE)
def take_in_lines() -> ResponseReturnValue:
    """Take in JSON lines, a thousand in a transaction; answer one JSON line for each.

    A line's answer is 201, 200 or 422 with its mistakes, as if it had come alone; a bad line keeps no other
    out. The answer is written when all lines are read, for many clients read only after they have sent
    everything. Who lost the connection sends the same lines again.
    """
    request.max_content_length = BATCH_BYTES
    viewer = access.viewer()
    results: list[dict[str, Any]] = []
    chunk: list[tuple[int, bytes]] = []
    for number, line in enumerate(_lines(request.stream), start=1):
        if not line.strip():
            continue
        if number > BATCH_LINES:
            results += _take_in_chunk(chunk, viewer)
            chunk = []
            results.append(
                {"line": number, "status": 413, "detail": f"一次最多 {BATCH_LINES} 行，其余未处理"}
            )
            break
        chunk.append((number, line))
        if len(chunk) == CHUNK:
            results += _take_in_chunk(chunk, viewer)
            chunk = []
    else:
        results += _take_in_chunk(chunk, viewer)
    body = "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results)
    return Response(body, mimetype="application/x-ndjson")


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Return the lines of the body, each cut off behind what a line may have."""
    while line := stream.readline(LINE_BYTES + 1):
        if len(line) > LINE_BYTES and not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(LINE_BYTES)
        yield line


def _take_in_chunk(chunk: list[tuple[int, bytes]], viewer: Viewer) -> list[dict[str, Any]]:
    if not chunk:
        return []
    results: list[dict[str, Any]] = []
    resolved: list[tuple[dict[str, Any], Row]] = []
    with db.transaction() as session:
        for number, line in chunk:
            result: dict[str, Any] = {"line": number}
            results.append(result)
            try:
                found = services.resolve(session, _shape(line).utterance(), viewer=viewer)
            except InvalidInputError as error:
                result |= {"status": error.status, "detail": str(error), "errors": error.fields}
                continue
            if isinstance(found, Receipt):
                result |= {"status": 200, "id": found.id}
            else:
                resolved.append((result, found))
        taken = services.take_in_many(session, [row for _result, row in resolved])
        fresh = dict(taken)
        for result, row in resolved:
            # The first line of a pair made the row; a second one in the same chunk was seen before.
            new = fresh.pop((row.source, row.source_id), None)
            known = taken.get((row.source, row.source_id)) or services.known(
                session, row.source, row.source_id
            )
            result |= {"status": 201 if new else 200, "id": known}
        if taken:
            engine.defer(session, services.TAG_JOB, key=services.TAG_JOB)
    return results


def _shape(line: bytes) -> FeedbackShape:
    if len(line) > LINE_BYTES:
        raise InvalidInputError("这一行太长", {"body": [f"一行最多 {LINE_BYTES // 1024} KB"]})
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInputError("这一行不是 JSON", {"body": ["不是有效的 UTF-8 JSON"]}) from None
    return shapes.parse(FeedbackShape, body)


@bp.get("/feedback")
@access.needs_scope(Scope.FEEDBACK_READ)
def listing() -> ResponseReturnValue:
    """Return feedback of the key's regions, newest first, with masked words and a cursor to go on."""
    filters, _used, wrong = forms.read_filters(request.args)
    for name in request.args.keys() - forms.FILTERS - {"cursor", "limit"}:
        # A filter that is misspelt would otherwise answer with everything.
        wrong[name] = ["没有这个参数，请核对名称"]
    after = None
    try:
        after = forms.read_place(request.args, "cursor")
    except ValueError as error:
        wrong["cursor"] = [str(error)]
    size = request.args.get("limit", "50")
    if not (size.isascii() and size.isdigit() and 1 <= int(size[:6]) <= LARGEST_PAGE):
        wrong["limit"] = [f"1 到 {LARGEST_PAGE} 之间的整数"]
    if wrong:
        raise InvalidInputError("查询条件有误", wrong)
    with db.reading() as session:
        page = queries.page(session, access.viewer(), filters, after=after, size=int(size))
        items = [_item(row) for row in page.rows]
    return jsonify(items=items, next=str(page.older) if page.older else None)


def _item(row: Feedback) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "source_id": row.source_id,
        "channel": row.channel,
        "text": row.masked_words,
        "occurred_at": row.occurred_at.isoformat(),
        "received_at": row.received_at.isoformat(),
        "rating": row.rating,
        "nps": row.nps,
        "csat": row.csat,
        "ces": row.ces,
        "touchpoint": row.touchpoint_code,
        "region": row.region.code,
        "sentiment": row.sentiment,
        "score": row.score,
        "topics": {topic.code: topic.polarity for topic in row.topics},
        "risks": list(row.risks),
        "keywords": list(row.keywords),
        "tagged": row.tagged_at is not None,
        "said_again_at": row.said_again_at.isoformat() if row.said_again_at else None,
        "handled_at": row.handled_at.isoformat() if row.handled_at else None,
    }
