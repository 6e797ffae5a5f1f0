"""The product on one page: which event wakes which handler, which jobs exist, which bells ring.

A touchpoint event invites the customer; the message goes out when it is due; the answer becomes feedback,
the text engine tags it, a ticket opens where a rule says so, and the marked day is recounted.
"""

from collections.abc import Sequence

from core.events import Event
from core.jobs import housekeeping
from core.jobs.bells import Bell
from core.jobs.engine import Handler, Job
from dashboards import jobs as dashboards_jobs
from delivery import jobs as delivery_jobs
from delivery import letters
from feedback import events as feedback_events
from feedback import jobs as feedback_jobs
from journeys import events as journeys_events
from surveys import events as surveys_events
from surveys import jobs as surveys_jobs
from surveys import letters as surveys_letters
from tickets import jobs as tickets_jobs

FLOW: dict[type[Event], Sequence[Handler]] = {
    journeys_events.TouchpointReached: (surveys_jobs.invite,),
    surveys_events.ResponseSubmitted: (feedback_jobs.take_in_answers, dashboards_jobs.recount),
    feedback_events.FeedbackTagged: (tickets_jobs.open_where_needed,),
}

JOBS: tuple[Job, ...] = (
    delivery_jobs.send_due,
    feedback_jobs.tag_waiting,
    tickets_jobs.settle_promises,
    dashboards_jobs.recount_voices,
    dashboards_jobs.recount_recent,
    dashboards_jobs.verify_rollups,
    housekeeping.tidy,
)

BELLS: tuple[Bell, ...] = (
    # A lease that ran out is settled at the next ring, so this is how long a freed message waits at the most.
    Bell("send due messages", "*/5 * * * * *", delivery_jobs.send_due),
    # Imports ask for tagging themselves; the bell picks up what a crash left behind.
    Bell("tag what waits", "30 * * * * *", feedback_jobs.tag_waiting),
    Bell("recount voices", "0 * * * * *", dashboards_jobs.recount_voices),
    Bell("recount recent days", "15 */5 * * * *", dashboards_jobs.recount_recent),
    Bell("settle provisional promises", "0 30 3 * * *", tickets_jobs.settle_promises),
    Bell("tidy", "0 40 3 * * *", housekeeping.tidy),
    Bell("verify rollups", "0 20 3 * * *", dashboards_jobs.verify_rollups),
)


def wire_composers() -> None:
    """Tell delivery who writes the words of which kind of message."""
    letters.register("survey_invitation", surveys_letters.compose)
