"""What surrounds one sitting at an open link, and the last look at its answer before it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import clock
from surveys.public import kiosk, pages, seats
from surveys.public.addresses import with_arguments
from surveys.public.flood import told_apart
from surveys.public.pages import Check
from surveys.queries import opening as queries
from surveys.queries.answering import Kept
from surveys.queries.opening import Door, Standing
from surveys.rules import phrases, sums, suspicion
from surveys.rules.readings import Mistake
from surveys.rules.seats import Attempt, Seat
from surveys.rules.suspicion import Suspicion
from surveys.services import doubts, suspects
from surveys.services import opening as services
from surveys.services.doubts import Visit

PREFILLED = "_prefilled"


@dataclass
class OpenHost:
    """The pages around one sitting at an open link; ``keyed`` once its key stands in the address.

    ``arguments`` are the signed parameters, which every address of the sitting carries on; ``device`` is the
    random number of a browser where the link asks for a limit.
    """

    door: Door
    key: str
    made_at: datetime
    seat: Seat
    keyed: bool
    carried: Mapping[str, str]
    arguments: Mapping[str, str]
    frame: Mapping[str, Any]
    device: str | None = None
    opt_out_url: str | None = None
    trap: str | None = suspicion.TRAP
    check: Check | None = None
    late: bool = False

    def url(self, page_id: str | None = None) -> str:
        """Return where a page is shown and sent."""
        path = f"/q/{self.door.slug}"
        if self.keyed:
            path += f"/{self.key}/at/{page_id}" if page_id else f"/{self.key}"
        return with_arguments(path, **self.arguments)

    def thanks_url(self, ending: str | None) -> str:
        """Return where whoever has finished is led."""
        return with_arguments(f"/q/{self.door.slug}/{self.key}/thanks", ending=ending)

    def upload_url(self) -> str:
        """Return where a script sends one file."""
        return with_arguments(f"/q/{self.door.slug}/{self.key}/files", **self.arguments)

    def guard(
        self, session: Session, kept: Kept, attempt: Attempt
    ) -> ResponseReturnValue | Literal["ask"] | None:
        """Look whether an answer is in doubt before it is stored, and hold the limit of a browser."""
        connection = session.connection()
        services.hold(connection, self.seat.key_hash)
        standing = queries.standing(connection, self.seat.key_hash)
        if standing.answered:
            return None  # the unique key stores nothing again and says thank you
        if self.late:
            return self._guard_late(session, kept, attempt, standing)
        ending = attempt.verdict.walk.ending
        # The same few bytes as after an answer that was stored: nobody can tell by them that theirs was not.
        thanks = seats.thanked(self, kept.definition, attempt.language, ending.id if ending else None)
        if standing.suspected:
            return thanks
        visit = self._visit()
        doubt = doubts.weigh(connection, visit, kept.definition, attempt)
        if doubt.suspicion is Suspicion.ASK:
            wrong = phrases.mistake(attempt.language, Mistake("sum")) if visit.sum_sent else None
            self.check = Check(sums.FIELD, sums.spoken(self.key, attempt.language), wrong)
            return seats.ASK
        if doubt.suspicion is Suspicion.PUT_ASIDE:
            self._put_aside(session, kept, attempt, doubt.reasons)
            return thanks
        has_turn = self._has_a_turn(connection)
        return None if has_turn else pages.message("limit", 409, language=attempt.language, **self.frame)

    def _guard_late(
        self, session: Session, kept: Kept, attempt: Attempt, standing: Standing
    ) -> ResponseReturnValue | None:
        """Keep an answer aside that was begun before the link was closed; nobody is asked a sum for that."""
        if not standing.suspected:
            if standing.finished:
                return None  # as of an answer: of an anonymous survey that is all there is to know
            doubt = doubts.weigh(session.connection(), self._visit(), kept.definition, attempt)
            self._put_aside(session, kept, attempt, [*doubt.reasons, suspicion.AFTER_CLOSING])
        return pages.message("after_closing", language=attempt.language, **self.frame)

    def _put_aside(self, session: Session, kept: Kept, attempt: Attempt, reasons: Sequence[str]) -> None:
        suspects.put_aside(
            session,
            seat=self.seat,
            attempt=attempt,
            reasons=reasons,
            seconds=(clock.now() - self.made_at).total_seconds(),
            anonymous=kept.definition.anonymous,
        )

    def _visit(self) -> Visit:
        sent = request.form.get(sums.FIELD)
        return Visit(
            link_id=self.door.link_id,
            key_hash=self.seat.key_hash,
            seconds=(clock.now() - self.made_at).total_seconds(),
            trap=request.form.get(suspicion.TRAP, ""),
            prefilled=1 if request.form.get(PREFILLED) else 0,
            # Everybody at a shared device comes from the same address.
            address=None if kiosk.is_kiosk(self.door) else told_apart(request.remote_addr),
            sum_sent=sent is not None,
            sum_right=sums.solves(self.key, sent or ""),
        )

    def _has_a_turn(self, connection: Connection) -> bool:
        if self.device is None or self.door.per_device is None:
            return True
        return services.take_turn(
            connection, link_id=self.door.link_id, device=self.device, most=self.door.per_device
        )
