"""Use cases of open links: make and change them, switch them off and on, count visits, hold the limit of a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from core import audit, clock, crypto
from core.errors import InvalidInputError
from core.sentences import N_, said
from grid import queries as grid
from grid.rules import Viewer
from journeys.models import Touchpoint
from surveys.models import OpenLink
from surveys.queries import opening as queries
from surveys.rules.opening import LinkKind, may_be_limited, new_slug

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One link to make: how staff call it, whose it is, what its hidden questions are answered with."""

    name: str
    region_id: int
    parameters: Mapping[str, str] = field(default_factory=dict)


def create_links(
    session: Session,
    *,
    viewer: Viewer,
    survey_id: int,
    kind: LinkKind,
    touchpoint_code: str,
    wanted: Sequence[Wanted],
    expires_on: date | None = None,
    per_device: int | None = None,
    host: str | None = None,
) -> list[OpenLink]:
    """Make one or many open links of a survey and note it in the audit log; return them in the order wanted.

    A link lasts to the end of the Beijing day ``expires_on``. Raises NotFoundError for a survey or a region that
    the viewer does not see, InvalidInputError for a touchpoint that is none, for no link or too many, for a
    frame without its host, and for a limit per browser where none can hold.
    """
    survey = queries.survey(session, survey_id)
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise InvalidInputError(said(N_("一次请建 1 到 %(n)s 个链接"), n=MOST_AT_ONCE))
    if session.get(Touchpoint, touchpoint_code) is None:
        raise InvalidInputError(N_("请选择触点"), {"touchpoint": [N_("没有这个触点")]})
    if (kind is LinkKind.EMBED) != (host is not None):
        raise InvalidInputError(N_("嵌入链接要指定一个网站"), {"host": [N_("请选择要嵌入的网站")]})
    _check_limit(kind, per_device)
    _check_end(expires_on)
    for region_id in {one.region_id for one in wanted}:
        grid.region(session, region_id, viewer)
    links = [
        OpenLink(
            slug=new_slug(),
            survey_id=survey.id,
            name=one.name,
            kind=kind.value,
            touchpoint_code=touchpoint_code,
            region_id=one.region_id,
            parameters=dict(one.parameters),
            per_device=per_device,
            host=host,
            expires_at=clock.day_end(expires_on) if expires_on else None,
            created_by=viewer.staff_id,
            created_at=clock.now(),
        )
        for one in wanted
    ]
    session.add_all(links)
    session.flush()  # the audit line names the ids
    audit.record(
        session,
        actor=viewer.signature,
        action="link.create",
        object_type="survey",
        object_id=survey.id,
        detail={"kind": kind.value, "touchpoint": touchpoint_code, "links": [link.id for link in links]},
    )
    return links


def last_day(link: OpenLink) -> date | None:
    """Return the last Beijing day of a link; None for one without an end."""
    return clock.beijing_day(link.expires_at - timedelta(seconds=1)) if link.expires_at else None


def change_link(
    session: Session,
    *,
    viewer: Viewer,
    link_id: int,
    name: str,
    expires_on: date | None,
    per_device: int | None,
) -> OpenLink:
    """Give a link another name, end or limit, and note in the audit log what it was before and is now.

    Address, kind, region, touchpoint and parameters stay: they are printed, or stand in answers already. Nothing
    is noted if nothing changed. Raises NotFoundError for a link that the viewer does not see, InvalidInputError
    for a new end in the past and for a limit where none can hold.
    """
    link = queries.link(session, link_id, viewer)
    session.refresh(link, with_for_update=True)  # what was before is what nobody else changes meanwhile
    before = {"name": link.name, "expires_on": last_day(link), "per_device": link.per_device}
    after = {"name": name, "expires_on": expires_on, "per_device": per_device}
    changed = [key for key in before if before[key] != after[key]]
    if not changed:
        return link
    _check_limit(LinkKind(link.kind), per_device)
    if "expires_on" in changed:
        _check_end(expires_on)
    link.name, link.per_device = name, per_device
    link.expires_at = clock.day_end(expires_on) if expires_on else None
    audit.record(
        session,
        actor=viewer.signature,
        action="link.edit",
        object_type="open_link",
        object_id=link.id,
        detail={key: {"before": _plain(before[key]), "after": _plain(after[key])} for key in changed},
    )
    return link


def _plain(value: object) -> object:
    """Return a value as JSON can keep it."""
    return value.isoformat() if isinstance(value, date) else value


def _check_limit(kind: LinkKind, per_device: int | None) -> None:
    if per_device is not None and not may_be_limited(kind):
        raise InvalidInputError(
            N_("这类链接不能限制次数"), {"per_device": [N_("自助终端和嵌入页面不能按设备限制")]}
        )


def _check_end(expires_on: date | None) -> None:
    if expires_on is not None and expires_on < clock.beijing_day(clock.now()):
        raise InvalidInputError(N_("截止日期已经过去"), {"expires_on": [N_("请选择今天或以后的日期")]})


def set_active(session: Session, *, viewer: Viewer, link_id: int, active: bool) -> OpenLink:
    """Switch a link off or on again and note it in the audit log; nothing is noted if it was so already."""
    link = queries.link(session, link_id, viewer)
    if link.active != active:
        link.active = active
        audit.record(
            session,
            actor=viewer.signature,
            action="link.activate" if active else "link.deactivate",
            object_type="open_link",
            object_id=link.id,
        )
    return link


_COUNT = """
INSERT INTO open_link_days AS counted (link_id, day, {column}) VALUES (:link_id, :day, 1)
ON CONFLICT (link_id, day) DO UPDATE SET {column} = counted.{column} + 1
"""
_OPENED = text(_COUNT.format(column="opened"))
_STARTED = text(_COUNT.format(column="started"))


def note_opened(connection: Connection, link_id: int) -> None:
    """Count that somebody opened a link today."""
    connection.execute(_OPENED, {"link_id": link_id, "day": clock.beijing_day(clock.now())})


def note_started(connection: Connection, link_id: int) -> None:
    """Count that somebody sent the first page of a link today."""
    connection.execute(_STARTED, {"link_id": link_id, "day": clock.beijing_day(clock.now())})


_TAKE = text("""
INSERT INTO open_link_devices AS devices (link_id, device_hash, taken) VALUES (:link_id, :device_hash, 1)
ON CONFLICT (link_id, device_hash) DO UPDATE SET taken = devices.taken + 1 WHERE devices.taken < :most
RETURNING taken
""")


def take_turn(connection: Connection, *, link_id: int, device: str, most: int) -> bool:
    """Use up one of the answers that a browser may give; say whether there was one left.

    The one statement decides, so of parallel answers of one browser no more than ``most`` pass.
    """
    found = connection.execute(
        _TAKE, {"link_id": link_id, "device_hash": crypto.token_hash(device), "most": most}
    )
    return found.first() is not None


def hold(connection: Connection, key_hash: bytes) -> None:
    """Let whoever sends the same key at the same time wait until this transaction ends."""
    number = int.from_bytes(key_hash[:8], "big", signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def turns_taken(connection: Connection, *, link_id: int, device: str) -> int:
    """Return how many answers a browser has given to a link."""
    taken = connection.scalar(
        text("SELECT taken FROM open_link_devices WHERE link_id = :link_id AND device_hash = :device_hash"),
        {"link_id": link_id, "device_hash": crypto.token_hash(device)},
    )
    return int(taken or 0)


def named_regions(session: Session, ids: Sequence[int], viewer: Viewer) -> list[Wanted]:
    """Return one link for each of these regions, named after it, in the order of the network."""
    chosen = set(ids)
    found = [region for region in grid.regions_in_sight(session, viewer) if region.id in chosen]
    return [Wanted(region.name, region.id) for region in found]
