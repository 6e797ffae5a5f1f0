"""What two people do to one survey or notice at the same moment: one of them is told, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, db
from core.clock import FixedClock
from core.errors import DomainError, InvalidInputError
from surveys.models import SurveyLock
from surveys.rules.notice import starting_point
from surveys.services import authoring
from tests.surveys.drafting import ZH, definition, draft, in_review, notice, published, staff

pytestmark = pytest.mark.usefixtures("clock_at")


def at_once(*tasks: Callable[[Session], object]) -> list[object]:
    """Run each task in a transaction and thread of its own, all beginning together; return results or errors."""
    barrier = Barrier(len(tasks))
    instant = clock.now()

    def run(task: Callable[[Session], object]) -> object:
        with clock.use(FixedClock(instant)):
            barrier.wait(timeout=10)
            try:
                with db.transaction() as session:
                    return task(session)
            except (DomainError, IntegrityError) as error:
                return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


@pytest.mark.usefixtures("fresh_database")
class TestRaces:
    def test_two_people_begin_a_draft_and_one_is_sent_to_it(self) -> None:
        with db.transaction() as session:
            survey_id = published(session).survey_id
        done = at_once(*[lambda s: authoring.start_draft(s, survey_id=survey_id, staff_id=None).id] * 4)
        made = [result for result in done if isinstance(result, int)]
        told = [result for result in done if isinstance(result, authoring.DraftExistsError)]
        assert (len(made), len(told)) == (1, 3)
        assert {error.version_id for error in told} == set(made)

    def test_two_people_publish_and_it_happens_once(self) -> None:
        with db.transaction() as session:
            version_id = in_review(session).id
        done = at_once(*[lambda s: authoring.publish(s, version_id=version_id, staff_id=None).state] * 3)
        assert sorted(map(str, done)).count("published") == 1
        assert sum(isinstance(result, authoring.WrongStateError) for result in done) == 2

    def test_one_publishes_while_another_sends_back(self) -> None:
        with db.transaction() as session:
            version_id = in_review(session).id
        done = at_once(
            lambda s: authoring.publish(s, version_id=version_id, staff_id=None).state,
            lambda s: authoring.send_back(s, version_id=version_id, reason="再改改").state,
        )
        assert sum(isinstance(result, authoring.WrongStateError) for result in done) == 1

    def test_two_saves_of_one_revision_lose_no_words(self) -> None:
        with db.transaction() as session:
            me = staff(session)
            version_id = draft(session, me).id

        def save(title: str) -> Callable[[Session], object]:
            return lambda s: (
                authoring.save_draft(
                    s, version_id=version_id, definition=definition(title), revision=0, staff_id=me
                ).revision
            )

        done = at_once(save("一"), save("二"))
        assert [result for result in done if result == 1] == [1]
        assert sum(isinstance(result, authoring.StaleDraftError) for result in done) == 1

    def test_two_people_take_a_lock_and_one_gets_it(self) -> None:
        with db.transaction() as session:
            survey_id = draft(session).survey_id
            people = [staff(session), staff(session, "李明")]
        done = at_once(
            *[
                lambda s, one=one: authoring.take_lock(s, survey_id=survey_id, staff_id=one).staff_id
                for one in people
            ]
        )
        with db.transaction() as session:
            holder = session.scalars(select(SurveyLock.staff_id)).one()
        assert [result for result in done if isinstance(result, int)] == [holder]
        assert sum(isinstance(result, authoring.LockedError) for result in done) == 1

    def test_editions_published_at_once_get_numbers_of_their_own(self) -> None:
        title, body = starting_point("安澜保险", "95500")

        def publish(phone: str) -> Callable[[Session], object]:
            words = body | {ZH: body[ZH].replace("95500", phone)}
            return lambda s: authoring.publish_notice(s, title=title, body=words, staff_id=None).number

        done = at_once(*map(publish, ["95501", "95502", "95503"]))
        assert sorted(map(str, done)) == ["2", "3", "4"], "the house begins with the first edition"

    def test_one_edition_published_thrice_at_once_is_there_once(self) -> None:
        done = at_once(*[lambda s: notice(s).number] * 3)
        assert [result for result in done if isinstance(result, int)] == [2]
        assert sum(isinstance(result, InvalidInputError) for result in done) == 2
