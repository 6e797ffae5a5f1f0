"""What must not be told of an anonymous survey even by how rows lie in the tables.

Marking an invitation as spent and storing the response happen in one transaction, or a crash between them would
lose an answer or let somebody answer twice. The database notes at each row which transaction wrote it (``xmin``) and
lays new versions of rows one after the other, so somebody with direct access to its files could pair them for a while.
Every night all marks are therefore written anew in one transaction, in the order of the invitations.
"""

from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core import clock
from surveys.models import Invitation

# A link that ended since the last night was answered since then, too; two days leave room for a night without power.
RECENT = timedelta(days=2)


def blur(session: Session) -> int:
    """Write the marks of all anonymous surveys that can still be answered anew; return how many there are.

    Those whose link is over were written anew in their last night and stay as they are.
    """
    spent = session.scalars(
        select(Invitation.id)
        .where(Invitation.spent, Invitation.expires_at > clock.now() - RECENT)
        .order_by(Invitation.id)
        .with_for_update()
    ).all()
    if spent:
        # One by one, for a single statement would write them in the order in which they lie.
        again = update(Invitation).where(Invitation.id == bindparam("mark")).values(spent=True)
        session.connection().execute(again, [{"mark": invitation_id} for invitation_id in spent])
    return len(spent)
