"""What servers and platforms said, in words that need no engineer; their own stand beside them."""

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from delivery.models import Message
from delivery.rules import Channel, Reason

_STEP = r"(?:MAIL|RCPT|DATA|before the body|after the (?:content|body)): "
_BREAK = re.compile(rf"(?:{_STEP})?([A-Za-z]+): ")
_CODE = re.compile(r"(?:(MAIL|RCPT|DATA): )?(\d{3})(?: (accepted|rejected|later)\b)?")

# What an answer without a code looks like, and what is said of it where it is about an e-mail and about an SMS.
_SAID = (
    (
        re.compile(r"written to "),
        _l("还没有接入邮件服务器：邮件只写入了服务器上的文件夹，客户没有收到。"),
        _l("还没有接入短信平台：短信只写入了服务器上的文件夹，客户没有收到。"),
    ),
    (
        re.compile(r".* could not be "),
        _l("系统没能写成这条消息，什么也没有发出。请联系系统管理员。"),
        _l("系统没能写成这条消息，什么也没有发出。请联系系统管理员。"),
    ),
    (
        re.compile(r"after the "),
        _l("内容已经交出，但没有等到邮件服务器完整的回答，客户可能收到，也可能没有。"),
        _l("内容已经交出，但没有等到短信平台完整的回答，客户可能收到，也可能没有。"),
    ),
    (
        re.compile(rf"no connection|{_BREAK.pattern}"),
        _l("没能和邮件服务器说上话，内容没有发出。"),
        _l("没能和短信平台说上话，内容没有发出。"),
    ),
)

_BROKEN = _l("连接中断")
_CAUSES = {
    "TimeoutError": _l("等待超时"),
    "ConnectionRefusedError": _l("对方没有开放连接"),
    "ConnectionResetError": _BROKEN,
    "ConnectionAbortedError": _BROKEN,
    "BrokenPipeError": _BROKEN,
    "RemoteDisconnected": _BROKEN,
    "IncompleteRead": _BROKEN,
    "SMTPServerDisconnected": _BROKEN,
    "gaierror": _l("找不到对方的网络地址"),
    "SSLError": _l("加密连接没有建立"),
    "SSLCertVerificationError": _l("对方的证书不可信"),
}


def reason_said(message: Message, named: dict[Reason, str]) -> str:
    """Return why a message was not sent, as exactly as its channel tells; nothing if there is no reason."""
    if message.reason is None:
        return ""
    if message.reason == Reason.NO_ADDRESS:
        return str(_("没有可用的手机号") if message.channel == Channel.SMS else _("没有可用的邮箱"))
    return str(named[Reason(message.reason)])


def answer_said(answer: str | None, channel: Channel) -> str | None:
    """Return what the last attempt came to; None where there was none or its words are not known to us."""
    if not answer:
        return None
    code = _CODE.match(answer)
    if code is not None:
        return _text_judged(code) if channel == Channel.SMS else _mail_judged(code)
    for shape, of_mail, of_text in _SAID:
        if shape.match(answer):
            return _with_cause(str(of_text if channel == Channel.SMS else of_mail), answer)
    return None


def _with_cause(said: str, answer: str) -> str:
    found = _BREAK.match(answer)
    if found is None or found[1] not in _CAUSES:
        return said
    return str(_("%(said)s原因：%(cause)s。", said=said, cause=_CAUSES[found[1]]))


def _mail_judged(code: re.Match[str]) -> str:
    refusals = {
        "MAIL": _("邮件服务器不接受我们的发件地址，请联系系统管理员。"),
        "RCPT": _("邮件服务器不接受这个收件地址。"),
    }
    step, number = code[1], int(code[2])
    if number >= 500:
        return str(refusals.get(step, _("邮件服务器拒绝了这封邮件。")))
    if number >= 400:
        return str(_("邮件服务器说现在收不了。"))
    if 200 <= number < 300 and step is None:
        return str(_("邮件服务器已收下这封邮件。"))
    return str(_("邮件服务器的回答看不出结果。"))


def _text_judged(code: re.Match[str]) -> str:
    number, word = int(code[2]), code[3]
    if word == "accepted" and 200 <= number < 300:
        return str(_("短信平台已收下这条短信。"))
    if word == "rejected":
        return str(_("短信平台拒绝发给这个号码。"))
    if word == "later":
        return str(_("短信平台说现在发不了。"))
    if word is None and (number in {301, 307, 308, 503} or (400 <= number < 500 and number != 409)):
        return str(_("短信平台没有受理这条短信。"))
    return str(_("短信平台的回答看不出结果。"))
