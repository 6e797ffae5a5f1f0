"""Use cases of personal links: open one, note that it was opened."""

from sqlalchemy import Connection, update

from core import clock
from core.errors import DomainError
from core.sentences import N_
from surveys.models import Invitation
from surveys.queries import answering as queries
from surveys.queries.answering import PersonalLink
from surveys.rules import asking


class UnknownLinkError(DomainError):
    """No questionnaire lies behind the link."""

    status = 404


class LinkSpentError(DomainError):
    """The questionnaire behind the ``link`` was answered before."""

    def __init__(self, message: str, link: PersonalLink) -> None:
        super().__init__(message)
        self.link = link


class LinkExpiredError(DomainError):
    """The time to answer is over."""

    status = 410


def open_link(connection: Connection, token: str) -> PersonalLink:
    """Return the link if it can be answered now; raise UnknownLinkError, LinkSpentError or LinkExpiredError."""
    link = queries.personal_link(connection, token) if asking.looks_like_token(token) else None
    if link is None:
        raise UnknownLinkError(N_("没有这份问卷"))
    if link.answered:
        raise LinkSpentError(N_("这份问卷已经回答过了"), link)
    if clock.now() >= link.expires_at:
        raise LinkExpiredError(N_("这份问卷已经结束"))
    return link


def note_opened(connection: Connection, link: PersonalLink, *, anonymous: bool) -> None:
    """Remember when the page was first shown; mail scanners open links too, so it is no more than a hint.

    Of an anonymous survey only the day is kept: the minute of opening would stand near the hour of an answer.
    """
    if link.opened:
        return
    now = clock.now()
    connection.execute(
        update(Invitation)
        .where(Invitation.id == link.seat.invitation_id, Invitation.opened_at.is_(None))
        .values(opened_at=clock.day_start(clock.beijing_day(now)) if anonymous else now)
    )
