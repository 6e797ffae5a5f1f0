"""Inserting a row whose name may be taken already."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db import Base
from core.errors import InvalidInputError


def insert(session: Session, row: Base, *, field: str, taken: str) -> None:
    """Insert ``row``; raise InvalidInputError with the sentence ``taken`` if another row has its ``field``.

    The unique constraint decides, so of two people who use a name at the same moment one gets the sentence.
    """
    try:
        # The savepoint keeps the caller's transaction alive when the name is taken.
        with session.begin_nested():
            session.add(row)
            session.flush()  # now is when the database says whether the name is taken
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint == f"uq_{row.__tablename__}_{field}":
            raise InvalidInputError(taken, {field: [taken]}) from None
        raise
