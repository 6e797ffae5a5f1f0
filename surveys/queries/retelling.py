"""The read of one response as a whole: all that one person answered, for the pages on which staff call back."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.queries import in_sight
from grid.rules import Viewer
from surveys.models import Answer, AnswerFile, Invitation, Response
from surveys.queries import answering
from surveys.rules.logic import NO_FACTS
from surveys.rules.retelling import Given, GivenFile, Known, Retold, retell
from surveys.rules.texts import DEFAULT_LANGUAGE


def answers_of(
    session: Session, viewer: Viewer, response_id: int | None, *, revealed: bool = False
) -> tuple[Retold, ...]:
    """Return what was answered in a response of the viewer's regions, masked unless ``revealed``.

    Nothing for what is no response or out of sight. Nothing of anonymous surveys either: their answers are shown
    added up only, for all of one person's answers side by side may well tell who that is.
    """
    if response_id is None:
        return ()
    response = session.execute(
        select(
            Response.version_id,
            Response.touchpoint_code,
            Response.customer_id,
            Response.variables,
            Invitation.event_id,
        )
        .outerjoin(Invitation, Invitation.id == Response.invitation_id)
        .where(Response.id == response_id, in_sight(Response.region_id, viewer))
    ).first()
    if response is None:
        return ()
    definition = answering.definition(session.connection(), response.version_id)
    if definition.anonymous:
        return ()
    rows = session.execute(
        select(Answer.question_id, Answer.number, Answer.option_ids, Answer.words, Answer.secret).where(
            Answer.response_id == response_id
        )
    )
    given = {
        row.question_id: Given(row.number, tuple(row.option_ids or ()), row.words, row.secret) for row in rows
    }
    files: dict[str, list[GivenFile]] = defaultdict(list)
    if any(question.type == "file" and question.id in given for question in definition.questions):
        for file in session.execute(
            select(AnswerFile.id, AnswerFile.question_id, AnswerFile.name, AnswerFile.size)
            .where(AnswerFile.response_id == response_id)
            .order_by(AnswerFile.id)
        ):
            files[file.question_id].append(GivenFile(file.id, file.name, file.size))
    facts = NO_FACTS
    if definition.looks_beyond:
        facts = answering.facts_of(
            session.connection(), response.touchpoint_code, response.customer_id, response.event_id
        )
    known = Known(response.variables or {}, facts)
    language = "en" if viewer.language.startswith("en") else DEFAULT_LANGUAGE
    return retell(definition, given, files, known, language=language, revealed=revealed)
