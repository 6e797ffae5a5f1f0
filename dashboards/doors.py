"""Doors: addresses of lists that hold exactly what a number on the page counts."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from dashboards.queries import Place, Slice
from dashboards.rules import Period
from feedback.rules import ScoreGroup
from grid.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Doors:
    """The addresses behind the numbers of one slice, for somebody who may open them."""

    viewer: Viewer
    asked: Slice

    def voices(
        self,
        *,
        score: ScoreGroup | None = None,
        sentiment: str | None = None,
        topic: str | None = None,
        polarity: str | None = None,
        touchpoint: str | None = None,
        region: str | None = None,
        period: Period | None = None,
    ) -> str | None:
        """Return the list of feedback that a number counts, or None for who may not read it.

        Lists know one touchpoint or all: a number over the several touchpoints of a stage has no door, for
        a list that holds something else would be worse than none.
        """
        codes = (touchpoint,) if touchpoint else self.asked.touchpoints
        if not self.viewer.may(Permission.FEEDBACK_VIEW) or (codes is not None and len(codes) != 1):
            return None
        days, place = period or self.asked.period, self._place()
        names = {
            "from": days.first.isoformat(),
            "to": days.last.isoformat(),
            "touchpoint": codes[0] if codes else None,
            "region": region or (place.code if place else None),
            "score": score,
            "sentiment": sentiment,
            "topic": topic,
            "polarity": polarity,
            # A mere score has no feeling, so whoever counts feelings does not count it.
            "spoken": None if score or sentiment or topic else "yes",
        }
        return _address(url_for("feedback.inbox"), names)

    def tickets(self, *, due: str | None = None) -> str | None:
        """Return the list of open tickets that a number counts, or None for who may not read it."""
        codes, place = self.asked.touchpoints, self._place()
        if not self.viewer.may(Permission.TICKET_VIEW) or (codes is not None and len(codes) != 1):
            return None
        names = {
            "tab": "all",
            "state": "open",
            "due": due,
            "touchpoint": codes[0] if codes else None,
            "region": str(place.id) if place else None,
        }
        return _address(url_for("tickets.queue"), names)

    def _place(self) -> Place | None:
        place = self.asked.place
        return place if place is not None and place.parent_id is not None else None


def _address(path: str, names: dict[str, str | None]) -> str:
    return f"{path}?{urlencode({name: value for name, value in names.items() if value})}"
