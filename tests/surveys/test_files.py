"""Files of customers: told by their content, bound to their sender, handed out to staff as files to save."""

import io
import json
import random
import re
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.demo import factories
from core.clock import FixedClock
from core.models import AuditEntry
from surveys.models import Answer, AnswerFile, Response, Suspect
from surveys.rules import sniffing, suspicion
from surveys.services import files
from tests.surveys import open_links as made
from tests.surveys.answering import Customer, Json, fields, invite, nps, said, words

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
PHOTO = {"type": "file", "id": "photo", "title": said("请拍照"), "kinds": ["images", "pdf"], "most_files": 2}
ONE_PAGE: Json = {"title": said("传照片"), "questions": [nps(), PHOTO]}
TWO_PAGES: Json = {
    "title": said("传照片"),
    "pages": [
        {"id": "p1", "questions": [PHOTO | {"required": True}]},
        {"id": "p2", "questions": [nps(), words()]},
    ],
}


def office(*parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "<x/>")
    return file.getvalue()


def sent(*contents: bytes, name: str = "照片.png") -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(content), name) for content in contents]


def large_post(client: FlaskClient, path: str, content: bytes, **fields: str) -> int:
    """Send a form with one large file, without the temporary file that the test client leaves open."""
    photo = FileStorage(io.BytesIO(content), filename="照片.png")
    boundary, body = encode_multipart({**fields, "photo": photo})
    return client.post(
        path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"'
    ).status_code


def script_sends(client: FlaskClient, path: str, content: bytes, **more: str) -> tuple[int, Json]:
    """Send one file as the script of the page does; return the status and what is said."""
    file = FileStorage(io.BytesIO(content), filename="big.png")
    boundary, body = encode_multipart({"question": "photo", **more, "file": file})
    answer = client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')
    assert isinstance(answer.json, dict), answer.status
    return answer.status_code, answer.json


def kept(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AnswerFile)) or 0


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image/heic"),
        (b"%PDF-1.7\n%...", "application/pdf"),
        (
            office("word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("word/document.xml", "word/vbaProject.bin"), None),
        (office("payload.exe"), None),
        (b"PK\x03\x04 torn", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", None),
        (b"<!doctype html><script>alert(1)</script>", None),
        (b"MZ\x90\x00", None),
        (b"GIF89a", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"", None),
    ],
)
def test_a_file_is_told_by_its_content(content: bytes, media_type: str | None) -> None:
    found = sniffing.sniff(content)
    assert (found.media_type if found else None) == media_type


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda rest: b"PK\x03\x04" + rest))
def test_no_content_breaks_the_telling(content: bytes) -> None:
    sniffing.sniff(content)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("照片 1.PNG", "照片 1.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\x\\报告.exe", "报告.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.jpg"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("长" * 300 + ".jpg", "长" * 80 + ".jpg"),
    ],
)
def test_a_name_is_made_safe_and_gets_the_ending_of_the_content(name: str, clean: str) -> None:
    assert sniffing.clean_name(name, sniffing.JPEG) == clean


def test_files_go_with_the_form_and_belong_to_the_response(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    assert 'enctype="multipart/form-data"' in customer.page
    answer = customer.send("send", nps="9", photo=sent(PNG, JPEG))
    assert answer.status_code == 303, customer.page
    response = session.scalars(select(Response)).one()
    rows = session.scalars(select(AnswerFile).order_by(AnswerFile.id)).all()
    assert [(row.response_id, row.name, row.media_type) for row in rows] == [
        (response.id, "照片.png", "image/png"),
        (response.id, "照片.jpg", "image/jpeg"),
    ]
    words_of_photo = session.scalars(select(Answer.words).where(Answer.question_id == "photo")).one()
    assert len(json.loads(words_of_photo or "")) == 2


def test_a_mistake_elsewhere_does_not_lose_the_file(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    assert customer.send("send", photo=sent(PNG)).status_code == 422
    assert "照片.png" in customer.page
    [photo] = re.findall(r'name="photo" value="([\w-]{22})"', customer.page)
    assert customer.send("send", nps="9", photo=photo).status_code == 303
    assert session.scalars(select(AnswerFile.response_id)).one() is not None


def test_a_file_survives_going_to_the_next_page_and_back_and_can_be_dropped(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, TWO_PAGES)
    customer = Customer(client, token)
    customer.send(photo=sent(PNG))
    assert customer.on == "p2"
    customer.send("back")
    [photo] = re.findall(r'name="photo" value="([\w-]{22})"', customer.page)
    customer.send(f"drop:{photo}", photo=photo)
    assert "照片.png" not in customer.page
    assert kept(session) == 0
    assert customer.send("next").status_code == 422  # the photo is required


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<script>alert(1)</script>", "照片.png"), (office("word/document.xml"), "a.docx"), (b"", "空.png")],
)
def test_what_is_not_asked_for_is_refused_with_a_sentence(
    session: Session, client: FlaskClient, content: bytes, name: str
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    assert customer.send("send", nps="9", photo=sent(content, name=name)).status_code == 422
    assert 'id="photo-error"' in customer.page
    assert kept(session) == 0


def test_too_large_a_file_is_refused_and_a_huge_form_not_even_read(
    session: Session, client: FlaskClient
) -> None:
    small = PHOTO | {"most_bytes": 2048, "most_files": 1}
    _invitation, token = invite(session, {"title": said("小"), "questions": [nps(), small]})
    customer = Customer(client, token)
    assert customer.send("send", nps="9", photo=sent(PNG + b"0" * 2048)).status_code == 422
    assert large_post(client, f"/s/{token}", PNG + b"0" * 1_200_000) == 413
    _other, no_files = invite(session, {"title": said("无"), "questions": [nps()]})
    assert large_post(client, f"/s/{no_files}", PNG + b"0" * 1_200_000) == 413
    assert kept(session) == 0


def test_a_file_of_ten_megabytes_is_taken_where_it_is_asked_for(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    assert large_post(client, f"/s/{token}", PNG + b"0" * (10 * 1024 * 1024 - len(PNG)), nps="9") == 303
    assert session.scalar(select(AnswerFile.size)) == 10 * 1024 * 1024


def test_more_files_than_asked_for_are_a_mistake(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    assert customer.send("send", nps="9", photo=sent(PNG, PNG, PNG)).status_code == 422


def test_nobody_fills_the_disk(session: Session, client: FlaskClient) -> None:
    many = [PHOTO | {"id": f"photo{n}", "most_files": 5} for n in range(5)]
    _invitation, token = invite(session, {"title": said("很多"), "questions": many})
    for number in range(files.MOST_FILES_PER_SEAT):
        assert script_sends(client, f"/s/{token}/files", PNG, question=f"photo{number // 5}")[0] == 201
    assert script_sends(client, f"/s/{token}/files", PNG, question="photo4") == (
        422,
        {"mistake": "上传的文件加起来不能超过 40 MB"},
    )
    assert kept(session) == files.MOST_FILES_PER_SEAT


def test_the_address_for_files_takes_no_more_than_the_question(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    here = f"/s/{token}/files"
    first, second = (script_sends(client, here, PNG)[1]["token"] for _time in range(2))
    refused = (422, {"mistake": "最多上传 2 个文件"})
    assert script_sends(client, here, PNG) == refused
    assert script_sends(client, here, PNG, _held=f"{first} {second}") == refused
    assert kept(session) == 2
    client.post(f"/s/{token}", data={"_page": "p1", "_go": f"drop:{first}"})
    assert script_sends(client, here, PNG)[0] == 201


def test_a_file_that_the_page_no_longer_has_gives_way_to_a_new_one(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    here = f"/s/{token}/files"
    removed, left = (script_sends(client, here, PNG, _held="")[1]["token"] for _time in range(2))
    status, third = script_sends(client, here, JPEG, _held=left)
    assert (status, kept(session)) == (201, 2)
    customer = Customer(client, token)
    assert customer.send("send", nps="9", photo=[left, third["token"]]).status_code == 303
    assert removed not in (session.scalars(select(Answer.words).where(Answer.words.is_not(None))).one() or "")
    assert session.scalars(select(AnswerFile.media_type).order_by(AnswerFile.id)).all() == [
        "image/png",
        "image/jpeg",
    ]


def test_a_third_file_in_the_form_is_refused_and_the_first_two_stay(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    assert customer.send("send", nps="9", photo=sent(PNG, PNG, PNG)).status_code == 422
    assert "最多上传 2 个文件" in customer.page
    photos = re.findall(r'name="photo" value="([\w-]{22})"', customer.page)
    assert (len(photos), kept(session)) == (2, 2)
    again = Customer(client, token)  # loaded anew, the page knows nothing of them
    assert again.send("send", nps="9", photo=sent(PNG, JPEG)).status_code == 303
    assert session.scalars(select(AnswerFile.response_id.is_(None))).all() == [False, False]


def test_files_of_answers_in_doubt_give_way_to_nothing(session: Session, client: FlaskClient) -> None:
    link = made.make_link(session, made.make_survey(session, nps(), PHOTO))
    page = client.get(f"/q/{link.slug}").text
    [here] = re.findall(r'data-upload="([^"]+)"', page)
    photos = [script_sends(client, here, PNG)[1]["token"] for _time in range(2)]
    filled = {**fields(page), "_go": "send", "nps": "9", "photo": photos, suspicion.TRAP: "spam"}
    client.post(f"/q/{link.slug}", data=filled)
    assert session.scalars(select(Suspect.state)).all() == ["waiting"]
    assert script_sends(client, here, PNG, _held="")[0] == 422
    assert kept(session) == 2


@pytest.mark.parametrize("way", ["personal", "open"])
def test_a_large_file_sent_ahead_is_judged_like_a_small_one(
    session: Session, client: FlaskClient, way: str
) -> None:
    if way == "personal":
        here = f"/s/{invite(session, ONE_PAGE)[1]}/files"
    else:
        link = made.make_link(session, made.make_survey(session, nps(), PHOTO))
        page = client.get(f"/q/{link.slug}").text
        [here] = re.findall(r'data-upload="([^"]+)"', page)
    noise = random.Random(7).randbytes(3 * 1024 * 1024)
    assert script_sends(client, here, noise) == (422, {"mistake": "这种文件不能上传，请换成：图片、PDF"})
    assert script_sends(client, here, PNG + noise)[0] == 201
    too_large = {"mistake": "文件太大了，每个不能超过 10 MB"}
    assert script_sends(client, here, PNG + noise * 4) == (422, too_large)
    assert script_sends(client, here, PNG + noise * 8) == (413, too_large)
    assert kept(session) == 1


def test_a_script_sends_a_file_ahead_and_the_form_its_token(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    customer = Customer(client, token)
    answer = client.post(
        f"/s/{token}/files", data={"question": "photo", "file": sent(PNG)[0], **fields(customer.page)}
    )
    assert answer.status_code == 201
    assert answer.json is not None
    assert set(answer.json) == {"token", "name", "size"}
    assert customer.send("send", nps="9", photo=answer.json["token"]).status_code == 303
    refused = client.post(f"/s/{token}/files", data={"question": "photo", "file": sent(PNG)[0]})
    assert (refused.status_code, kept(session)) == (200, 1)  # the link is spent


@pytest.mark.parametrize("question", ["nps", "nothing", ""])
def test_a_file_for_no_file_question_is_refused(session: Session, client: FlaskClient, question: str) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    answer = client.post(f"/s/{token}/files", data={"question": question, "file": sent(PNG)[0]})
    assert answer.status_code == 422
    assert kept(session) == 0


def test_invented_and_foreign_tokens_are_worth_nothing(session: Session, client: FlaskClient) -> None:
    _mine, token = invite(session, TWO_PAGES)
    _theirs, other = invite(session, ONE_PAGE)
    foreign = client.post(f"/s/{other}/files", data={"question": "photo", "file": sent(PNG)[0]}).json
    assert foreign is not None
    customer = Customer(client, token)
    for claim in ("A" * 22, foreign["token"]):
        assert customer.send("next", photo=claim).status_code == 422
        client.post(f"/s/{token}", data={"_page": "p1", "_go": f"drop:{claim}"})
    assert session.scalars(select(AnswerFile.response_id)).all() == [None]


def test_unclaimed_files_are_gone_after_two_days_unless_somebody_is_on_the_way(
    session: Session, client: FlaskClient, clock_at: FixedClock
) -> None:
    _left, token = invite(session, ONE_PAGE)
    _coming_back, other = invite(session, TWO_PAGES)
    client.post(f"/s/{token}/files", data={"question": "photo", "file": sent(PNG)[0]})
    Customer(client, other).send(photo=sent(PNG))
    clock_at.advance(days=1.9)
    assert files.tidy(session) == 0
    clock_at.advance(days=0.2)
    assert files.tidy(session) == 1
    customer = Customer(client, other)
    customer.send("send", nps="9")
    clock_at.advance(days=100)
    assert files.tidy(session) == 0
    assert session.scalars(select(AnswerFile.response_id)).one() is not None


def test_staff_get_a_file_to_save_in_their_regions_only(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    tree = factories.region_tree(session)
    person = factories.make_customer(session, region_id=tree["3301"].id)
    _invitation, token = invite(session, ONE_PAGE, customer=person)
    Customer(client, token).send("send", nps="9", photo=sent(PNG))
    file_id = session.scalars(select(AnswerFile.id)).one()
    assert client.get(f"/surveys/files/{file_id}").status_code in {302, 401}
    staff = login("cx_manager", region=tree["32"].id)
    assert staff.get(f"/surveys/files/{file_id}").status_code == 404
    client.post("/logout")
    staff = login("cx_manager", region=tree["33"].id)
    answer = staff.get(f"/surveys/files/{file_id}")
    assert (answer.status_code, answer.data) == (200, PNG)
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "answer_file.download")).all()
    assert [line.object_id for line in lines] == [str(file_id)]


def test_an_unclaimed_file_is_handed_out_to_nobody(
    session: Session, client: FlaskClient, login: Callable[..., FlaskClient]
) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    client.post(f"/s/{token}/files", data={"question": "photo", "file": sent(PNG)[0]})
    file_id = session.scalars(select(AnswerFile.id)).one()
    assert login().get(f"/surveys/files/{file_id}").status_code == 404
