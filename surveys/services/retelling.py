"""The use case of reading one person's answers in full."""

from sqlalchemy.orm import Session

from core import audit
from core.errors import NotFoundError
from core.sentences import N_
from grid.rules import Permission, Viewer
from surveys.queries.again import SaidAgain, said_again
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


def reveal_again(session: Session, viewer: Viewer, invitation_id: int | None) -> tuple[SaidAgain, ...]:
    """Return what came by a link after its answer as it was written; raise NotFoundError without the permission.

    Each answer of which something was covered leaves a line in the audit log, as :func:`reveal` does.
    """
    if not viewer.may(Permission.PERSONAL_REVEAL):
        raise NotFoundError(N_("没有找到这份回答"))
    found = said_again(session, viewer, invitation_id, revealed=True)
    for one in found:
        covered = [change.question_id for change in one.changes if change.personal]
        if covered:
            audit.record(
                session,
                actor=viewer.signature,
                action="suspect.reveal",
                object_type="suspect",
                object_id=str(one.suspect_id),
                detail={"questions": covered},
            )
    return found
