"""What the command line does with people and keys; ``app/cli.py`` asks the questions."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from core import db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_, Value
from grid import queries, services
from grid.models import Region
from grid.rules import Role, Scope, account_faults, name_faults


def add_user(
    login: str, name: str, role: Role, region_code: str | None = None, password: str | None = None
) -> str:
    """Create an account in a region (headquarters if none is named) and return its password.

    Without ``password`` a random one is made. Raises InvalidInputError for what the page would refuse.
    """
    _refuse(account_faults(login.strip(), name))
    chosen = password or services.new_password()
    with db.transaction() as session:
        region = _region(session, region_code)
        services.create_staff(
            session, login=login, name=name, role=role, region=region, password=chosen, by=None
        )
    return chosen


def add_key(name: str, scopes: Collection[Scope], region_code: str | None = None) -> str:
    """Issue an API key for a region (headquarters if none is named) and return it.

    Raises InvalidInputError for a name that the page would refuse.
    """
    _refuse(name_faults(name, N_("请输入名称")))
    with db.transaction() as session:
        return services.create_key(
            session, name=name, scopes=scopes, region=_region(session, region_code), by=None
        )


def _refuse(faults: dict[str, list[Value]]) -> None:
    """Raise InvalidInputError if there are faults."""
    if faults:
        raise InvalidInputError(next(iter(faults.values()))[0], faults)


def _region(session: Session, code: str | None) -> Region:
    if code is None:
        return queries.root(session)
    region = queries.region_by_code(session, code)
    if region is None:
        raise NotFoundError(f"没有代码为 {code} 的机构")
    return region
