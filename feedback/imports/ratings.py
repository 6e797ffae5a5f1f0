"""Which scale the ratings of a file seem to be on, and which of them do not belong there."""

from dataclasses import dataclass, field

SCALES = (5, 10)
"""Highest ratings that are usual below 100."""

LEAST = 20
"""Ratings below this number say nothing about their scale."""

FEW = 0.01
"""Share of ratings beyond a scale up to which they are slips; on a wider scale more would use its upper part."""


@dataclass(slots=True)
class Ratings:
    """Counts of the ratings of a file, and the first one beyond each scale with its line."""

    n: int = 0
    beyond: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SCALES, 0))
    first: dict[int, tuple[int, float]] = field(default_factory=dict)

    def note(self, rating: float | None, line: int) -> None:
        """Count a rating; None is none."""
        if rating is None:
            return
        self.n += 1
        for scale in SCALES:
            if rating > scale:
                self.beyond[scale] += 1
                self.first.setdefault(scale, (line, rating))

    def warning(self) -> str | None:
        """Return a sentence on ratings that lie beyond the scale of nearly all others, None if there are none."""
        for scale in SCALES:
            if self.n >= LEAST and 0 < self.beyond[scale] <= max(1, self.n * FEW):
                line, rating = self.first[scale]
                return (
                    f"评分几乎都不超过 {scale}，但有 {self.beyond[scale]} 条超过（如第 {line} 行的 {rating:g}），"
                    f"请核对；要拒收这样的行，请用 --scale {scale}"
                )
        return None
