"""Reads of customers and of their refusals."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from core import crypto
from core.errors import NotFoundError
from core.sentences import N_
from customers import rules
from customers.models import Customer, OptOut
from grid.queries import in_sight
from grid.rules import Viewer


def visible_to(viewer: Viewer) -> Select[Customer]:
    """Return the customers of the viewer's regions."""
    return select(Customer).where(in_sight(Customer.region_id, viewer))


def by_external_id(session: Session, external_id: str) -> Customer | None:
    """Return the customer with the insurer's own number, or None."""
    return session.scalar(select(Customer).where(Customer.external_id == external_id))


def visible(session: Session, customer_id: int, viewer: Viewer) -> Customer | None:
    """Return a customer of the viewer's regions, or None."""
    return session.scalar(
        visible_to(viewer).where(Customer.id == customer_id).options(joinedload(Customer.region))
    )


def customer(session: Session, customer_id: int, viewer: Viewer) -> Customer:
    """Return a customer of the viewer's regions; raise NotFoundError otherwise."""
    found = visible(session, customer_id, viewer)
    if found is None:
        raise NotFoundError(N_("没有找到这位客户"))
    return found


def find(session: Session, written: str, viewer: Viewer, *, limit: int) -> Sequence[Customer]:
    """Return the customers in sight with just this number of the insurer's, mobile or e-mail address.

    A number that several share, as families do, finds all of them. Nothing is found by a part: whoever asks must know
    whom they ask for.
    """
    wanted: list[ColumnElement[bool]] = [Customer.external_id == written]
    if mobile := rules.normal_mobile(written):
        wanted.append(Customer.mobile_index == mobile_index(mobile))
    if email := rules.normal_email(written):
        wanted.append(Customer.email_index == email_index(email))
    return session.scalars(
        visible_to(viewer)
        .where(or_(*wanted))
        .options(joinedload(Customer.region))
        .order_by(Customer.id)
        .limit(limit)
    ).all()


def refusals(session: Session, customer_id: int) -> Sequence[OptOut]:
    """Return a customer's refusals, the latest first, those taken back too."""
    return session.scalars(
        select(OptOut).where(OptOut.customer_id == customer_id).order_by(OptOut.id.desc())
    ).all()


def mobile_index(mobile: str) -> bytes:
    """Return the blind index of a normalised mobile number."""
    return crypto.ring().blind_index(mobile, "customers.mobile")


def email_index(email: str) -> bytes:
    """Return the blind index of an e-mail address."""
    return crypto.ring().blind_index(rules.email_key(email), "customers.email")


def has_opted_out(session: Session, customer_id: int, channel: str) -> bool:
    """Say whether the customer refuses this channel or all of them."""
    refused: Collection[str] = (channel, rules.ALL_CHANNELS)
    return bool(
        session.scalar(
            select(
                exists().where(
                    OptOut.customer_id == customer_id,
                    OptOut.channel.in_(refused),
                    OptOut.withdrawn_at.is_(None),
                )
            )
        )
    )
