"""Use cases of privacy notices: what customers are told about their data, in numbered editions for ever."""

from collections.abc import Mapping

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInputError
from core.sentences import N_, row, said
from surveys.models import PrivacyNotice
from surveys.rules.checking.notices import missing_parts


def publish_notice(
    session: Session, *, title: Mapping[str, str], body: Mapping[str, str], staff_id: int | None
) -> PrivacyNotice:
    """Publish the next edition of the privacy notice and return it.

    Raises InvalidInputError naming what the law wants said and the Chinese body does not say. Surveys in force
    keep the edition they were published with.
    """
    gaps = missing_parts(body.get("zh-Hans", ""))
    if gaps:
        sentence = said(N_("告知书还缺少：%(parts)s"), parts=row((said(gap) for gap in gaps), N_("、")))
        raise InvalidInputError(sentence, {"body": [sentence]})
    # Two editions at one moment get two numbers, and one edition sent twice gets one: the second waits here until
    # the first is there to be compared with.
    session.execute(text("LOCK TABLE privacy_notices IN SHARE ROW EXCLUSIVE MODE"))
    latest = session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.number.desc()).limit(1)).first()
    if latest is not None and (latest.title, latest.body) == (dict(title), dict(body)):
        sentence = said(N_("内容与第 %(n)s 版相同，没有需要发布的改动"), n=latest.number)
        raise InvalidInputError(sentence, {"body": [sentence]})
    notice = PrivacyNotice(
        number=latest.number + 1 if latest is not None else 1,
        title=dict(title),
        body=dict(body),
        published_by=staff_id,
        published_at=clock.now(),
    )
    session.add(notice)
    session.flush()  # its id is wanted by whoever publishes a survey with it
    return notice
