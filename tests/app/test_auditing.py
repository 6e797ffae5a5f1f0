"""The audit log as an auditor reads it: words for codes, what was before and is now, no bare true and false."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import auditing
from core import audit
from grid.rules import Role

Login = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    ("action", "thing", "detail", "said"),
    [
        ("link.create", "survey", {"kind": "qr", "links": [3, 4]}, "种类：二维码；开放链接：3、4"),
        ("region.add", "region", {"code": "3301", "kind": "city"}, "代码：3301；种类：地市中心支公司"),
        ("rule.change", "ask_rule", {"active": True, "remind_days": None}, "启用：是"),
        ("rule.change", "ask_rule", {"channel": "email", "active": False}, "发送方式：邮件；启用：否"),
        (
            "link.edit",
            "open_link",
            {"name": {"before": "旧", "after": "新"}, "per_device": {"before": None, "after": 2}},
            "名称：旧 → 新；每台设备最多：无 → 2",
        ),
        ("staff.edit", "staff", {"role": ["viewer", "agent"]}, "角色：查看者 → 客服专员"),
        (
            "survey.export",
            "survey",
            {"file": "sav", "rows": 3, "filters": [["period", "30d"], ["region", "33"]], "personal": False},
            "文件格式：SPSS；条数：3；条件：period=30d、region=33；含个人信息：否",
        ),
        ("survey.export", "survey", {"filters": []}, "条件：无"),
        ("quota.put", "survey", {"most": 30, "condition": None}, "最多：30"),
        ("quota.put", "survey", {"condition": {"of": "a"}}, '条件：只限符合条件的回答 {"of": "a"}'),
        ("staff.login_failed", "staff", {"reason": "password, now locked"}, "原因：密码不对，账号随即锁定"),
        ("survey.send_back", "survey", {"reason": "请补充隐私说明"}, "原因：请补充隐私说明"),
        ("suspect.reject", "suspect", {"reasons": ["too_fast"]}, "原因：答得很快"),
        ("ticket.resolve", "ticket", {"told_how": "phone", "in_time": True}, "告知方式：电话；按时办结：是"),
        ("ticket.resolve", "ticket", {"told_at": "2026-06-10T02:30:00+00:00"}, "告知时间：2026-06-10 10:30"),
        ("survey.take_over", "survey", {"from": "staff:7"}, "原编辑者：人员 7"),
    ],
)  # fmt: skip
def test_what_a_line_says_is_said_in_words(
    web: Flask, session: Session, action: str, thing: str, detail: dict[str, Any], said: str
) -> None:
    entry = audit.record(
        session, actor="system", action=action, object_type=thing, object_id=1, detail=detail
    )
    with web.test_request_context(headers={"Accept-Language": "zh"}):
        assert auditing.content_of(entry) == said


def test_the_page_shows_no_code_of_an_action_and_no_list_by_its_code(session: Session, login: Login) -> None:
    for number, action in enumerate(("link.create", "survey.export", "notice.publish", "suspect.accept"), 1):
        audit.record(session, actor="system", action=action, object_type="survey", object_id=number)
    audit.record(session, actor="system", action="feedback.export", object_type="feedback", object_id="list")
    page = login(Role.AUDITOR).get("/admin/audit").get_data(as_text=True)
    for words in ("新建开放链接", "导出问卷结果", "发布隐私告知书", "存疑答卷计入结果", "原声列表"):
        assert words in page
    for code in ("link.create", "survey.export", "notice.publish", "suspect.accept", "<code>list</code>"):
        assert code not in page
