"""The breaker of one way out of the house: it stops a run where the provider is in trouble."""

import time
from dataclasses import dataclass

from delivery.rules import Verdict

_FIRST_REST_SECONDS = 60.0
_LONGEST_REST_SECONDS = 3600.0


@dataclass(slots=True)
class Breaker:
    """Stops a run when the provider is down, so that an outage does not use up everybody's attempts.

    Opens at the third failure in a row: the provider could not be reached, or its answers do not come. It
    stays half open from run to run: then the first failure ends the run, and the first success closes it.
    A missing answer leaves work for a person, so after those the way also rests, a minute at first, then
    twice as long each time, an hour at the most.
    """

    limit: int = 3
    failures: int = 0
    rests_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether to stop now."""
        return self.failures >= self.limit

    @property
    def rests(self) -> bool:
        """Whether not even one more message may be tried yet."""
        return time.monotonic() < self.rests_until

    def note(self, verdict: Verdict) -> None:
        """Count a failure of the provider, or forget those before."""
        if verdict not in {Verdict.UNREACHABLE, Verdict.UNKNOWN}:
            self.failures, self.rests_until = 0, 0.0
            return
        self.failures += 1
        if verdict == Verdict.UNKNOWN and self.is_open:
            rest = _FIRST_REST_SECONDS * 2.0 ** min(self.failures - self.limit, 10)
            self.rests_until = time.monotonic() + min(rest, _LONGEST_REST_SECONDS)
