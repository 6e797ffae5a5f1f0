"""The demo's questionnaires: what claims are asked with, the QR codes in the branches, drafts on the desk."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.demo import factories
from app.demo.voices import Voices
from core import audit, clock
from feedback.models import Feedback
from grid.models import Region, Staff
from sentiment import mask
from surveys.models import Answer, AskRule, OpenLink, OpenLinkDay, Response, Survey, SurveyVersion
from surveys.rules.asking import AskBy
from surveys.rules.opening import new_slug
from surveys.rules.templates import template
from surveys.rules.texts import DEFAULT_LANGUAGE, say
from surveys.services import authoring

CLAIMS = "motor_claim"
BRANCHES = "branch_visit"
DRAFT = "relationship_nps"
IN_REVIEW = "digital_ces"

BRANCH_DAYS = 90

_STEPS = {"report": 0.5, "survey": 0.2, "repair": 0.0, "papers": -0.5, "payment": -0.1}
_TROUBLES = ("wait", "amount", "repeat", "progress", "attitude", "shop")
_WAITS = ("m5", "m15", "m30", "more")
_BETTER = ("wait", "guide", "explain", "elder", "place")


def publish(session: Session, staff: Sequence[Staff], end: date) -> None:
    """Publish the questionnaires a year before ``end``; claims are asked with theirs, callers by SMS.

    A manager of a branch wrote them, the head office looked at them and published.
    """
    author = next(person for person in staff if person.login == "manager33")
    reviewer = next(person for person in staff if person.login == "manager")
    with clock.use(clock.FixedClock(clock.day_start(end - timedelta(days=366)))):
        for code in (CLAIMS, BRANCHES):
            draft = _write(session, code, author)
            _hand_in(session, draft, author)
            authoring.publish(session, version_id=draft.id, staff_id=reviewer.id)
            _note(session, draft, "survey.publish", reviewer, notice_id=draft.notice_id)
    claims = session.scalars(select(Survey).where(Survey.code == CLAIMS)).one()
    session.execute(
        update(AskRule).where(AskRule.touchpoint_code == "claim_closed").values(survey_id=claims.id)
    )
    session.execute(
        update(AskRule)
        .where(AskRule.touchpoint_code == "hotline_call")
        .values(channel=AskBy.SMS, score_in_sms=True)
    )


def lay_drafts(session: Session, staff: Sequence[Staff]) -> None:
    """Lay one questionnaire on the desk that is being written, and one that waits for review."""
    author = next(person for person in staff if person.login == "manager")
    for code in (DRAFT, IN_REVIEW):
        draft = _write(session, code, author)
        if code == IN_REVIEW:
            _hand_in(session, draft, author)


def _write(session: Session, code: str, author: Staff) -> SurveyVersion:
    """Return a first draft made from a template, as the editor leaves it."""
    chosen = template(code)
    draft = authoring.create_survey(
        session,
        name=say(chosen.name, DEFAULT_LANGUAGE),
        code=code,
        definition=chosen.definition(),
        staff_id=author.id,
    )
    authoring.release_lock(session, survey_id=draft.survey_id, staff_id=author.id)
    _note(session, draft, "survey.create", author, template=code)
    return draft


def _hand_in(session: Session, draft: SurveyVersion, author: Staff) -> None:
    authoring.submit_for_review(session, version_id=draft.id, staff_id=author.id)
    _note(session, draft, "survey.submit", author, notice_id=draft.notice_id)


def _note(session: Session, version: SurveyVersion, action: str, who: Staff, **detail: Any) -> None:  # noqa: ANN401
    audit.record(
        session,
        actor=f"staff:{who.id}",
        action=action,
        object_type="survey",
        object_id=version.survey_id,
        detail={"version": version.number, **detail},
    )


def claim_details(dice: random.Random, nps: int) -> list[dict[str, Any]]:
    """Return what somebody who gave ``nps`` answers to the further questions about a claim."""
    if dice.random() < 0.06:
        return []  # some skip the table
    details: list[dict[str, Any]] = [
        _answer(f"steps.{step}", number=min(max(round(2.6 + nps / 4 + lean + dice.gauss(0, 0.7)), 1), 5))
        for step, lean in _STEPS.items()
    ]
    if nps <= 6:
        troubles = dice.sample(_TROUBLES, dice.choice((1, 1, 2, 3)))
        details.append(_answer("trouble", option_ids=[one for one in _TROUBLES if one in troubles]))
        details.append(_answer("callback", option_ids=["yes" if dice.random() < 0.45 else "no"]))
    return details


def page_seconds(dice: random.Random, nps: int) -> dict[str, float]:
    """Return how long somebody took for each page of the claims questionnaire."""
    pages = {"score": 24.0, "steps": 31.0} | ({"trouble": 19.0} if nps <= 6 else {})
    return {page: round(usual * dice.lognormvariate(0, 0.5), 1) for page, usual in pages.items()}


def answer_in_branches(session: Session, dice: random.Random, tree: Mapping[str, Region], end: date) -> int:
    """Put a QR code on the counter of every city and let visitors answer; return how many did."""
    survey = session.scalars(select(Survey).where(Survey.code == BRANCHES)).one()
    version = factories.published(session, BRANCHES)
    voices = Voices(dice)
    made = 0
    for region in (region for region in tree.values() if region.kind == "city"):
        first = end - timedelta(days=BRANCH_DAYS)
        link = OpenLink(
            slug=new_slug(), survey_id=survey.id, name=f"{region.name}柜台", kind="qr",
            touchpoint_code="branch_visit", region_id=region.id, created_at=clock.day_start(first),
        )  # fmt: skip
        session.add(link)
        session.flush()  # what follows points at the link
        moments = sorted(_moment(dice, first) for _visitor in range(dice.randint(25, 60)))
        for at in moments:
            _visitor_answers(session, dice, voices, link, version.id, at)
        _count_days(session, dice, link, moments)
        made += len(moments)
    return made


def _moment(dice: random.Random, first: date) -> datetime:
    day = first + timedelta(days=dice.randrange(BRANCH_DAYS))
    return clock.day_start(day) + timedelta(hours=dice.randint(9, 16), minutes=dice.randrange(60))


def _visitor_answers(
    session: Session, dice: random.Random, voices: Voices, link: OpenLink, version_id: int, at: datetime
) -> None:
    csat = dice.choices((1, 2, 3, 4, 5), (3, 5, 12, 30, 50))[0]
    seconds = round(22 * dice.lognormvariate(0, 0.5), 1)
    response = Response(
        version_id=version_id, touchpoint_code=link.touchpoint_code, region_id=link.region_id, channel="qr",
        language="zh-Hans", submitted_at=at, started_at=at - timedelta(seconds=seconds), csat=csat,
        link_id=link.id, key_hash=dice.randbytes(32), page_seconds={"p1": seconds}, ending="thanks",
    )  # fmt: skip
    session.add(response)
    session.flush()  # the answers point at the response
    waited = min(max(round((5 - csat) * 0.8 + dice.gauss(0, 0.6)), 0), 3)
    answers = [_answer("csat", number=csat), _answer("waited", option_ids=[_WAITS[waited]])]
    better = dice.sample(_BETTER, dice.choice((1, 1, 2))) if csat < 5 else ["fine"]
    answers.append(_answer("better", option_ids=[one for one in (*_BETTER, "fine") if one in better]))
    words = ""
    if dice.random() < 0.2:
        feeling = "negative" if csat <= 2 else "positive" if csat == 5 else "neutral"
        words = voices.say("branch_visit", feeling).text[:1000]
        answers.append(_answer("why", words=words))
    session.execute(insert(Answer), [one | {"response_id": response.id} for one in answers])
    session.add(
        Feedback(
            source="survey", source_id=str(response.id), channel="survey", words=words,
            masked_words=mask(words) if words else "", occurred_at=at, received_at=at,
            touchpoint_code=link.touchpoint_code, region_id=link.region_id, response_id=response.id, csat=csat,
            tagged_at=None if words else at,
        )
    )  # fmt: skip


def _count_days(session: Session, dice: random.Random, link: OpenLink, moments: Sequence[datetime]) -> None:
    answered: dict[date, int] = {}
    for at in moments:
        day = clock.beijing_day(at)
        answered[day] = answered.get(day, 0) + 1
    for day, n in answered.items():
        started = n + dice.randint(0, 1)
        opened = started + dice.randint(0, 3)
        session.add(OpenLinkDay(link_id=link.id, day=day, opened=opened, started=started))


def _answer(question_id: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - one of three columns
    return {"question_id": question_id, "number": None, "option_ids": None, "words": None} | given
