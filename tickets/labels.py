"""The words for codes, as people read them on pages."""

from flask_babel import gettext as _

from tickets.rules import Contact, Happening, Priority, State, Told, Trigger


def states() -> dict[str, str]:
    """Return the states in the order of a ticket's life."""
    return {
        State.NEW: _("待认领"),
        State.ASSIGNED: _("处理中"),
        State.CONTACTED: _("已联系客户"),
        State.RESOLVED: _("已解决"),
        State.CLOSED: _("已结案"),
    }


def priorities() -> dict[str, str]:
    """Return the priorities, the most urgent first."""
    return {Priority.URGENT: _("紧急"), Priority.HIGH: _("高"), Priority.NORMAL: _("普通")}


def triggers() -> dict[str, str]:
    """Return why tickets are opened, the strongest reason first."""
    return {
        Trigger.RISK: _("风险"),
        Trigger.DETRACTOR: _("贬损者"),
        Trigger.LOW_CSAT: _("不满意"),
        Trigger.HIGH_EFFORT: _("费力"),
        Trigger.CALL_BACK: _("客户要求回电"),
        Trigger.MANUAL: _("人工建单"),
    }


def contacts() -> dict[str, str]:
    """Return how a call may end."""
    return {
        Contact.REACHED: _("已接通"),
        Contact.NO_ANSWER: _("无人接听"),
        Contact.BUSY: _("占线或拒接"),
        Contact.WRONG_NUMBER: _("号码有误"),
        Contact.CALL_LATER: _("客户请稍后再拨"),
    }


def told() -> dict[str, str]:
    """Return how a customer may be told of the result."""
    return {
        Told.PHONE: _("电话"),
        Told.SMS: _("短信"),
        Told.WECHAT: _("微信"),
        Told.EMAIL: _("电子邮件"),
        Told.LETTER: _("书面函件"),
        Told.IN_PERSON: _("当面"),
    }


def happenings() -> dict[str, str]:
    """Return what may stand in a ticket's history."""
    return {
        Happening.OPENED: _("已建单"),
        Happening.TAKEN: _("已认领"),
        Happening.ASSIGNED: _("已分派"),
        Happening.NOTED: _("处理备注"),
        Happening.CALLED: _("回访电话"),
        Happening.RESOLVED: _("处理完毕，已告知客户"),
        Happening.CLOSED: _("已结案"),
        Happening.REOPENED: _("已重开"),
        Happening.PROMISED: _("时限确定"),
        Happening.SAID_AGAIN: _("客户通过同一链接又提交了一份回答"),
        Happening.RAISED: _("优先级提高"),
    }
