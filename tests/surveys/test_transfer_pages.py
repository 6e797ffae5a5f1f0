"""The staff's pages of bringing surveys in and taking them out, through the browser's eyes."""

import html
import io
import json
import re
from collections.abc import Callable, Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from core.models import AuditEntry
from grid.rules import Role
from surveys.models import Survey, SurveyVersion
from surveys.queries import authoring as reads
from surveys.rules.definition import Definition
from surveys.rules.foreign import carry, own
from surveys.rules.notice import starting_point
from surveys.services import authoring
from tests.surveys.foreign_samples import FOLDER

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]


def upload(browser: FlaskClient, name: str, data: bytes) -> TestResponse:
    """Choose a file on the import page."""
    # Encoded here: the client would put a large body into a temporary file and leave it open.
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), name)})
    return browser.post(
        "/surveys/import", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def field(page: str, name: str) -> str:
    """Return the value of a field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def surveys(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Survey)) or 0


def test_a_file_is_reported_first_and_stored_only_when_somebody_says_so(
    session: Session, login: Login
) -> None:
    browser, before = login(), surveys(session)
    answer = upload(browser, "branch.lss", (FOLDER / "branch.lss").read_bytes())
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert "LimeSurvey" in page
    assert "配额“男性 (50)”没有带入，请在发布前重新设置" in page
    assert "双量表矩阵拆成了两道矩阵题" in page
    assert surveys(session) == before
    made = browser.post(
        "/surveys/import/create",
        data={"packed": field(page, "packed"), "name": "柜面回访", "code": "branch_lss"},
    )
    version = session.scalars(select(SurveyVersion).join(Survey).where(Survey.code == "branch_lss")).one()
    assert made.location == f"/surveys/{version.survey_id}/edit"
    assert version.state == "draft"
    expected = carry("branch.lss", (FOLDER / "branch.lss").read_bytes()).definition
    assert Definition.model_validate(version.definition) == expected
    detail = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "survey.import")).one()
    assert (detail["format"], detail["questions"], detail["left_out"]) == ("lss", 10, 7)


@pytest.mark.parametrize("operator", ["equals", "includes_any", "between"])
def test_a_condition_that_compares_with_an_empty_list_is_refused_with_a_sentence(
    login: Login, operator: str
) -> None:
    first = {"type": "csat", "id": "a", "title": {"zh-Hans": "满意吗？"}}
    second = {"type": "words", "id": "q", "title": {"zh-Hans": "为什么？"}}
    broken = second | {"show": {"of": "a", "is": operator, "than": []}}
    file = {
        "huisheng": "survey/1",
        "name": "空条件",
        "definition": {"title": {"zh-Hans": "空"}, "pages": [{"id": "p1", "questions": [first, broken]}]},
    }
    answer = upload(login(), "x.json", json.dumps(file).encode())
    assert answer.status_code == 422
    assert "at least one value" in answer.get_data(as_text=True)


def test_faults_that_a_file_brings_along_are_told_beside_the_report(session: Session, login: Login) -> None:
    asked = {
        "type": "csat",
        "id": "a",
        "title": {"zh-Hans": "满意吗？"},
        "show": {"of": "gone", "is": "answered"},
    }
    why = {"type": "words", "id": "q", "title": {"zh-Hans": "为什么？"}}

    def report(first: Mapping[str, object]) -> str:
        pages = [{"id": "p1", "questions": [first, why]}]
        file = {
            "huisheng": "survey/1",
            "name": "断",
            "definition": {"title": {"zh-Hans": "断"}, "pages": pages},
        }
        answer = upload(login(), "x.json", json.dumps(file).encode())
        assert answer.status_code == 200
        return html.unescape(answer.get_data(as_text=True))

    page = report(asked)
    assert "检查发现 1 处问题" in page
    assert 'href="#faults"' in page
    assert "引用了不存在的题目“gone”" in page
    assert "检查发现" not in report({name: value for name, value in asked.items() if name != "show"})


def test_a_code_that_is_taken_brings_the_report_back_with_all_its_notes(
    session: Session, login: Login
) -> None:
    browser = login()
    page = html.unescape(
        upload(browser, "x.json", (FOLDER / "creator.json").read_bytes()).get_data(as_text=True)
    )
    packed = field(page, "packed")
    browser.post("/surveys/import/create", data={"packed": packed, "name": "一", "code": "same"})
    answer = browser.post("/surveys/import/create", data={"packed": packed, "name": "二", "code": "same"})
    again = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "这个编码已经用过，请换一个" in again
    assert "没有与“signaturepad”相当的题型，这道题没有带入" in again
    assert field(again, "packed") == packed


@pytest.mark.parametrize(
    ("name", "data"), [("x.json", b"{"), ("x.lss", b"<!DOCTYPE a><a/>"), ("x.xlsx", b"PK"), ("x.txt", b"")]
)
def test_a_broken_file_is_refused_beside_the_field_and_nothing_is_stored(
    session: Session, login: Login, name: str, data: bytes
) -> None:
    browser, before = login(), surveys(session)
    answer = upload(browser, name, data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="file-error"' in page
    assert 'name="packed"' not in page
    assert surveys(session) == before


def test_what_a_file_says_never_becomes_markup_of_the_report(login: Login) -> None:
    evil = (
        b'{"title": "t", "elements": [{"type": "text", "name": "<img src=x onerror=alert(1)>", "title": '
        b'"<script>alert(1)</script>&lt;script&gt;alert(2)&lt;/script&gt;", "visibleIf": "<svg onload=alert(3)>"},'
        b'{"type": "<b>odd</b>", "name": "q2"}]}'
    )
    page = upload(login(), "<script>alert(4)</script>.json", evil).get_data(as_text=True)
    body = page[page.index("<main") :]
    for markup in ("<img", "<svg onload", "<script>alert", "<b>odd"):
        assert markup not in body
    assert "&lt;script&gt;alert(2)" in body


def test_a_file_larger_than_other_requests_may_be_is_taken(login: Login) -> None:
    elements = ",".join(
        f'{{"type": "comment", "name": "q{number}", "title": "{"长" * 1_000}"}}' for number in range(450)
    )
    data = f'{{"title": "大", "elements": [{elements}]}}'.encode()
    assert 1_100_000 < len(data) < 5_000_000
    browser = login()
    answer = upload(browser, "big.json", data)
    assert answer.status_code == 200
    page = html.unescape(answer.get_data(as_text=True))
    made = browser.post(
        "/surveys/import/create", data={"packed": field(page, "packed"), "name": "大", "code": "big"}
    )
    assert made.status_code == 302
    huge = upload(browser, "huge.json", b" " * (6 * 1024 * 1024))
    assert huge.status_code == 413
    said = huge.get_data(as_text=True)
    assert "文件超过 5 MB" in said
    assert "提交的内容有误" not in said
    assert 'href="/surveys/import"' in said


def test_a_report_that_was_tampered_with_is_refused(login: Login) -> None:
    answer = login().post("/surveys/import/create", data={"packed": "AAAA", "name": "x"})
    assert answer.status_code == 422
    assert "导入的内容不完整" in answer.get_data(as_text=True)


def test_a_version_is_handed_out_as_a_file_that_comes_back_unchanged(session: Session, login: Login) -> None:
    definition = carry("x", (FOLDER / "blocks.json").read_bytes()).definition
    version = authoring.create_survey(
        session, name="理赔/回访", code="claim", definition=definition, staff_id=None
    )
    session.flush()  # the id is in the address
    browser = login(Role.CX_MANAGER)
    answer = browser.get(f"/surveys/versions/{version.id}/survey.json")
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    file = own.read(answer.data)
    assert (file.name, file.code, file.definition) == ("理赔/回访", "claim", definition)
    page = html.unescape(upload(browser, "claim.json", answer.data).get_data(as_text=True))
    assert "全部原样带入，没有任何改动" in page
    assert browser.get("/surveys/versions/0/survey.json").status_code == 404


@pytest.mark.parametrize("name", ["branch.lss", "blocks.json", "creator.json"])
def test_a_version_is_printed_with_every_question_that_can_stand_on_paper(
    session: Session, login: Login, name: str
) -> None:
    definition = carry(name, (FOLDER / name).read_bytes()).definition
    version = authoring.create_survey(session, name="纸质", definition=definition, staff_id=None)
    session.flush()  # the id is in the address
    page = html.unescape(
        login().get(f"/surveys/versions/{version.id}/paper?language=zh-Hans").get_data(as_text=True)
    )
    asked = [q for q in definition.questions if q.asks and q.type != "hidden"]
    assert page.count('class="number"') == len(asked)
    for question in asked:
        title = question.title.get("zh-Hans") or next(iter(question.title.values()))
        assert re.sub(r"{{.*?}}", "________", title) in page
    assert "以下由工作人员填写" in page
    assert "{{" not in page
    assert "<form" not in page


def test_paper_carries_the_privacy_notice_that_goes_with_the_version(
    session: Session, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = carry("x", (FOLDER / "questions.json").read_bytes()).definition
    version = authoring.create_survey(session, name="x", definition=definition, staff_id=None)
    session.flush()  # the id is in the address
    browser = login()
    with monkeypatch.context() as nobody:
        nobody.setattr(reads, "notice_of", lambda _session, _version: None)
        page = browser.get(f"/surveys/versions/{version.id}/paper").get_data(as_text=True)
    assert "印出来的问卷上没有告知内容" in page
    title, body = starting_point("安澜保险", "95500")
    notice = authoring.publish_notice(session, title=title, body=body, staff_id=None)
    page = html.unescape(browser.get(f"/surveys/versions/{version.id}/paper").get_data(as_text=True))
    assert "印出来的问卷上没有告知内容" not in page
    assert f"填写前请阅读最后一页的《{title['zh-Hans']}》" in page
    assert all(line in page for line in body["zh-Hans"].splitlines())
    assert f"隐私告知书第 {notice.number} 版" in page


def test_who_may_only_look_can_print_and_take_out_but_not_bring_in(session: Session, login: Login) -> None:
    definition = carry("x", (FOLDER / "questions.json").read_bytes()).definition
    version = authoring.create_survey(session, name="x", definition=definition, staff_id=None)
    session.flush()  # the id is in the address
    browser = login(Role.ANALYST)
    assert browser.get(f"/surveys/versions/{version.id}/paper").status_code == 200
    assert browser.get(f"/surveys/versions/{version.id}/survey.json").status_code == 200
    assert browser.get("/surveys/import").status_code == 403
    assert browser.post("/surveys/import/create", data={}).status_code == 403


def surveyjs(**more: object) -> bytes:
    """Return a small file of SurveyJS whose first language is English, with Chinese beside it."""
    rating = {"type": "rating", "name": "r", "title": {"default": "Recommend?", "zh-cn": "愿意推荐吗？"}}
    shape = {
        "title": {"default": "Service survey", "zh-cn": "服务回访"},
        "locale": "en",
        "elements": [
            rating | {"rateMin": 0, "rateMax": 10, "minRateDescription": "No", "maxRateDescription": "Yes"}
        ],
    }
    return json.dumps(shape | more).encode()


def test_the_report_speaks_chinese_where_the_file_does(login: Login) -> None:
    page = html.unescape(upload(login(), "x.json", surveyjs()).get_data(as_text=True))
    assert field(page, "name") == "服务回访"
    notes = page.partition('id="changed"')[2].partition("</section>")[0]
    assert "愿意推荐吗？" in notes
    assert "Recommend?" not in notes


def test_a_text_without_chinese_is_named_and_the_same_thing_is_said_once(login: Login) -> None:
    choices = [{"value": "a", "text": "Fine"}, {"value": "b", "text": "Fine"}, {"value": "c", "text": "Bad"}]
    asked = {"type": "radiogroup", "name": "q", "title": {"default": "Well?", "zh-cn": "好吗？"}}
    data = surveyjs(elements=[asked | {"choices": choices}])
    page = html.unescape(upload(login(), "x.json", data).get_data(as_text=True))
    faults = re.findall(r"<li>(.*?)</li>", page.partition('class="s-findings"')[2].partition("</ul>")[0])
    assert faults == [
        "第 1 题“好吗？”的文字“Fine”缺少简体中文",
        "第 1 题“好吗？”的文字“Bad”缺少简体中文",
    ]
    assert "检查发现 2 处问题" in page


def test_languages_are_called_by_their_names_and_no_sentence_ends_in_nothing(login: Login) -> None:
    both = {"type": "text", "name": "q", "title": {"default": "好吗？", "en": "Well?"}}
    data = surveyjs(title="服务", locale="zh-cn", elements=[both, {"type": "expression", "name": "sum"}])
    page = html.unescape(upload(login(), "x.json", data).get_data(as_text=True))
    assert "标题没有 英文 的译文" in page
    assert "没有 en 的译文" not in page
    assert "计算没有带入：文件里没有写算式" in page
    assert "计算没有带入：<" not in page
