"""The use case of reading one person's answers in full."""

from sqlalchemy.orm import Session

from core import audit
from core.errors import NotFoundError
from core.sentences import N_
from grid.rules import Permission, Viewer
from surveys.queries.retelling import answers_of
from surveys.rules.retelling import Retold


def reveal(session: Session, viewer: Viewer, response_id: int | None) -> tuple[Retold, ...]:
    """Return the answers of a response as they were written; raise NotFoundError without the permission.

    The look leaves a line in the audit log if there was anything covered; it names the questions, never the answers.
    """
    if not viewer.may(Permission.PERSONAL_REVEAL):
        raise NotFoundError(N_("没有找到这份回答"))
    answers = answers_of(session, viewer, response_id, revealed=True)
    covered = [one.question_id for one in answers if one.personal]
    if covered:
        audit.record(
            session,
            actor=viewer.signature,
            action="response.reveal",
            object_type="response",
            object_id=str(response_id),
            detail={"questions": covered},
        )
    return answers
