"""Use cases of versions: publish what is asked from now on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from surveys.models import SurveyVersion
from surveys.rules.definition import Definition


def has_no_version(session: Session, survey_id: int) -> bool:
    """Say whether nothing was ever written for a survey."""
    return (
        session.scalar(select(SurveyVersion.id).where(SurveyVersion.survey_id == survey_id).limit(1)) is None
    )


def publish_version(
    session: Session, *, survey_id: int, definition: Definition, notice_id: int | None = None
) -> SurveyVersion:
    """Publish ``definition`` as the next version of a survey without a review; the one before is retired.

    For what comes with the product: people publish through ``services.authoring``. Invitations already made
    keep the version they were made with, a draft stays a draft.
    """
    versions = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)).all()
    for version in versions:
        if version.state == "published":
            version.state = "retired"
            session.flush()  # one published version at a time: the old one goes before the new one comes
    version = SurveyVersion(
        survey_id=survey_id,
        number=max((version.number for version in versions), default=0) + 1,
        state="published",
        definition=definition.model_dump(mode="json", exclude_none=True),
        notice_id=notice_id,
        created_at=clock.now(),
        published_at=clock.now(),
    )
    session.add(version)
    return version
