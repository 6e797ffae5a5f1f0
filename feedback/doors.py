"""What pages of packages below show of feedback: the tags of answers, and the way to the utterance."""

from collections.abc import Mapping, Sequence

from flask import url_for
from sqlalchemy.orm import Session, selectinload

from feedback import labels, queries
from feedback.models import Feedback
from grid.rules import Permission, Viewer
from surveys.tags import Tags


def tags_of(session: Session, viewer: Viewer, response_ids: Sequence[int]) -> Mapping[int, Tags]:
    """Return what the text engine made of these responses, by response, as far as the viewer may see them."""
    topics = labels.topics()
    rows = session.scalars(
        queries.visible_to(viewer)
        .where(Feedback.response_id.in_(response_ids))
        .options(selectinload(Feedback.topics))
    )
    may_read = viewer.may(Permission.FEEDBACK_VIEW)
    return {
        row.response_id: Tags(
            feeling=row.sentiment,
            topics=tuple((topics.get(topic.code, topic.code), topic.polarity) for topic in row.topics),
            url=url_for("feedback.detail", feedback_id=row.id) if may_read else None,
        )
        for row in rows
        if row.response_id is not None
    }
