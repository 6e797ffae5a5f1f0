"""The e-mail as it travels: what a hostile name can and cannot do, and what the mail must carry."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from delivery.channels import mail as mails
from delivery.letters import Letter
from delivery.rules import wire_address

CONFIG = Settings(huisheng_company="安澜保险", mail_from="service@huisheng.example")
LINK = "https://voice.a-rather-long-insurer-name.example.com.cn/customer-experience/o/abcdefghijABCDEFGHIJ12"


def letter(
    subject: str = "安澜保险：服务体验", to: str = "wang@example.cn", opt_out: str | None = LINK
) -> Letter:
    return Letter(to=to, subject=subject, text="您好。\n", html="<p>您好。</p>", opt_out_url=opt_out)


def headers(wire: bytes) -> list[str]:
    return wire.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")


def test_a_mail_says_who_it_is_from_and_how_to_refuse_more() -> None:
    wire = mails.build(letter(), "<m1@huisheng.example>", CONFIG).as_bytes()
    mail = message_from_bytes(wire, policy=policy.default)
    assert str(mail["From"]) == "安澜保险 <service@huisheng.example>"
    assert str(mail["To"]) == "wang@example.cn"
    assert str(mail["Subject"]) == "安澜保险：服务体验"
    assert mail["Message-ID"] == "<m1@huisheng.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 8 * 3600
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == ["您好。"]


def test_a_long_refusal_link_stays_a_link_in_one_piece() -> None:
    wire = mails.build(letter(), "<m1@huisheng.example>", CONFIG).as_bytes()
    assert f"List-Unsubscribe: <{LINK}>" in headers(wire)


def test_without_a_refusal_link_nothing_is_promised() -> None:
    wire = mails.build(letter(opt_out=None), "<m1@huisheng.example>", CONFIG).as_bytes()
    assert not any(line.startswith("List-Unsubscribe") for line in headers(wire))


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x85", "\u2028", "\x0b", "\x00"])
def test_a_name_with_a_line_break_writes_no_header_of_its_own(break_: str) -> None:
    hostile = f"王小明{break_}Bcc: everybody@example.cn{break_}{break_}<script>"
    wire = mails.build(letter(subject=hostile), "<m1@huisheng.example>", CONFIG).as_bytes()
    mail = message_from_bytes(wire, policy=policy.default)
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject", [])) == 1
    assert "Bcc: everybody@example.cn" in str(mail["Subject"])


@given(subject=st.text(max_size=200), company=st.text(max_size=40))
def test_no_text_adds_a_header_or_a_line_that_is_not_ascii(subject: str, company: str) -> None:
    text = subject.encode("utf-8", "ignore").decode()
    named = CONFIG.model_copy(update={"huisheng_company": company.encode("utf-8", "ignore").decode()})
    names = [
        line.partition(":")[0]
        for line in headers(mails.build(letter(subject=text), "<m1@huisheng.example>", named).as_bytes())
        if not line.startswith((" ", "\t"))
    ]
    assert sorted(names) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe",
         "List-Unsubscribe-Post", "MIME-Version", "Content-Type"]
    )  # fmt: skip


def test_a_chinese_domain_travels_as_idna() -> None:
    assert wire_address("wang@例子.cn") == "wang@xn--fsqu00a.cn"


@pytest.mark.parametrize(
    "address",
    ["王@example.cn", "a b@example.cn", "a\r\nRCPT TO:<x@y.cn>@example.cn", "@x.cn", "a..b@x.cn", ".a@x.cn", "a@x..cn",
     "a:b@x.cn", "a@x.cn.", "a" * 65 + "@x.cn", "a@" + "x" * 64 + ".cn", "a\x7f@x.cn", "a@x\x7f.cn", "a", ""],
)  # fmt: skip
def test_an_address_that_cannot_travel_is_refused(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - IDNA has words of its own
        wire_address(address)


@given(
    local=st.text('ab.-_+!#$%&*/=?^`{|}~:@"\\ é王\x7f', max_size=9),
    domain=st.text("ab.-é王_:[\x7f", max_size=6),
)
def test_every_address_that_can_travel_makes_a_mail(local: str, domain: str) -> None:
    try:
        wire_address(f"{local}@{domain}")
    except ValueError:
        return
    wire = mails.build(letter(to=f"{local}@{domain}"), "<m1@huisheng.example>", CONFIG).as_bytes()
    assert sum(line.startswith("To:") for line in headers(wire)) == 1
