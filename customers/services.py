"""Use cases on customers: take in what another system says of one, note a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit, clock
from core.errors import InvalidInputError
from core.sentences import N_
from customers import queries, rules
from customers.models import Customer, OptOut
from grid.rules import Viewer


@dataclass(frozen=True, slots=True)
class Profile:
    """What another system says of a customer; None leaves what is known as it is."""

    external_id: str
    name: str | None = None
    mobile: str | None = None
    email: str | None = None
    wechat_openid: str | None = None
    language: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def take_in(session: Session, profile: Profile, *, region_id: int) -> int:
    """Create the customer or bring it up to date; return its id.

    One statement, so two systems reporting the same new customer at once make one row. Raises
    InvalidInputError for a mobile or e-mail address that cannot be one.
    """
    values = _columns(profile) | {"region_id": region_id, "updated_at": clock.now()}
    statement = insert(Customer).values(external_id=profile.external_id, **values)
    changes: dict[str, Any] = {name: statement.excluded[name] for name in values if name != "attributes"}
    if profile.attributes:
        changes["attributes"] = Customer.attributes.op("||")(statement.excluded.attributes)
    customer_id = session.execute(
        statement.on_conflict_do_update(index_elements=["external_id"], set_=changes).returning(Customer.id)
    ).scalar_one()
    return int(customer_id)


def opt_out(session: Session, *, customer_id: int, channel: str, source: str) -> bool:
    """Note that the customer refuses ``channel`` (``*`` for all); return whether it was news."""
    noted = session.execute(
        insert(OptOut)
        .values(customer_id=customer_id, channel=channel, source=source, at=clock.now())
        .on_conflict_do_nothing(
            index_elements=["customer_id", "channel"], index_where=OptOut.withdrawn_at.is_(None)
        )
        .returning(OptOut.id)
    ).scalar()
    return noted is not None


def note_refusal(session: Session, *, customer: Customer, refuses: bool, by: Viewer) -> bool:
    """Note what a customer told a member of staff: no more questionnaires, or some again; return whether it was news.

    It holds for every channel, and for what waits to be sent as well: refusals are looked at when a message leaves.
    """
    if refuses:
        news = opt_out(session, customer_id=customer.id, channel=rules.ALL_CHANNELS, source=by.signature)
    else:
        ended = (
            update(OptOut)
            .where(OptOut.customer_id == customer.id, OptOut.withdrawn_at.is_(None))
            .values(withdrawn_at=clock.now())
        )
        news = bool(session.scalars(ended.returning(OptOut.id)).all())
    if news:
        audit.record(
            session,
            actor=by.signature,
            action="customer.opt_out" if refuses else "customer.opt_in",
            object_type="customer",
            object_id=customer.id,
        )
    return news


def reveal(session: Session, customer: Customer, by: Viewer) -> None:
    """Leave a line in the audit log that somebody looks at a customer's name, number and address in full."""
    audit.record(
        session,
        actor=by.signature,
        action="customer.reveal",
        object_type="customer",
        object_id=customer.id,
        detail={"fields": ["name", "mobile", "email"]},
    )


def problems(profile: Profile) -> dict[str, list[str]]:
    """Return what is wrong with a profile by field; empty when nothing is."""
    found: dict[str, list[str]] = {}
    if profile.mobile and rules.normal_mobile(profile.mobile) is None:
        found["mobile"] = [N_("不是有效的中国大陆手机号")]
    if profile.email and rules.normal_email(profile.email) is None:
        found["email"] = [N_("不是有效的电子邮箱")]
    return found


def _columns(profile: Profile) -> dict[str, Any]:
    wrong = problems(profile)
    if wrong:
        raise InvalidInputError(
            N_("客户信息有误"), {f"customer.{name}": text for name, text in wrong.items()}
        )
    columns: dict[str, Any] = {}
    if profile.name:
        columns["name"] = profile.name.strip()
    if profile.mobile and (mobile := rules.normal_mobile(profile.mobile)):
        columns |= {"mobile": mobile, "mobile_index": queries.mobile_index(mobile)}
    if profile.email and (email := rules.normal_email(profile.email)):
        columns |= {"email": email, "email_index": queries.email_index(email)}
    if profile.wechat_openid:
        columns["wechat_openid"] = profile.wechat_openid
    if profile.language:
        columns["language"] = profile.language
    if profile.attributes:
        columns["attributes"] = dict(profile.attributes)
    return columns
