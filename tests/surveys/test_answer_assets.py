"""What customers' pages load beside themselves: colours, pictures, places, the privacy notice."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories
from core import clock
from surveys.models import PrivacyNotice, SurveyImage
from tests.surveys.answering import Customer, Json, invite, nps, publish, said

TREE: Json = {
    "type": "cascader",
    "id": "where",
    "title": said("在哪里"),
    "tree": [
        {"id": "line", "label": said("热线"), "children": [{"id": "wait", "label": said("等待")}]},
        {"id": "desk", "label": said("柜面")},
    ],
}


def picture(session: Session) -> SurveyImage:
    image = SurveyImage(
        token="logo_of_the_insurer",
        media_type="image/png",
        data=b"\x89PNG",
        width=1,
        height=1,
        created_at=clock.now(),
    )
    session.add(image)
    session.flush()  # the page asks for it by its token
    return image


def test_a_theme_is_a_style_sheet_that_browsers_keep(session: Session, client: FlaskClient) -> None:
    theme = {"accent": "#7a1f1f", "shape": "plain"}
    version = publish(session, {"title": said("红"), "questions": [nps()], "theme": theme})
    answer = client.get(f"/s/-/theme/{version.id}.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert "#7a1f1f" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/s/-/theme/999999.css").status_code == 404


@pytest.mark.parametrize(("accent", "ink"), [("#7a1f1f", "#ffffff"), ("#ffe680", "#12262f")])
def test_words_on_the_accent_have_the_colour_that_can_be_read(
    session: Session, client: FlaskClient, accent: str, ink: str
) -> None:
    version = publish(session, {"title": said("色"), "questions": [nps()], "theme": {"accent": accent}})
    sheet = client.get(f"/s/-/theme/{version.id}.css").get_data(as_text=True)
    assert f"background:{accent};color:{ink}" in sheet


def test_a_page_asks_for_a_style_sheet_only_if_its_survey_has_colours_of_its_own(
    session: Session, client: FlaskClient
) -> None:
    _invitation, plain = invite(session, {"title": said("素"), "questions": [nps()]})
    _other, red = invite(session, {"title": said("红"), "questions": [nps()], "theme": {"accent": "#7a1f1f"}})
    assert "/s/-/theme/" not in Customer(client, plain).page
    assert "/s/-/theme/" in Customer(client, red).page


def test_a_logo_is_served_for_ever_and_never_run(session: Session, client: FlaskClient) -> None:
    image = picture(session)
    theme = {"logo": image.token}
    _invitation, token = invite(session, {"title": said("标"), "questions": [nps()], "theme": theme})
    assert f"/s/-/image/{image.token}" in Customer(client, token).page
    answer = client.get(f"/s/-/image/{image.token}")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"\x89PNG", "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/s/-/image/nothing").status_code == 404


def test_places_come_level_by_level_and_can_be_kept(client: FlaskClient) -> None:
    answer = client.get("/s/-/places/3")
    provinces = dict(answer.json or [])
    assert provinces["330000"] == "浙江省"
    assert "max-age" in answer.headers["Cache-Control"]
    cities = dict(client.get("/s/-/places/3?of=330000").json or [])
    assert cities["330100"] == "杭州市"
    assert client.get("/s/-/places/2?of=330100").json == []
    assert client.get("/s/-/places/3?of=nothing").json == []
    assert client.get("/s/-/places/9").status_code == 404


def test_a_tree_of_the_author_is_shown_only_to_whom_a_page_was_shown(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, {"title": said("树"), "questions": [TREE]})
    page = Customer(client, token).page
    url = page.split('data-children="')[1].split('"')[0]
    assert json.loads(client.get(f"{url}?of=line&language=en").data) == [["wait", "等待 (en)"]]
    assert client.get(f"{url[:-4]}AAAA?of=line").status_code == 404
    assert "热线" in page


def test_a_tree_with_branches_for_some_is_asked_of_the_page_alone(
    session: Session, client: FlaskClient
) -> None:
    some = {"of": "nps", "is": "at_most", "than": 6}
    tree = TREE | {"tree": [TREE["tree"][0], TREE["tree"][1] | {"show": some}]}
    _invitation, token = invite(session, {"title": said("树"), "questions": [nps(), tree]})
    assert "/s/-/branches/" not in Customer(client, token).page


def test_without_a_script_the_next_level_comes_with_the_page(session: Session, client: FlaskClient) -> None:
    document = {
        "title": said("树"),
        "pages": [{"id": "p1", "questions": [TREE]}, {"id": "p2", "questions": [nps()]}],
    }
    _invitation, token = invite(session, document)
    customer = Customer(client, token)
    assert "等待" not in customer.page
    customer.send("stay", **{"where.1": "line"})
    assert customer.on == "p1"
    assert "等待" in customer.page
    customer.send("next", **{"where.1": "line", "where.2": "wait"})
    assert customer.on == "p2"


def test_a_privacy_notice_is_found_by_its_number_in_the_readers_language(
    session: Session, client: FlaskClient
) -> None:
    notice = PrivacyNotice(
        number=7,
        title=said("个人信息保护说明"),
        body={"zh-Hans": "第一段<b>\n\n第二段", "en": "First"},
        published_at=clock.now(),
    )
    session.add(notice)
    session.flush()  # the survey points to it
    version = publish(session, {"title": said("有说明"), "questions": [nps()]}, notice_id=notice.id)
    answer = client.get("/s/-/notice/7")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "第一段&lt;b&gt;" in page
    assert "第二段" in page
    assert "First" in client.get("/s/-/notice/7?lang=en").get_data(as_text=True)
    assert client.get("/s/-/notice/8").status_code == 404
    _invitation, token = factories.make_invitation(session, version_id=version.id)
    assert 'href="/s/-/notice/7?lang=zh-Hans"' in Customer(client, token).page
