"""A small network with answers, feedback and tickets, counted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from dashboards import services
from feedback import jobs as feedback_jobs
from grid.models import Region
from surveys.events import ResponseSubmitted
from surveys.models import Response


@dataclass
class World:
    """What a test puts into the network."""

    session: Session
    tree: dict[str, Region]
    events: list[ResponseSubmitted] = field(default_factory=list)

    def answer(
        self,
        region: str,
        *,
        touchpoint: str = "claim_closed",
        at: datetime | None = None,
        times: int = 1,
        **scores: Any,  # noqa: ANN401 - whatever the factory takes
    ) -> Response:
        for _time in range(times):
            response = factories.make_response(
                self.session,
                region_id=self.tree[region].id,
                touchpoint_code=touchpoint,
                submitted_at=at or clock.now(),
                **scores,
            )
            day = clock.beijing_day(response.submitted_at).isoformat()
            self.events.append(ResponseSubmitted(response.id, touchpoint, response.region_id, day))
        return response

    def counted(self) -> None:
        """Let everything that happened arrive: answers become feedback, rollups are counted."""
        feedback_jobs.take_in_answers(self.session, self.events)
        today = clock.beijing_day(clock.now())
        services.recount_all(self.session, today - timedelta(days=800), today)
        self.session.flush()


def world(session: Session) -> World:
    return World(session, factories.region_tree(session))
