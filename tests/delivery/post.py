"""A plain kind of message for tests: who gets it, and what it says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock, db, settings
from core.settings import Settings
from customers import services as customers
from customers.models import Customer
from customers.services import Profile
from delivery import channels, jobs, letters, queries, services
from delivery.breaker import Breaker
from delivery.letters import Letter, ShortText, Words
from delivery.models import Message
from delivery.rules import Channel, Reason, State
from grid import queries as grid

KIND = "test_letter"
SMS_SECRET = "a secret between us and the platform"


def write(session: Session, message: Message) -> Words | Reason:
    """Write to the customer's address, or number where the message goes by SMS."""
    customer = session.get_one(Customer, message.customer_id)
    if message.channel == Channel.SMS:
        return ShortText(customer.mobile or "", f"【安澜保险】{customer.name}，您好。")
    if not customer.email:
        return Reason.NO_ADDRESS
    return Letter(
        to=customer.email,
        subject=f"致{customer.name}",
        text=f"{customer.name}，您好。\n.这一行以点开头\n",
        html=f"<p>{customer.name}，您好。</p>",
        opt_out_url="http://127.0.0.1:8000/o/abcdefghijABCDEFGHIJ12",
    )


def write_once_a_month(session: Session, message: Message) -> Words | Reason:
    """Write unless another such letter went to the customer in the last 30 days."""
    since = clock.now() - timedelta(days=30)
    if queries.sent_since(session, message.customer_id, message.kind, since, message.id):
        return Reason.CAPPED
    return write(session, message)


def compose_with(composer: Callable[[Session, Message], Words | Reason] = write) -> None:
    letters.register(KIND, composer)


def customer(session: Session, name: str = "王小明", email: str | None = None) -> int:
    number = session.query(Customer).count() + 1
    return customers.take_in(
        session,
        Profile(
            external_id=f"P{number}",
            name=name,
            email=email or f"p{number}@example.cn",
            mobile=f"138{number:08d}",
        ),
        region_id=grid.root(session).id,
    )


def plan(session: Session, key: str = "letter:1", customer_id: int | None = None, **given: Any) -> int:  # noqa: ANN401
    values: dict[str, Any] = {
        "kind": KIND,
        "subject_id": 1,
        "channel": Channel.EMAIL,
        "customer_id": customer_id or customer(session),
        "region_id": grid.root(session).id,
        "due_at": clock.now() - timedelta(minutes=1),
    }
    planned = services.schedule(session, key=key, **(values | given))
    assert planned is not None
    return planned


def plan_many(
    number: int, *, customers_shared: bool = False, kept_apart: str = "", channel: Channel = Channel.EMAIL
) -> list[int]:
    """Commit ``number`` due messages, one customer each, or two messages a customer."""
    with db.transaction() as session:
        people = [customer(session) for n in range(number // 2 if customers_shared else number)]
        return [
            plan(session, f"letter:{kept_apart}{n}", people[n % len(people)], channel=channel)
            for n in range(number)
        ]


def config(url: str = "", **given: Any) -> Settings:  # noqa: ANN401
    return settings.current().model_copy(update={"smtp_url": url, "smtp_timeout_seconds": 5.0} | given)


def sms_config(url: str = "", **given: Any) -> Settings:  # noqa: ANN401
    values: dict[str, Any] = {"sms_url": url, "sms_secret": SMS_SECRET, "sms_timeout_seconds": 5.0}
    return config(**(values | given))


def drain(
    wanted: Settings,
    breaker: Breaker | None = None,
    channel: Channel = Channel.EMAIL,
    **given: Any,  # noqa: ANN401
) -> bool:
    return jobs.drain(channels.chosen(wanted, channel), wanted, breaker=breaker or Breaker(), **given)


class AroundNoon:
    """A clock that runs like the machine's, but began at the last noon in Beijing: SMS may leave at any hour of tests.

    It is never ahead of the machine: what is due by this clock must be due by the database's as well.
    """

    def __init__(self) -> None:
        started = datetime.now(UTC)  # noqa: TID251 - a clock of its own must start from the machine's
        noon = clock.day_start(clock.beijing_day(started)) + timedelta(hours=12)
        self._behind = started - (noon if noon <= started else noon - timedelta(days=1))

    def now(self) -> datetime:
        """Return the machine's time, moved."""
        return datetime.now(UTC) - self._behind  # noqa: TID251 - see above


def look(message_id: int) -> Message:
    with db.transaction() as session:
        return session.scalars(select(Message).where(Message.id == message_id)).one()


def states() -> dict[str, int]:
    with db.reading() as session:
        found = [State(state) for state in session.scalars(select(Message.state))]
    return {str(state): found.count(state) for state in set(found)}


def make_due(message_id: int) -> None:
    with db.transaction() as session:
        session.execute(
            update(Message).where(Message.id == message_id).values(due_at=clock.now() - timedelta(minutes=1))
        )


def let_leases_run_out() -> None:
    with db.transaction() as session:
        session.execute(
            update(Message)
            .where(Message.lease_until.is_not(None))
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )
