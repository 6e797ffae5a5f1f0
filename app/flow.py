"""The product on one page: which event wakes which handler, which jobs exist, which bells ring.

A touchpoint event invites the customer; the message goes out when it is due; the answer becomes feedback,
the text engine tags it, a ticket opens where a rule says so, and the marked day is recounted. Another answer by the
same link counts nowhere, but whoever has the utterance or its ticket hears of it.
"""

from collections.abc import Sequence

from core.events import Event
from core.jobs import housekeeping
from core.jobs.bells import Bell
from core.jobs.engine import Handler, Job
from dashboards import jobs as dashboards_jobs
from delivery import jobs as delivery_jobs
from delivery import letters, subjects
from feedback import doors as feedback_doors
from feedback import events as feedback_events
from feedback import jobs as feedback_jobs
from journeys import events as journeys_events
from surveys import events as surveys_events
from surveys import jobs as surveys_jobs
from surveys import letters as surveys_letters
from surveys import tags
from surveys.queries.subjects import of_invitations
from tickets import jobs as tickets_jobs

FLOW: dict[type[Event], Sequence[Handler]] = {
    journeys_events.TouchpointReached: (surveys_jobs.invite,),
    surveys_events.ResponseSubmitted: (feedback_jobs.take_in_answers, dashboards_jobs.recount),
    surveys_events.AnsweredAgain: (feedback_jobs.hear_again,),
    feedback_events.FeedbackTagged: (tickets_jobs.open_where_needed,),
    feedback_events.SaidAgain: (tickets_jobs.hear_again,),
}

JOBS: tuple[Job, ...] = (
    delivery_jobs.send_due,
    delivery_jobs.send_due_texts,
    feedback_jobs.tag_waiting,
    feedback_jobs.forget_minutes,
    surveys_jobs.seal_columns,
    surveys_jobs.verify_columns,
    surveys_jobs.tidy_answering,
    surveys_jobs.forget_visitors,
    tickets_jobs.settle_promises,
    dashboards_jobs.recount_voices,
    dashboards_jobs.recount_recent,
    dashboards_jobs.verify_rollups,
    housekeeping.tidy,
)

BELLS: tuple[Bell, ...] = (
    # A lease that ran out is settled at the next ring, so this is how long a freed message waits at the most.
    Bell("send due messages", "*/5 * * * * *", delivery_jobs.send_due),
    Bell("send due texts", "*/5 * * * * *", delivery_jobs.send_due_texts),
    # Imports ask for tagging themselves; the bell picks up what a crash left behind.
    Bell("tag what waits", "30 * * * * *", feedback_jobs.tag_waiting),
    Bell("recount voices", "0 * * * * *", dashboards_jobs.recount_voices),
    Bell("recount recent days", "15 */5 * * * *", dashboards_jobs.recount_recent),
    Bell("seal answers for results", "45 */3 * * * *", surveys_jobs.seal_columns),
    Bell("verify columns of results", "0 10 3 * * *", surveys_jobs.verify_columns),
    Bell("forget visitors", "0 5 0 * * *", surveys_jobs.forget_visitors),
    Bell("tidy answering", "0 50 2 * * *", surveys_jobs.tidy_answering),
    Bell("forget minutes", "0 55 2 * * *", feedback_jobs.forget_minutes),
    Bell("settle provisional promises", "0 30 3 * * *", tickets_jobs.settle_promises),
    Bell("tidy", "0 40 3 * * *", housekeeping.tidy),
    Bell("verify rollups", "0 20 3 * * *", dashboards_jobs.verify_rollups),
)


def wire_doors() -> None:
    """Let packages below ask those above: who writes a message, what it is about, what words were understood to be."""
    letters.register("survey_invitation", surveys_letters.compose)
    letters.register("survey_reminder", surveys_letters.remind)
    for kind in ("survey_invitation", "survey_reminder"):
        subjects.register(kind, of_invitations)
    tags.register(feedback_doors.tags_of)
