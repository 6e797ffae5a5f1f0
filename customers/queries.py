"""Reads of customers and of their refusals."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, LargeBinary, Select, exists, or_, select, type_coerce
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


def is_readable(session: Session) -> bool:
    """Say whether this process's keys open what the first customers' keys closed; true where there is nobody."""
    known = _first_with_mobile(session)
    if known is None:
        return True
    stored, _index = known
    try:
        crypto.ring().decrypt(stored, "customers.mobile")
    except crypto.DecryptionError:
        return False
    return True


def is_findable(session: Session) -> bool:
    """Say whether this process's secret finds the first customers by mobile; call it after :func:`is_readable`."""
    known = _first_with_mobile(session)
    if known is None:
        return True
    stored, index = known
    return mobile_index(crypto.ring().decrypt(stored, "customers.mobile")) == index


def _first_with_mobile(session: Session) -> tuple[bytes, bytes] | None:
    """Return a mobile as it is stored and its blind index, of the oldest thousand: the newest may be a mistake's."""
    oldest = (
        select(type_coerce(Customer.mobile, LargeBinary).label("mobile"), Customer.mobile_index)
        .order_by(Customer.id)
        .limit(1000)
        .subquery()
    )
    row = session.execute(
        select(oldest.c.mobile, oldest.c.mobile_index).where(oldest.c.mobile.is_not(None)).limit(1)
    ).first()
    return (bytes(row.mobile), bytes(row.mobile_index)) if row is not None else None
