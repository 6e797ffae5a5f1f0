"""Random questionnaires answered at random through the real pages: what logic forbids is never accepted, and no
answer that was given is lost.

The customer here has no script. They send what stands on the page, sensible things and rubbish, go back now and then,
and reload. What they last sent for each question is written down beside, and compared with what was stored.
"""

import re
from collections.abc import Collection, Mapping
from html import unescape

from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from surveys.models import Answer, Response
from surveys.queries import answering as queries
from surveys.rules import turning
from surveys.rules.definition import Definition
from surveys.rules.judging import Verdict, judge
from tests.surveys.answering import fields, publish
from tests.surveys.strategies import documents, sent

STEPS = 25

Stored = tuple[float | None, tuple[str, ...] | None, str | None]


def of_questions(fields: Mapping[str, list[str]], ids: Collection[str]) -> dict[str, list[str]]:
    """Return the fields that belong to some questions."""
    return {name: values for name, values in fields.items() if name.partition(".")[0] in ids}


def stored(session: Session, response: Response) -> dict[str, Stored]:
    """Return the stored answers of a response by key."""
    rows = session.scalars(select(Answer).where(Answer.response_id == response.id))
    return {
        row.question_id: (
            row.number,
            tuple(row.option_ids) if row.option_ids else None,
            row.words or row.secret,
        )
        for row in rows
    }


QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


def test_a_random_walk_stores_what_the_judge_accepts_and_nothing_else(
    session: Session, client: FlaskClient
) -> None:
    finished = []

    @settings(QUICK, max_examples=25)
    @given(document=documents(), data=st.data())
    def walk(document: dict[str, object], data: st.DataObject) -> None:
        definition = Definition.model_validate(document)
        assume(judge(definition, {}).walk.steps)
        version = publish(session, document)
        _invitation, token = factories.make_invitation(session, version_id=version.id)
        told: dict[str, list[str]] = {}
        answer = client.get(f"/s/{token}")
        for _step in range(STEPS):
            page = answer.get_data(as_text=True)
            carried = fields(page)
            if "_page" not in carried:
                break
            on_page = carried["_asked"].split()
            said = of_questions(data.draw(sent(definition, rubbish=data.draw(st.booleans()))), on_page)
            go = data.draw(st.sampled_from(["next", "next", "next", "send", "back", "stay"]))
            told = {name: told[name] for name in told if name.partition(".")[0] not in on_page} | said
            action = re.search(r'<form method="post" action="([^"]*)"', page)
            assert action is not None
            answer = client.post(unescape(action[1]), data={**carried, "_go": go, **said})
            assert answer.status_code in {200, 303, 422}, answer.get_data(as_text=True)
            if answer.status_code == 422:
                assert 'class="error"' in answer.get_data(as_text=True)
            if answer.status_code == 303:
                answer = client.get(answer.location)
        response = session.scalar(select(Response).where(Response.version_id == version.id))
        if response is not None:
            verdict = judge(definition, told)
            assert verdict.mistakes == {}
            assert stored(session, response) == accepted(verdict)
            assert response.ending == (verdict.walk.ending.id if verdict.walk.ending else None)
            finished.append(response.id)

    walk()
    assert len(finished) >= 5


def test_whatever_is_posted_blindly_is_stored_only_if_the_judge_accepts_it(
    session: Session, client: FlaskClient
) -> None:
    finished = []

    @settings(QUICK, max_examples=20)
    @given(document=documents(), data=st.data())
    def post(document: dict[str, object], data: st.DataObject) -> None:
        definition = Definition.model_validate(document)
        version = publish(session, document)
        _invitation, token = factories.make_invitation(session, version_id=version.id)
        pages = turning.step_ids(definition)
        # Whoever answers on one page sends everything with it; nothing is kept from one sending to the next.
        several = queries.kept(session.connection(), version.id).several
        told: dict[str, list[str]] = {}
        for page in [*pages, pages[-1]]:
            said = data.draw(sent(definition, rubbish=data.draw(st.booleans())))
            told = kept(definition, told if several else {}, page, said)
            answer = client.post(f"/s/{token}", data={"_page": page, "_go": "send", **said})
            assert answer.status_code in {200, 303, 422}
            if (answer.location or "").partition("?")[0].endswith("/thanks"):
                break
        response = session.scalar(select(Response).where(Response.version_id == version.id))
        if response is not None:
            verdict = judge(definition, told)
            assert verdict.mistakes == {}
            assert stored(session, response) == accepted(verdict)
            finished.append(response.id)

    post()
    assert len(finished) >= 3


def accepted(verdict: Verdict) -> dict[str, Stored]:
    """Return the answers of a verdict as the table must hold them."""
    return {
        key: (
            None if reading.number is None else float(reading.number),
            reading.options or None,
            reading.words,
        )
        for key, reading in verdict.readings.items()
    }


def kept(
    definition: Definition, before: Mapping[str, list[str]], page_id: str, sent: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return what a server must know after a page: the page's own fields, and hidden ones that come first."""
    if definition.layout == "single":
        here = {page_id}
    else:
        here = next(
            {question.id for question in page.questions} for page in definition.pages if page.id == page_id
        )
    hidden = {question.id for question in definition.questions if question.type == "hidden"}
    known = {name: values for name, values in before.items() if name.partition(".")[0] not in here - hidden}
    for name, values in sent.items():
        if not values:
            continue  # a form has no field without a value
        owner = name.partition(".")[0]
        if (owner in here and owner not in hidden) or (owner in hidden and name not in before):
            known[name] = values
    return known
