"""``/api/v1/responses``: answers for other systems, page by page."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import db
from core.errors import InvalidInputError
from grid import access
from grid.rules import Scope
from surveys import queries
from surveys.models import Answer, Response

bp = Blueprint("surveys_api", __name__, url_prefix="/api/v1")

PAGE = 100


@bp.get("/responses")
@access.needs_scope(Scope.RESPONSES_READ)
def responses() -> ResponseReturnValue:
    """Return responses oldest first; ``after`` is the cursor of the page before."""
    after = request.args.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise InvalidInputError("请求内容有误", {"after": ["must be the cursor of an earlier page"]})
    with db.reading() as session:
        query = (
            queries.visible_to(access.viewer())
            .where(Response.id > int(after))
            .order_by(Response.id)
            .limit(PAGE + 1)
        )
        found = list(session.scalars(query))
        page = found[:PAGE]
        answers: dict[int, list[Answer]] = {response.id: [] for response in page}
        for answer in session.scalars(select(Answer).where(Answer.response_id.in_(answers))):
            answers[answer.response_id].append(answer)
        versions = queries.names_of_versions(session, {response.version_id for response in page})
        items = [_item(response, versions[response.version_id], answers[response.id]) for response in page]
        following = str(page[-1].id) if len(found) > PAGE else None
    return jsonify(items=items, next=following)


def _item(response: Response, version: tuple[str, int], answers: list[Answer]) -> dict[str, object]:
    # Words leave through the feedback routes, masked by right; here are scores and choices only.
    survey, number = version
    return {
        "id": response.id,
        "survey": survey,
        "version": number,
        "touchpoint": response.touchpoint_code,
        "region_id": response.region_id,
        "channel": response.channel,
        "language": response.language,
        "submitted_at": response.submitted_at.isoformat(),
        "nps": response.nps,
        "csat": response.csat,
        "ces": response.ces,
        "ending": response.ending,
        "answers": {
            a.question_id: a.option_ids if a.number is None else a.number
            for a in answers
            if a.number is not None or a.option_ids is not None
        },
    }
