"""Keys of other systems: issued once, known by their hash, good for some scopes in one region."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from core import audit, clock, crypto
from core.errors import InvalidInputError
from core.sentences import N_
from grid.models import ApiKey, Region
from grid.rules import SEEN_EVERY, Scope, Viewer
from grid.services import rows
from grid.services.reach import signature, within_reach

_PREFIX = 10


def create_key(
    session: Session,
    *,
    name: str,
    scopes: Collection[Scope],
    region: Region,
    expires_at: datetime | None = None,
    by: Viewer | None,
) -> str:
    """Issue a key and return it; this is the only time that it is seen.

    It reads ``hsk_`` and 32 random bytes; its first ten characters are kept to tell keys apart.
    """
    within_reach(by, region)
    now = clock.now()
    if not scopes:
        raise InvalidInputError(N_("请至少选择一项用途"), {"scopes": [N_("请至少选择一项用途")]})
    if expires_at is not None and expires_at <= now:
        raise InvalidInputError(N_("到期日必须在今天之后"), {"expires_on": [N_("到期日必须在今天之后")]})
    plain = f"hsk_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        name=name.strip(),
        prefix=plain[:_PREFIX],
        key_hash=crypto.token_hash(plain),
        scopes=sorted(scope.value for scope in set(scopes)),
        region=region,
        created_at=now,
        expires_at=expires_at,
    )
    rows.insert(session, key, field="name", taken=N_("这个名称已有密钥使用"))
    detail = {"name": key.name, "scopes": key.scopes, "region": region.code}
    _note(session, by, "key.create", key, detail)
    return plain


def revoke_key(session: Session, *, key: ApiKey, by: Viewer | None) -> None:
    """Make a key worthless from now on; it stays in the list."""
    within_reach(by, key.region)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        _note(session, by, "key.revoke", key, {"name": key.name})


def viewer_of_key(session: Session, plain: str) -> Viewer | None:
    """Return who a key stands for, or None if it is unknown, expired or revoked."""
    now = clock.now()
    key = session.scalar(
        select(ApiKey)
        .where(ApiKey.key_hash == crypto.token_hash(plain), ApiKey.revoked_at.is_(None))
        .options(joinedload(ApiKey.region))
    )
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    if key.last_used_at is None or now - key.last_used_at >= SEEN_EVERY:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    return Viewer(
        name=key.name,
        region_id=key.region.id,
        region_path=key.region.path,
        region_name=key.region.name,
        scopes=frozenset(Scope(scope) for scope in key.scopes),
    )


def _note(
    session: Session, by: Viewer | None, action: str, key: ApiKey, detail: Mapping[str, object]
) -> None:
    audit.record(
        session, actor=signature(by), action=action, object_type="api_key", object_id=key.id, detail=detail
    )
