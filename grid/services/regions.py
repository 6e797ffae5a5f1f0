"""The network of regions below headquarters."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.errors import InvalidInputError
from core.sentences import N_
from grid.models import Region
from grid.rules import RegionKind, Viewer, children_of
from grid.services import rows
from grid.services.reach import signature, within_reach


def add_region(
    session: Session, *, parent: Region, kind: RegionKind, code: str, name: str, by: Viewer | None
) -> Region:
    """Add a region below ``parent``.

    Raises InvalidInputError if the kind does not stand below the parent's, or if the code is taken.
    """
    within_reach(by, parent)
    if kind not in children_of(RegionKind(parent.kind)):
        sentence = N_("下级机构的层级必须低于上级机构")
        raise InvalidInputError(sentence, {"kind": [sentence]})
    # The path holds the id, so the id is drawn before the row is written.
    region_id = session.scalars(select(func.nextval(func.pg_get_serial_sequence("regions", "id")))).one()
    region = Region(
        id=region_id,
        parent_id=parent.id,
        kind=kind,
        code=code.strip(),
        name=name.strip(),
        path=f"{parent.path}{region_id}/",
    )
    rows.insert(session, region, field="code", taken=N_("这个机构代码已被使用"))
    audit.record(
        session,
        actor=signature(by),
        action="region.add",
        object_type="region",
        object_id=region.id,
        detail={"code": region.code, "kind": kind.value, "parent": parent.code},
    )
    return region
