"""How far somebody who asks for a change may reach."""

from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from grid.models import Region
from grid.rules import Viewer


def signature(by: Viewer | None) -> str:
    """Return how the audit log names whoever asks; None is the command line or the demo."""
    return by.signature if by is not None else "system"


def within_reach(by: Viewer | None, region: Region) -> None:
    """Raise NotFoundError unless the region lies in the subtree of whoever asks."""
    if by is not None and not by.sees(region.path):
        raise NotFoundError(N_("没有找到这个机构"))


def headquarters_only(by: Viewer | None) -> None:
    """Raise InvalidInputError unless headquarters ask: the change would touch every region."""
    if by is not None and not by.everywhere:
        raise InvalidInputError(N_("这项设置对全公司生效，只有总部的管理员可以修改。"))
