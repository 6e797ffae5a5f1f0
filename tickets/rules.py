"""The life of a ticket, when one is opened, how soon it is due, and which sentence says no."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.clock import beijing_day
from core.errors import DomainError
from core.sentences import N_, said
from core.worktime import Due, WorkCalendar


class State(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    CONTACTED = "contacted"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = frozenset({State.NEW, State.ASSIGNED, State.CONTACTED})

NEXT: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.ASSIGNED}),
    State.ASSIGNED: frozenset({State.ASSIGNED, State.CONTACTED, State.RESOLVED}),
    State.CONTACTED: frozenset({State.ASSIGNED, State.CONTACTED, State.RESOLVED}),
    State.RESOLVED: frozenset({State.CLOSED, State.ASSIGNED}),
    State.CLOSED: frozenset({State.ASSIGNED}),
}
"""From each state, the states it may go to; back to ``assigned`` from the last two is reopening."""


class Priority(StrEnum):
    """How soon the promise falls due; the hours are dated data in ``sla_targets``."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"


class Trigger(StrEnum):
    """Why a ticket was opened."""

    DETRACTOR = "detractor"
    LOW_CSAT = "low_csat"
    HIGH_EFFORT = "high_effort"
    RISK = "risk"
    CALL_BACK = "call_back"
    MANUAL = "manual"


class Contact(StrEnum):
    """How a call attempt ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    CALL_LATER = "call_later"


class Told(StrEnum):
    """How the customer was told what became of their matter (D-6: it must be provable)."""

    PHONE = "phone"
    SMS = "sms"
    WECHAT = "wechat"
    EMAIL = "email"
    LETTER = "letter"
    IN_PERSON = "in_person"

    @property
    def spoken(self) -> bool:
        """Whether the customer was there: told like this, they were reached."""
        return self in {Told.PHONE, Told.IN_PERSON}


class Happening(StrEnum):
    """One line of a ticket's history."""

    OPENED = "opened"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    NOTED = "noted"
    CALLED = "called"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    PROMISED = "promised"
    SAID_AGAIN = "said_again"
    RAISED = "raised"


class Action(StrEnum):
    """What people do to a ticket."""

    TAKE = "take"
    ASSIGN = "assign"
    NOTE = "note"
    CALL = "call"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


HANDLED = frozenset({Happening.NOTED, Happening.CALLED, Happening.RESOLVED})
"""What whoever has a ticket does once they have seen that the customer answered again."""

GRAVE_RISKS = frozenset({"harm", "regulator", "fraud"})
"""Somebody may come to harm, the regulator or a court is named, or something may be against the law."""

DETRACTOR_UP_TO = 6
DEEP_DETRACTOR_UP_TO = 3
DISSATISFIED_UP_TO = 2
EFFORTFUL_UP_TO = 3

SOON = timedelta(hours=2)
"""A promise is due soon when no more than two working hours are left of it."""

ATTAINMENT_DAYS = 30
"""Promises are judged over the last thirty days, by the day on which they fell due."""

LATEST_CALL = timedelta(days=60)
"""A call is promised for so many days ahead at the most; what lies further off is a slip of the pen."""

LONGEST_TEXT = 2000
"""Characters of a note, a reason or a resolution."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a rule may know of an utterance."""

    nps: int | None = None
    csat: int | None = None
    ces: int | None = None
    sentiment: str | None = None
    risks: Collection[str] = ()
    call_back: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a ticket is opened, and how soon it has to be dealt with."""

    trigger: Trigger
    priority: Priority


def reason(heard: Heard) -> Reason | None:
    """Return why an utterance needs a ticket, or None if it needs none.

    A ticket is opened, for the first of these that holds: the words carry a risk; the customer gave 0 to 6
    where 10 is best (a detractor); the customer gave 1 or 2 where 5 is best; the customer found it hard, 1 to 3
    where 7 is easiest; the customer asked to be called. How the words feel opens no
    ticket alone, for people grumble in passing, but it says how urgent one is.
    """
    if heard.risks:
        return Reason(Trigger.RISK, priority(heard))
    if heard.nps is not None and heard.nps <= DETRACTOR_UP_TO:
        return Reason(Trigger.DETRACTOR, priority(heard))
    if heard.csat is not None and heard.csat <= DISSATISFIED_UP_TO:
        return Reason(Trigger.LOW_CSAT, priority(heard))
    if heard.ces is not None and heard.ces <= EFFORTFUL_UP_TO:
        return Reason(Trigger.HIGH_EFFORT, priority(heard))
    if heard.call_back:
        return Reason(Trigger.CALL_BACK, priority(heard))
    return None


def priority(heard: Heard) -> Priority:
    """Return how soon a ticket on this utterance has to be dealt with.

    Urgent: the words speak of harm, of the regulator or a court, or of fraud. High: the words carry any other
    risk (the customer is about to leave), the score is 0 to 3 of 10, 1 of 5 or 1 of 7, or the words of somebody
    whose score opens a ticket are negative. Normal: all others.
    """
    if GRAVE_RISKS.intersection(heard.risks):
        return Priority.URGENT
    low = any(
        score is not None and score <= bound
        for score, bound in (
            (heard.nps, DETRACTOR_UP_TO),
            (heard.csat, DISSATISFIED_UP_TO),
            (heard.ces, EFFORTFUL_UP_TO),
        )
    )
    lowest = (heard.nps is not None and heard.nps <= DEEP_DETRACTOR_UP_TO) or 1 in {heard.csat, heard.ces}
    if heard.risks or lowest or (low and heard.sentiment == "negative"):
        return Priority.HIGH
    return Priority.NORMAL


def graver(one: Priority, than: Priority) -> bool:
    """Say whether a priority has less time than another."""
    order = list(Priority)
    return order.index(one) < order.index(than)


def submission_of(suspect_id: int) -> str:
    """Return the key under which another answer of a customer stands in a ticket's history, once."""
    return f"again:{suspect_id}"


class NoTargetError(DomainError):
    """No promised time is known for this priority on this day: the administrator has to set one."""


@dataclass(frozen=True, slots=True)
class Target:
    """The working minutes within which a ticket of this priority is to be resolved, from a day on."""

    priority: Priority
    valid_from: date
    working_minutes: int


@dataclass(frozen=True)
class Promises:
    """All that is needed to say until when a ticket will be resolved."""

    calendar: WorkCalendar
    targets: Sequence[Target]

    def due(self, urgency: Priority, start: datetime) -> Due:
        """Return when a ticket that begins at ``start`` is to be resolved.

        The target in force is the one of this priority with the latest ``valid_from`` not after the Beijing
        day of ``start``; its minutes run in working time only. A later target changes no promise made before.
        """
        day = beijing_day(start)
        in_force = [one for one in self.targets if one.priority == urgency and one.valid_from <= day]
        if not in_force:
            raise NoTargetError(
                said(
                    N_("没有为优先级 %(priority)s 设定 %(day)s 起的办结时限，请联系管理员"),
                    priority=str(urgency),
                    day=str(day),
                )
            )
        target = max(in_force, key=lambda one: one.valid_from)
        return self.calendar.add(start, timedelta(minutes=target.working_minutes))


@dataclass(frozen=True, slots=True)
class Attainment:
    """Of the promises that fell due in a stretch of time, how many were kept.

    Every such ticket is counted, the ones still open as broken, so a backlog cannot flatter the figure; it is
    a count of all and no sample, therefore it has no interval.
    """

    fell_due: int
    kept: int

    @property
    def percent(self) -> float | None:
        """Return the share kept in percent; None under ten tickets, where a share says nothing."""
        return 100 * self.kept / self.fell_due if self.fell_due >= 10 else None


def may_follow(state: State, wanted: State) -> bool:
    """Say whether a ticket may go from ``state`` to ``wanted``."""
    return wanted in NEXT[state]


def offered(state: State, *, works: bool, mine: bool, directs: bool) -> frozenset[Action]:
    """Return what a person may do to a ticket in ``state``.

    ``works``: they may work tickets; ``mine``: this one is theirs; ``directs``: they may assign. A waiting
    ticket may be taken by all who work; a ticket in work is worked by its owner or by who may assign; all who
    work may leave a note and reopen what is finished, for the customer may reach any of them.
    """
    if not works:
        return frozenset()
    found = {Action.NOTE}
    if state == State.NEW:
        found.add(Action.TAKE)
    elif state in OPEN:
        found |= {Action.CALL, Action.RESOLVE} if mine or directs else set()
    else:
        found.add(Action.REOPEN)
        if state == State.RESOLVED and (mine or directs):
            found.add(Action.CLOSE)
    if state in OPEN and directs:
        found.add(Action.ASSIGN)
    return frozenset(found)


def told_fault(told_at: datetime, *, promised_at: datetime, now: datetime) -> str | None:
    """Return what is wrong with the time at which the customer is said to have been told, if anything.

    Nobody is told in the future, nor before the ticket (or its reopening) existed; the minute of opening
    counts, for people write minutes and machines write seconds.
    """
    if told_at > now:
        return N_("告知时间不能晚于现在")
    if told_at < promised_at.replace(second=0, microsecond=0):
        return N_("告知时间不能早于工单建立（或重开）的时间")
    return None


def call_fault(call_at: datetime, *, now: datetime) -> str | None:
    """Return what is wrong with the time for which a call is promised, if anything."""
    if call_at <= now:
        return N_("约定的回电时间要晚于现在")
    if call_at > now + LATEST_CALL:
        return N_("约定的回电时间不能晚于 60 天以后")
    return None


def number(ticket_id: int) -> str:
    """Return a ticket's number as people say it: ``T-1024``."""
    return f"T-{ticket_id}"
