"""Use cases of open links: make them, switch them off and on, count who came, hold the limit of a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

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
from surveys.rules.opening import LinkKind, new_slug

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
    if per_device is not None and kind in {LinkKind.KIOSK, LinkKind.EMBED}:
        raise InvalidInputError(
            N_("这类链接不能限制次数"), {"per_device": [N_("自助终端和嵌入页面不能按设备限制")]}
        )
    if expires_on is not None and expires_on < clock.beijing_day(clock.now()):
        raise InvalidInputError(N_("截止日期已经过去"), {"expires_on": [N_("请选择今天或以后的日期")]})
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
