"""Reads of customers and of their refusals."""

from collections.abc import Collection

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from core import crypto
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
