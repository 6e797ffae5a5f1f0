"""Drafts, locks and review: what people do to a survey before and while it is published."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import clock
from core.clock import FixedClock
from core.errors import DomainError, InvalidInputError, NotFoundError
from surveys import services as asking
from surveys.models import DraftStep, Survey, SurveyVersion
from surveys.services import authoring
from surveys.services.authoring import drafts, locks
from tests.surveys.drafting import ZH, definition, draft, in_review, notice, published, staff, title_of

pytestmark = pytest.mark.usefixtures("clock_at")


class TestDrafts:
    def test_a_new_survey_has_a_draft_and_a_code_nobody_has(self, session: Session) -> None:
        first, second = draft(session), draft(session)
        assert (first.number, first.state, first.revision) == (1, "draft", 0)
        assert first.survey.code != second.survey.code
        with pytest.raises(InvalidInputError, match="编码已经用过"):
            authoring.create_survey(
                session, name="再来", code=first.survey.code, definition=definition(), staff_id=None
            )

    def test_the_next_draft_begins_with_what_is_published(self, session: Session) -> None:
        version = published(session, title="您对理赔满意吗？")
        following = authoring.start_draft(session, survey_id=version.survey_id, staff_id=None)
        assert (following.number, following.state, title_of(following)) == (2, "draft", "您对理赔满意吗？")
        with pytest.raises(authoring.DraftExistsError, match="第 2 版草稿") as refused:
            authoring.start_draft(session, survey_id=version.survey_id, staff_id=None)
        assert refused.value.version_id == following.id
        with pytest.raises(NotFoundError):
            authoring.start_draft(session, survey_id=0, staff_id=None)

    def test_saving_counts_revisions_and_an_unchanged_draft_is_not_saved(self, session: Session) -> None:
        me = staff(session)
        version = draft(session, me)
        save = {"version_id": version.id, "staff_id": me}
        assert authoring.save_draft(session, definition=definition("一"), revision=0, **save).revision == 1
        assert authoring.save_draft(session, definition=definition("一"), revision=1, **save).revision == 1

    def test_nobody_overwrites_what_they_have_not_seen(self, session: Session) -> None:
        me, other = staff(session), staff(session, "李明")
        version = draft(session, me)
        authoring.save_draft(
            session, version_id=version.id, definition=definition("一"), revision=0, staff_id=other
        )
        authoring.release_lock(session, survey_id=version.survey_id, staff_id=other)
        with pytest.raises(authoring.StaleDraftError, match="李明已于 12:00 保存"):
            authoring.save_draft(
                session, version_id=version.id, definition=definition("二"), revision=0, staff_id=me
            )
        assert title_of(version) == "一"
        authoring.save_draft(
            session, version_id=version.id, definition=definition("二"), revision=1, staff_id=me
        )
        with pytest.raises(authoring.StaleDraftError, match="您在另一个窗口"):
            authoring.save_draft(
                session, version_id=version.id, definition=definition("三"), revision=1, staff_id=me
            )

    def test_what_is_in_review_or_published_is_not_written(self, session: Session) -> None:
        version = in_review(session)
        with pytest.raises(authoring.NotEditableError, match="待审核"):
            authoring.save_draft(
                session,
                version_id=version.id,
                definition=definition("改"),
                revision=0,
                staff_id=staff(session),
            )

    def test_undo_and_redo_walk_along_the_saves(self, session: Session) -> None:
        me = staff(session)
        version = draft(session, me, title="零")
        for revision, title in enumerate(["一", "二"]):
            authoring.save_draft(
                session, version_id=version.id, definition=definition(title), revision=revision, staff_id=me
            )
        walk = {"version_id": version.id, "staff_id": me}
        assert title_of(authoring.undo(session, revision=2, **walk)) == "一"
        assert title_of(authoring.undo(session, revision=3, **walk)) == "零"
        with pytest.raises(DomainError, match="没有可以撤销"):
            authoring.undo(session, revision=4, **walk)
        assert title_of(authoring.redo(session, revision=4, **walk)) == "一"
        authoring.save_draft(session, definition=definition("三"), revision=5, **walk)
        with pytest.raises(DomainError, match="没有可以重做"):
            authoring.redo(session, revision=6, **walk)
        assert title_of(authoring.undo(session, revision=6, **walk)) == "一"

    def test_only_the_last_saves_can_be_taken_back(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert authoring.KEPT_STEPS == 100
        monkeypatch.setattr(drafts, "KEPT_STEPS", 4)
        me = staff(session)
        version = draft(session, me)
        for revision in range(9):
            authoring.save_draft(
                session,
                version_id=version.id,
                definition=definition(f"第{revision}"),
                revision=revision,
                staff_id=me,
            )
        steps = select(DraftStep.number).where(DraftStep.version_id == version.id).order_by(DraftStep.number)
        assert session.scalars(steps).all() == [7, 8, 9, 10]
        current = select(DraftStep.definition).where(DraftStep.version_id == version.id, DraftStep.current)
        assert session.scalars(current).one() == version.definition

    def test_a_draft_thrown_away_leaves_the_published_version(self, session: Session) -> None:
        version = published(session)
        following = authoring.start_draft(session, survey_id=version.survey_id, staff_id=None)
        authoring.discard_draft(session, version_id=following.id)
        assert session.scalars(
            select(SurveyVersion.id).where(SurveyVersion.survey_id == version.survey_id)
        ).all() == [version.id]
        alone = draft(session)
        authoring.discard_draft(session, version_id=alone.id)
        assert session.scalar(select(Survey.id).where(Survey.id == alone.survey_id)) is None
        with pytest.raises(authoring.NotEditableError):
            authoring.discard_draft(session, version_id=version.id)

    def test_a_copy_is_a_survey_of_its_own(self, session: Session) -> None:
        version = published(session)
        copied = authoring.copy_survey(session, version_id=version.id, name="车险回访", staff_id=None)
        assert copied.survey_id != version.survey_id
        assert (copied.number, copied.state, copied.definition) == (1, "draft", version.definition)


class TestLocks:
    def test_one_person_writes_and_the_other_reads_who_it_is(self, session: Session) -> None:
        me, other = staff(session), staff(session, "李明")
        version = draft(session, me)
        authoring.take_lock(session, survey_id=version.survey_id, staff_id=other)
        with pytest.raises(authoring.LockedError, match="李明 正在编辑这份问卷（12:00 开始）"):
            authoring.take_lock(session, survey_id=version.survey_id, staff_id=me)
        with pytest.raises(authoring.LockedError, match="李明"):
            authoring.save_draft(
                session, version_id=version.id, definition=definition("一"), revision=0, staff_id=me
            )
        with pytest.raises(NotFoundError):
            authoring.take_lock(session, survey_id=0, staff_id=me)

    def test_a_lock_is_free_when_given_back_or_after_silence(
        self, session: Session, clock_at: FixedClock
    ) -> None:
        me, other = staff(session), staff(session, "李明")
        survey_id = draft(session, me).survey_id
        authoring.take_lock(session, survey_id=survey_id, staff_id=me)
        clock_at.advance(seconds=80)
        authoring.keep_lock(session, survey_id=survey_id, staff_id=me)
        clock_at.advance(seconds=80)
        with pytest.raises(authoring.LockedError):
            authoring.take_lock(session, survey_id=survey_id, staff_id=other)
        clock_at.advance(seconds=20)
        lock = authoring.take_lock(session, survey_id=survey_id, staff_id=other)
        assert (lock.staff_id, lock.taken_at, lock.taken_from) == (other, clock.now(), None)
        authoring.release_lock(session, survey_id=survey_id, staff_id=me)  # not theirs: nothing happens
        with pytest.raises(authoring.LockedError):
            authoring.keep_lock(session, survey_id=survey_id, staff_id=me)
        authoring.release_lock(session, survey_id=survey_id, staff_id=other)
        assert authoring.take_lock(session, survey_id=survey_id, staff_id=me).staff_id == me

    def test_whose_lock_was_taken_over_is_told_with_the_next_save(self, session: Session) -> None:
        me, other = staff(session), staff(session, "李明")
        version = draft(session, me)
        authoring.save_draft(
            session, version_id=version.id, definition=definition("一"), revision=0, staff_id=me
        )
        assert authoring.take_over(session, survey_id=version.survey_id, staff_id=other) == me
        with pytest.raises(authoring.LockedError, match="李明 已于 12:00 接管编辑"):
            authoring.save_draft(
                session, version_id=version.id, definition=definition("二"), revision=1, staff_id=me
            )
        assert title_of(version) == "一"
        assert authoring.take_over(session, survey_id=version.survey_id, staff_id=other) is None

    def test_silence_is_a_minute_and_a_half(self) -> None:
        assert locks.SILENCE.total_seconds() == 90


class TestReview:
    def test_a_draft_goes_through_review_into_the_field(self, session: Session) -> None:
        author, editor = staff(session), staff(session, "李明")
        latest = notice(session)
        version = draft(session, author)
        authoring.submit_for_review(session, version_id=version.id, staff_id=author)
        assert (version.state, version.submitted_by, version.notice_id) == ("review", author, latest.id)
        authoring.publish(session, version_id=version.id, staff_id=editor)
        assert (version.state, version.published_by, version.published_at) == (
            "published",
            editor,
            clock.now(),
        )

    def test_without_a_notice_or_with_faults_nothing_is_submitted(self, session: Session) -> None:
        version = draft(session)
        with pytest.raises(authoring.FaultyDefinitionError, match="隐私告知书"):
            authoring.submit_for_review(session, version_id=version.id, staff_id=None, notice_id=0)
        ending = {"id": "e", "title": {ZH: "谢谢"}, "redirect": "https://shop.cn/"}
        leading_on = draft(session, endings=[ending])
        with pytest.raises(authoring.FaultyDefinitionError) as refused:
            authoring.submit_for_review(session, version_id=leading_on.id, staff_id=None)
        assert [fault.code for fault in refused.value.faults] == ["redirect"]
        authoring.submit_for_review(session, version_id=leading_on.id, staff_id=None, hosts=["shop.cn"])
        with pytest.raises(authoring.FaultyDefinitionError):  # the host was taken off the list meanwhile
            authoring.publish(session, version_id=leading_on.id, staff_id=None)

    def test_what_is_sent_back_can_be_written_again(self, session: Session) -> None:
        version = in_review(session)
        with pytest.raises(InvalidInputError, match="退回原因"):
            authoring.send_back(session, version_id=version.id, reason="  ")
        authoring.send_back(session, version_id=version.id, reason="第 1 题太绕")
        assert (version.state, version.submitted_at) == ("draft", None)
        with pytest.raises(authoring.WrongStateError, match="草稿"):
            authoring.send_back(session, version_id=version.id, reason="再退一次")
        with pytest.raises(authoring.WrongStateError):
            authoring.publish(session, version_id=version.id, staff_id=None)

    def test_publishing_retires_the_version_before(self, session: Session) -> None:
        first = published(session)
        second = authoring.start_draft(session, survey_id=first.survey_id, staff_id=None)
        authoring.submit_for_review(session, version_id=second.id, staff_id=None)
        assert first.state == "published"
        authoring.publish(session, version_id=second.id, staff_id=None)
        assert (first.state, second.state) == ("retired", "published")
        authoring.retire(session, version_id=second.id)
        assert second.state == "retired"
        with pytest.raises(authoring.WrongStateError):
            authoring.retire(session, version_id=second.id)

    def test_somebody_puts_their_name_to_rewards(self, session: Session) -> None:
        version = in_review(session, thanks={ZH: "谢谢，红包稍后到账"})
        with pytest.raises(authoring.UnacknowledgedError, match="红包") as refused:
            authoring.publish(session, version_id=version.id, staff_id=None)
        said = [warning.sentence for warning in refused.value.warnings]
        authoring.publish(session, version_id=version.id, staff_id=None, acknowledged=said)
        assert version.state == "published"

    def test_the_database_itself_forbids_changing_what_is_published(self, session: Session) -> None:
        version = published(session)
        version.definition = definition("改").model_dump(mode="json", exclude_none=True)
        with (
            pytest.raises(DBAPIError, match="published survey versions do not change"),
            session.begin_nested(),
        ):
            session.flush()

    def test_what_comes_with_the_product_is_published_beside_a_draft(self, session: Session) -> None:
        first = published(session)
        writing = authoring.start_draft(session, survey_id=first.survey_id, staff_id=None)
        third = asking.publish_version(session, survey_id=first.survey_id, definition=definition("三"))
        session.flush()
        assert (first.state, writing.state, third.state, third.number) == ("retired", "draft", "published", 3)
