"""What the audit log calls things: actions, what they were done to, and what they say of it, in the reader's language.

The log itself holds codes, which never change with the wording of pages. A house test asks that everything the
product writes has words here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from core import clock
from core.models import AuditEntry
from grid import access
from grid.rules import Role
from grid.views import base as grid_names
from surveys.forms import links as link_names
from surveys.forms.asking import CHANNELS
from surveys.views.suspects import sign_names
from tickets import labels


def actions() -> dict[str, str]:
    """Return what was done as people read it."""
    return {
        "staff.login": _("登录"),
        "staff.logout": _("退出登录"),
        "staff.login_failed": _("登录失败"),
        "staff.create": _("新增人员"),
        "staff.edit": _("修改人员"),
        "staff.activate": _("恢复账号"),
        "staff.deactivate": _("停用账号"),
        "staff.password_change": _("修改本人密码"),
        "staff.password_reset": _("重置密码"),
        "staff.totp_on": _("启用动态码"),
        "staff.totp_off": _("停用动态码"),
        "staff.totp_reset": _("代为停用动态码"),
        "key.create": _("新建接口密钥"),
        "key.revoke": _("吊销接口密钥"),
        "region.add": _("新增机构"),
        "calendar.add": _("设置工作日历"),
        "calendar.remove": _("删除日历设置"),
        "job.retry": _("重试后台任务"),
        "ticket.open": _("手工建单"),
        "ticket.take": _("认领工单"),
        "ticket.assign": _("分派工单"),
        "ticket.call": _("记录回访"),
        "ticket.resolve": _("办结工单"),
        "ticket.close": _("工单结案"),
        "ticket.reopen": _("重新打开工单"),
        "feedback.reveal": _("查看原声原文"),
        "feedback.export": _("导出原声"),
        "dashboard.export": _("导出看板"),
        "feedback.handled": _("标记原声已处理"),
        "feedback.reopened": _("恢复原声为待处理"),
        "customer.reveal": _("查看客户个人信息"),
        "customer.opt_out": _("登记客户拒收问卷"),
        "customer.opt_in": _("恢复向客户发送问卷"),
        "response.reveal": _("查看问卷回答原文"),
        "answer_file.download": _("下载客户上传的文件"),
        "rule.make": _("新增询问规则"),
        "rule.change": _("修改询问规则"),
        "message.settle": _("核实发送结果"),
        "survey.create": _("新建问卷"),
        "survey.copy": _("复制为新问卷"),
        "survey.import": _("导入问卷"),
        "survey.rename": _("问卷改名"),
        "survey.draft": _("开始修订问卷"),
        "survey.discard": _("放弃问卷草稿"),
        "survey.submit": _("提交问卷审核"),
        "survey.send_back": _("退回问卷修改"),
        "survey.publish": _("发布问卷"),
        "survey.retire": _("停用问卷"),
        "survey.take_over": _("接管问卷编辑"),
        "survey.export": _("导出问卷结果"),
        "notice.publish": _("发布隐私告知书"),
        "quota.put": _("保存配额"),
        "quota.remove": _("删除配额"),
        "link.create": _("新建开放链接"),
        "link.edit": _("修改开放链接"),
        "link.activate": _("重新启用开放链接"),
        "link.deactivate": _("停用开放链接"),
        "import.undo": _("开始撤销导入"),
        "import.undone": _("导入已撤销"),
        "suspect.accept": _("存疑答卷计入结果"),
        "suspect.reject": _("排除存疑答卷"),
        "suspect.reveal": _("查看再次提交的回答原文"),
    }


def objects() -> dict[str, str]:
    """Return the kinds of thing that something was done to."""
    return {
        "staff": _("人员"),
        "api_key": _("接口密钥"),
        "region": _("机构"),
        "calendar_day": _("工作日历"),
        "job": _("后台任务"),
        "customer": _("客户"),
        "feedback": _("原声"),
        "ticket": _("工单"),
        "message": _("消息"),
        "response": _("问卷回答"),
        "answer_file": _("客户上传的文件"),
        "ask_rule": _("询问规则"),
        "survey": _("问卷"),
        "open_link": _("开放链接"),
        "suspect": _("存疑答卷"),
        "privacy_notice": _("隐私告知书"),
        "import": _("导入"),
        "dashboard": _("看板"),
    }


def actors() -> dict[str, str]:
    """Return who acts without being a member of staff."""
    return {"stranger": _("未登录者"), "system": _("系统")}


def words() -> dict[str, str]:
    """Return what the parts of a line's content are called."""
    return {
        "address": _("网络地址"),
        "reason": _("原因"),
        "reasons": _("原因"),
        "login": _("登录名"),
        "name": _("名称"),
        "role": _("角色"),
        "region": _("机构"),
        "scopes": _("用途"),
        "code": _("代码"),
        "kind": _("种类"),
        "parent": _("上级"),
        "worked": _("上班"),
        "state": _("状态"),
        "ticket": _("工单"),
        "feedback": _("原声"),
        "priority": _("优先级"),
        "fields": _("内容项"),
        "outcome": _("结果"),
        "to": _("分派给"),
        "from": _("原处理人"),
        "times": _("次数"),
        "due_at": _("时限"),
        "told_how": _("告知方式"),
        "told_at": _("告知时间"),
        "call_at": _("约定回电时间"),
        "root_cause": _("根本原因"),
        "in_time": _("按时办结"),
        "rows": _("条数"),
        "source": _("来源"),
        "removed": _("已删除"),
        "ticketed": _("已开工单，保留"),
        "handled": _("已处理，保留"),
        "filters": _("条件"),
        "before": _("原来"),
        "questions": _("题目"),
        "question_id": _("题目"),
        "response_id": _("问卷回答"),
        "response": _("问卷回答"),
        "responses": _("问卷回答"),
        "suspects": _("存疑答卷"),
        "links": _("开放链接"),
        "touchpoint": _("触点"),
        "touchpoint_code": _("触点"),
        "version": _("版本"),
        "from_version": _("原版本"),
        "template": _("模板"),
        "notice_id": _("隐私告知书"),
        "acknowledged": _("已确认的提醒"),
        "approval": _("合规审批"),
        "by_author": _("由作者本人发布"),
        "format": _("来源格式"),
        "changed": _("有改动的"),
        "left_out": _("没有带入的"),
        "languages": _("语言"),
        "file": _("文件格式"),
        "personal": _("含个人信息"),
        "most": _("最多"),
        "condition": _("条件"),
        "expires_on": _("截止日期"),
        "per_device": _("每台设备最多"),
        "survey": _("问卷"),
        "survey_id": _("问卷"),
        "channel": _("发送方式"),
        "score_in_sms": _("短信列出分数"),
        "delay_minutes": _("延迟（分钟）"),
        "sample_percent": _("抽样比例（%）"),
        "rest_days": _("间隔天数"),
        "valid_days": _("有效天数"),
        "remind_days": _("几天后提醒"),
        "active": _("启用"),
    }


def object_of(entry: AuditEntry) -> tuple[str, str]:
    """Return what something was done to: its kind in words, and its id; a whole list has none."""
    kind = objects().get(entry.object_type, entry.object_type)
    return (_("%(things)s列表", things=kind), "") if entry.object_id == "list" else (kind, entry.object_id)


def content_of(entry: AuditEntry) -> str:
    """Return what a line says of what was done, in words."""
    named = words() | ({"from": _("原编辑者")} if entry.action == "survey.take_over" else {})
    said = [
        _("%(name)s：%(value)s", name=named.get(key, key), value=_said(entry, key, value))
        for key, value in entry.detail.items()
        if value is not None
    ]
    return str(_("；")).join(said)


def _said(entry: AuditEntry, key: str, value: Any) -> str:  # noqa: ANN401 - whatever the JSON holds
    if isinstance(value, Mapping):
        return _mapping(entry, key, value)
    if isinstance(value, list):
        if entry.action == "staff.edit" and len(value) == 2:
            return _change(entry, key, *value)
        return str(_("、")).join(_pair(one) or _said(entry, key, one) for one in value) or str(_("无"))
    return _simple(entry, key, value)


def _simple(entry: AuditEntry, key: str, value: str | float | bool | None) -> str:
    if value is None or value == "":
        return str(_("无"))
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    text = str(value)
    if key in {"due_at", "told_at", "call_at"}:
        return _moment(text)
    if text.startswith("staff:"):
        return str(_("人员 %(id)s", id=text.removeprefix("staff:")))
    return _codes(entry.action, key).get(text, text)


def _mapping(entry: AuditEntry, key: str, value: Mapping[str, Any]) -> str:
    if value.keys() == {"before", "after"}:
        return _change(entry, key, value["before"], value["after"])
    if key == "condition":
        return str(_("只限符合条件的回答 %(condition)s", condition=json.dumps(value, ensure_ascii=False)))
    return str(_("、")).join(f"{name}={one}" for name, one in value.items()) or str(_("无"))


def _pair(value: Any) -> str:  # noqa: ANN401
    """Return a filter as it stands in an address; nothing for what is no pair."""
    is_pair = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2
    return f"{value[0]}={value[1]}" if is_pair else ""


def _change(entry: AuditEntry, key: str, before: Any, after: Any) -> str:  # noqa: ANN401
    return f"{_said(entry, key, before)} → {_said(entry, key, after)}"


def _moment(written: str) -> str:
    try:
        return f"{clock.beijing(datetime.fromisoformat(written)):%Y-%m-%d %H:%M}"
    except ValueError:
        return written


def _codes(action: str, key: str) -> Mapping[str, str]:
    """Return the words of the codes that stand in one part of a line."""
    if (action, key) in _OF_ACTION:
        return _OF_ACTION[action, key]()
    return _OF_PART[key]() if key in _OF_PART else {}


def _settled() -> dict[str, str]:
    return {"delivered": _("已送达"), "send_again": _("重新发送")}


def _sent() -> dict[str, str]:
    return {"uncertain": _("结果不明"), "failed": _("失败")}


def _login_failures() -> dict[str, str]:
    wrong = {"locked": _("账号已锁定"), "totp": _("动态码不对"), "password": _("密码不对")}
    return wrong | {f"{why}, now locked": _("%(why)s，账号随即锁定", why=said) for why, said in wrong.items()}


def _fields() -> dict[str, str]:
    return {"name": _("姓名"), "mobile": _("手机号"), "email": _("邮箱")}


def _formats() -> dict[str, str]:
    return {"huisheng": _("回声"), "lss": "LimeSurvey", "formbricks": "Formbricks", "surveyjs": "SurveyJS",
            "xlsform": "XLSForm", "csv": "CSV", "xlsx": "Excel", "sav": "SPSS"}  # fmt: skip


_OF_ACTION: Mapping[tuple[str, str], Callable[[], Mapping[str, str]]] = {
    ("region.add", "kind"): grid_names.kind_names,
    ("link.create", "kind"): link_names.kind_names,
    ("message.settle", "outcome"): _settled,
    ("message.settle", "before"): _sent,
    ("staff.login_failed", "reason"): _login_failures,
    ("suspect.accept", "reasons"): sign_names,
    ("suspect.reject", "reasons"): sign_names,
}
_OF_PART: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "role": lambda: {role.value: access.role_name(role) for role in Role},
    "scopes": grid_names.scope_names,
    "state": labels.states,
    "priority": labels.priorities,
    "outcome": labels.contacts,
    "told_how": labels.told,
    "fields": _fields,
    "file": _formats,
    "format": _formats,
    "channel": lambda: {str(code): str(name) for code, name in CHANNELS.items()},
}
