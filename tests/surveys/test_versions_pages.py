"""The staff's pages of versions, review, new surveys and privacy notices through the browser's eyes."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo import factories
from core.models import AuditEntry
from grid.rules import Role
from surveys.models import PrivacyNotice, Survey, SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.notice import starting_point
from surveys.services import authoring

pytestmark = pytest.mark.usefixtures("clock_at")
Login = Callable[..., FlaskClient]
ZH = "zh-Hans"

EVERY_KIND: dict[str, Any] = {
    "title": {ZH: "车险理赔回访", "en": "Motor claim"},
    "intro": {ZH: "约两分钟"},
    "anonymous": False,
    "variables": [{"id": "sum", "start": 0}],
    "pages": [
        {
            "id": "p1",
            "title": {ZH: "总体评价"},
            "questions": [
                {"type": "nps", "id": "nps", "title": {ZH: "推荐吗？"}, "low": {ZH: "绝不"}, "high": {ZH: "一定"},
                 "required": True},
                {"type": "csat", "id": "csat", "title": {ZH: "满意吗？"}},
                {"type": "ces", "id": "ces", "title": {ZH: "轻松吗？"}},
                {"type": "rating", "id": "stars", "title": {ZH: "打几星？"}, "highest": 10},
                {"type": "slider", "id": "minutes", "title": {ZH: "等了多久？"}, "unit": {ZH: "分钟"}},
                {"type": "hidden", "id": "branch", "title": {ZH: "网点编号"}, "parameter": "branch"},
            ],
            "sets": [{"variable": "sum", "op": "add", "value": {"of": "nps"}}],
            "jumps": [{"when": {"of": "nps", "is": "at_least", "than": 9}, "to": "p3"}],
        },
        {
            "id": "p2",
            "show": {"of": "nps", "is": "at_most", "than": 8},
            "questions": [
                {"type": "choice", "id": "one", "title": {ZH: "哪个环节？"}, "other": {ZH: "其他环节"},
                 "options": [{"id": "a", "label": {ZH: "报案"}, "points": 3}, {"id": "b", "label": {ZH: "查勘"},
                              "show": {"of": "csat", "is": "below", "than": 3}}]},
                {"type": "choices", "id": "some", "title": {ZH: "哪些不便？"}, "most": 2,
                 "options": [{"id": "a", "label": {ZH: "材料多"}},
                             {"id": "z", "label": {ZH: "都没有"}, "exclusive": True}]},
                {"type": "dropdown", "id": "list", "title": {ZH: "在哪家网点？"},
                 "options": [{"id": "x", "label": {ZH: "城东"}}]},
                {"type": "matrix", "id": "grid", "title": {ZH: "逐项评价"},
                 "rows": [{"id": "r", "label": {ZH: "时效"}}],
                 "columns": [{"id": "c", "label": {ZH: "好"}}]},
                {"type": "ranking", "id": "order", "title": {ZH: "最看重什么？"},
                 "options": [{"id": "a", "label": {ZH: "快"}}, {"id": "b", "label": {ZH: "省心"}}]},
                {"type": "image_choice", "id": "pic", "title": {ZH: "哪张像？"},
                 "options": [{"id": "a", "label": {ZH: "图一"}, "image": "abcdefgh"}]},
            ],
        },
        {
            "id": "p3",
            "questions": [
                {"type": "cascader", "id": "place", "title": {ZH: "所在地区"}, "source": "places", "levels": 2},
                {"type": "date", "id": "day", "title": {ZH: "出险日期"}, "latest": "today"},
                {"type": "consent", "id": "agree", "title": {ZH: "单独同意"}, "text": {ZH: "我同意留下手机号"}},
                {"type": "words", "id": "mobile", "title": {ZH: "手机号"}, "format": "mobile",
                 "show": {"of": "agree", "is": "answered"}},
                {"type": "file", "id": "photo", "title": {ZH: "上传照片"}},
                {"type": "section", "id": "note", "title": {ZH: "说明"}, "text": {ZH: "快好了"}},
                {"type": "words", "id": "why", "title": {ZH: "为什么？"},
                 "require": {"of": "nps", "is": "at_most", "than": 6}},
            ],
        },
    ],
    "endings": [
        {"id": "sorry", "title": {ZH: "抱歉"}, "when": {"of": "nps", "is": "at_most", "than": 6}},
        {"id": "thanks", "title": {ZH: "谢谢您"}},
    ],
}  # fmt: skip


def text(answer: Any) -> str:  # noqa: ANN401
    return html.unescape(answer.get_data(as_text=True))


def draft(session: Session, **more: Any) -> SurveyVersion:  # noqa: ANN401
    definition = Definition.model_validate(EVERY_KIND | more)
    return authoring.create_survey(session, name="车险理赔回访", definition=definition, staff_id=None)


def notice(session: Session) -> PrivacyNotice:
    title, body = starting_point("安澜保险", "95500")
    return authoring.publish_notice(session, title=title, body=body, staff_id=None)


def actions(session: Session, survey_id: int) -> list[str]:
    found = select(AuditEntry.action).where(
        AuditEntry.object_type == "survey", AuditEntry.object_id == str(survey_id)
    )
    return list(session.scalars(found.order_by(AuditEntry.id)))


def state_of(session: Session, version: SurveyVersion) -> str:
    return session.scalars(select(SurveyVersion.state).where(SurveyVersion.id == version.id)).one()


def test_a_version_is_shown_with_every_kind_of_question_and_its_logic_in_words(
    session: Session, login: Login
) -> None:
    version = draft(session)
    page = re.sub(r"<[^>]+>", "", text(login().get(f"/surveys/versions/{version.id}")))
    for question in version_definition(version).questions:
        assert question.title[ZH] in page
    for said in (
        "仅当以下成立才显示：“推荐吗？”不超过 8",
        "当“推荐吗？”不低于 9 时，跳到第 3 页",
        "变量 sum 加上“推荐吗？”",
        "以下成立时必答：“推荐吗？”不超过 6",
        "仅当“满意吗？”低于 3",
        "其余所有客户",
        "个人信息，加密保存",
        "客户看不到",
        "最多选几项：2",
        "最晚日期：作答当天",
        "选项来源：全国省市区",
        "互斥",
    ):
        assert said in page, said


def version_definition(version: SurveyVersion) -> Definition:
    return Definition.model_validate(version.definition)


def test_a_version_is_read_in_the_language_asked_for(session: Session, login: Login) -> None:
    version = draft(session)
    browser = login()
    assert "<h2>Motor claim</h2>" in text(browser.get(f"/surveys/versions/{version.id}?language=en"))
    assert "<h2>车险理赔回访</h2>" in text(browser.get(f"/surveys/versions/{version.id}?language=xx"))
    assert browser.get("/surveys/versions/0").status_code == 404


def test_the_way_from_draft_to_the_field_with_a_detour(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    browser = login(Role.CX_MANAGER)
    address = f"/surveys/{version.survey_id}"
    page = text(browser.get(address))
    assert "检查通过，可以提交审核" in page
    assert browser.post(f"/surveys/versions/{version.id}/submit").location == address
    assert "可以请同事审核，也可以自己审核发布" in text(browser.get(address))
    browser.post(f"/surveys/versions/{version.id}/send-back", data={"reason": "第 3 题太绕"})
    page = text(browser.get(address))
    assert "退回了这一版，原因：" in page
    assert "第 3 题太绕" in page
    browser.post(f"/surveys/versions/{version.id}/submit")
    browser.post(f"/surveys/versions/{version.id}/publish")
    page = text(browser.get(address))
    assert "还没有规则或链接" in page
    assert "退回了这一版" not in page
    assert browser.post(f"/surveys/{version.survey_id}/draft").location.endswith("/edit")
    assert "第 2 版 · 草稿" in text(browser.get(address))
    assert actions(session, version.survey_id) == [
        "survey.submit", "survey.send_back", "survey.submit", "survey.publish", "survey.draft",
    ]  # fmt: skip


def test_who_is_writing_now_is_named_to_others(session: Session, login: Login) -> None:
    version = draft(session)
    other = factories.make_staff(session, name="李明")
    authoring.take_lock(session, survey_id=version.survey_id, staff_id=other.id)
    assert "李明 正在编辑（12:00 开始）" in text(login().get(f"/surveys/{version.survey_id}"))
    authoring.submit_for_review(session, version_id=version.id, staff_id=other.id)
    assert "等待审核" in text(login().get(f"/surveys/{version.survey_id}"))
    assert "正在编辑" not in text(login().get(f"/surveys/{version.survey_id}"))


def test_an_author_may_publish_alone_and_page_and_record_say_so(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    browser = login(Role.CX_MANAGER)
    browser.post(f"/surveys/versions/{version.id}/submit")
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    assert "您可以自己审核发布，操作记录会注明“由作者本人发布”" in page
    browser.post(f"/surveys/versions/{version.id}/publish")
    assert state_of(session, version) == "published"
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    # In the box of what is asked now, in the list of versions, and in the record.
    assert page.count("由作者本人发布") == 3
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.publish")).one()
    assert entry.detail["by_author"] is True


def test_what_a_colleague_publishes_bears_no_such_note(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    author = factories.make_staff(session, role=Role.CX_MANAGER)
    authoring.submit_for_review(session, version_id=version.id, staff_id=author.id)
    browser = login(Role.CX_MANAGER)
    assert "您可以自己审核发布" not in text(browser.get(f"/surveys/{version.survey_id}"))
    browser.post(f"/surveys/versions/{version.id}/publish")
    assert state_of(session, version) == "published"
    assert "由作者本人发布" not in text(browser.get(f"/surveys/{version.survey_id}"))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.publish")).one()
    assert "by_author" not in entry.detail


def test_nobody_publishes_without_the_permission(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    assert login(Role.ANALYST).post(f"/surveys/versions/{version.id}/publish").status_code == 403
    assert state_of(session, version) == "review"


def test_the_pages_speak_english_to_those_who_read_english(session: Session, login: Login) -> None:
    version = draft(session)
    reader = factories.make_staff(session, role=Role.CX_MANAGER)
    reader.language = "en"
    browser = login(staff=reader)
    for address in (
        f"/surveys/{version.survey_id}",
        f"/surveys/versions/{version.id}",
        "/surveys/new",
        "/surveys/notices/new",
    ):
        assert browser.get(address).status_code == 200


def test_faults_are_shown_and_stop_the_submission(session: Session, login: Login) -> None:
    version = draft(session, endings=[{"id": "shop", "title": {ZH: "谢谢"}, "redirect": "https://shop.cn/"}])
    browser = login()
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    assert "shop.cn，这个域名不在允许跳转的名单里" in page
    assert f"/surveys/versions/{version.id}/submit" not in page
    browser.post(f"/surveys/versions/{version.id}/submit")
    assert "这个域名不在允许跳转的名单里" in text(browser.get("/surveys"))
    assert state_of(session, version) == "draft"
    assert actions(session, version.survey_id) == []


def test_rewards_are_published_only_with_a_name_and_an_approval(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session, intro={ZH: "答完即送红包"})
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    browser = login()
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    assert "合规提醒：请逐条确认" in page
    said = [warning.sentence for warning in authoring.to_acknowledge(version_definition(version))]
    address = f"/surveys/versions/{version.id}/publish"
    for data in ({}, {"acknowledged": said}, {"approval": "合规〔2026〕12 号"}):
        browser.post(address, data=data)
        assert state_of(session, version) == "review"
    browser.post(address, data={"acknowledged": said, "approval": "合规〔2026〕12 号"})
    assert state_of(session, version) == "published"
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.actor.startswith("staff:")
    assert entry.detail["acknowledged"] == said
    assert entry.detail["approval"] == "合规〔2026〕12 号"


def test_who_may_write_may_not_publish_and_who_may_look_may_not_write(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    browser = login(Role.ANALYST)
    page = text(browser.get(f"/surveys/{version.survey_id}"))
    assert "继续编辑" not in page
    for step in ("submit", "send-back", "publish", "retire", "discard", "copy"):
        assert browser.post(f"/surveys/versions/{version.id}/{step}").status_code == 403
    assert browser.get("/surveys/new").status_code == 403
    assert browser.get("/surveys/notices/new").status_code == 403
    assert browser.get("/surveys/notices").status_code == 200


def test_retiring_discarding_and_copying(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    authoring.publish(session, version_id=version.id, staff_id=None)
    browser = login()
    browser.post(f"/surveys/versions/{version.id}/retire")
    assert state_of(session, version) == "retired"
    copied = browser.post(f"/surveys/versions/{version.id}/copy", data={"name": "健康险回访"})
    made = session.scalars(select(Survey).where(Survey.name == "健康险回访")).one()
    assert copied.location == f"/surveys/{made.id}/edit"
    alone = session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == made.id)).one()
    assert browser.post(f"/surveys/versions/{alone.id}/discard").location == "/surveys"
    assert session.scalar(select(Survey.id).where(Survey.id == made.id)) is None
    assert browser.post(f"/surveys/versions/{version.id}/discard").location == f"/surveys/{version.survey_id}"
    assert browser.post(f"/surveys/versions/{version.id}/copy", data={"name": ""}).status_code == 302


def test_two_versions_are_compared_in_words(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    authoring.publish(session, version_id=version.id, staff_id=None)
    following = authoring.start_draft(session, survey_id=version.survey_id, staff_id=None)
    browser = login()
    assert "两个版本内容相同" in text(browser.get(f"/surveys/{version.survey_id}/diff"))
    data = following.definition | {"title": {ZH: "车险理赔回访调查", "en": "Motor claim"}, "anonymous": True}
    following.definition = data
    session.flush()
    page = text(browser.get(f"/surveys/{version.survey_id}/diff?from=1&to=2"))
    assert "车险理赔回访<ins>调查</ins>" in page
    assert "从第 1 版到第 2 版" in page
    assert "匿名" in page
    assert browser.get(f"/surveys/{version.survey_id}/diff?from=x&to=99").status_code == 200
    assert browser.get("/surveys/0/diff").status_code == 404


def test_a_new_survey_begins_with_a_template_or_with_nothing(session: Session, login: Login) -> None:
    browser = login()
    page = text(browser.get("/surveys/new"))
    assert "/surveys/new/motor_claim" in page
    assert browser.get("/surveys/new/motor_claim").status_code == 200
    assert browser.get("/surveys/new/gone").status_code == 404
    answer = browser.post("/surveys/new/motor_claim", data={"name": "车险回访", "code": "motor_2026"})
    made = session.scalars(select(Survey).where(Survey.code == "motor_2026")).one()
    assert answer.location == f"/surveys/{made.id}/edit"
    assert actions(session, made.id) == ["survey.create"]
    again = browser.post("/surveys/new", data={"name": "空白", "code": "motor_2026"})
    assert again.status_code == 422
    assert "这个编码已经用过" in text(again)
    assert browser.post("/surveys/new", data={"name": ""}).status_code == 422
    assert browser.post("/surveys/new", data={"name": "空白"}).status_code == 302


@pytest.mark.parametrize("address", ["/surveys/new", "/surveys/new/motor_claim"])
def test_blanks_are_no_name_for_a_survey(login: Login, address: str) -> None:
    answer = login().post(address, data={"name": "   "})
    assert answer.status_code == 422
    assert "请给问卷起个名字" in text(answer)


def test_blanks_are_no_name_for_a_copy(session: Session, login: Login) -> None:
    version = draft(session)
    browser = login()
    browser.post(f"/surveys/versions/{version.id}/copy", data={"name": " \t "})
    assert "请给问卷起个名字" in text(browser.get("/surveys"))
    assert actions(session, version.survey_id) == []


def test_blanks_are_no_title_of_a_notice_and_no_reason_to_send_back(session: Session, login: Login) -> None:
    notice(session)
    version = draft(session)
    browser = login()
    blank = browser.post("/surveys/notices/new", data={"title_zh_hans": "  ", "body_zh_hans": "  "})
    assert blank.status_code == 422
    assert "请填写标题" in text(blank)
    assert "请填写正文" in text(blank)
    authoring.submit_for_review(session, version_id=version.id, staff_id=None)
    browser.post(f"/surveys/versions/{version.id}/send-back", data={"reason": "  "})
    assert "请写明退回原因" in text(browser.get("/surveys"))
    assert state_of(session, version) == "review"


def test_a_survey_can_be_renamed_and_its_history_says_so(session: Session, login: Login) -> None:
    version = draft(session)
    browser, here = login(), f"/surveys/{version.survey_id}"
    for name in (" 车险出险回访 ", "车险出险回访"):
        assert browser.post(f"{here}/name", data={"name": name}).location == here
    page = text(browser.get(here))
    assert "已改名。" in page
    assert "<h1>车险出险回访</h1>" in page
    assert page.count("“车险理赔回访”改为“车险出险回访”") == 1, "the same name again is no change"
    assert version.definition["title"] == EVERY_KIND["title"], "customers read what they did before"
    browser.post(f"{here}/name", data={"name": "  "})
    assert "请给问卷起个名字" in text(browser.get(here))
    assert browser.post("/surveys/999999/name", data={"name": "没有"}).status_code == 404
    assert login(Role.ANALYST).post(f"{here}/name", data={"name": "我的"}).status_code == 403
