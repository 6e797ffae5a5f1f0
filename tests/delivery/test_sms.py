"""Real HTTP conversations with an SMS platform, good and bad: each ends in the state that the wire allows."""

import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core import clock, metrics
from customers import services as customers
from customers.models import Customer
from customers.services import Profile
from delivery import jobs
from delivery.breaker import Breaker
from delivery.channels.sms import SmsChannel, judged
from delivery.letters import ShortText
from delivery.rules import Channel, Reason, State, Verdict
from grid import queries as grid
from tests.delivery import post
from tests.delivery.gateway import (
    AT_HEAD,
    CLOSE,
    DRIP,
    SILENCE,
    TAKE_AND_CLOSE,
    TAKE_IN_SILENCE,
    TAKING,
    Gateway,
    answered,
    gateway,
)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.use(post.AroundNoon()):
        yield


def drain(server: Gateway, breaker: Breaker | None = None, **given_: float) -> bool:
    return post.drain(post.sms_config(server.url, **given_), breaker, Channel.SMS)


def plan(session: Session, key: str = "text:1", customer_id: int | None = None) -> int:
    return post.plan(session, key, customer_id, channel=Channel.SMS)


def test_a_text_arrives_as_it_was_written_signed_and_with_its_id(session: Session) -> None:
    person = post.customer(session, "王小明")
    planned = plan(session, customer_id=person)
    before = metrics.messages.labels(Channel.SMS, State.SENT)._value.get()
    with gateway() as server:
        assert not drain(server)
    found = post.look(planned)
    assert (found.state, found.provider_answer) == (State.SENT, "200 accepted")
    [asked] = server.requests
    mobile = session.get_one(Customer, person).mobile
    assert asked == {"id": found.message_id, "mobile": mobile, "text": "【安澜保险】王小明，您好。"}
    assert server.targets == ["POST /sms/send?tenant=1 HTTP/1.1"]
    assert server.heads[0]["host"] == f"127.0.0.1:{server.port}"
    assert metrics.messages.labels(Channel.SMS, State.SENT)._value.get() == before + 1


def test_another_secret_is_refused_and_the_text_waits_until_it_is_mended(session: Session) -> None:
    planned = plan(session)
    with gateway() as server:
        post.drain(post.sms_config(server.url, sms_secret="not the platform's secret"), channel=Channel.SMS)
        assert (post.look(planned).state, post.look(planned).provider_answer) == (
            State.WAITING,
            "401 signature",
        )
        post.make_due(planned)
        drain(server)
    assert post.look(planned).state == State.SENT
    assert sum(server.taken.values()) == 1


HTML = "<html><head><title>502 Bad Gateway</title></head></html>"


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (answered(200, '{"code":"accepted","reference":"A7"}'), State.SENT, None),
        (answered(202), State.SENT, None),
        (answered(200, '{"code":"rejected","message":"empty number"}'), State.FAILED, Reason.REJECTED),
        (answered(422, '{"code":"rejected","message":"blacklist"}'), State.FAILED, Reason.REJECTED),
        (answered(200, '{"code":"later","message":"daily limit"}'), State.WAITING, None),
        (answered(500, '{"code":"later"}'), State.WAITING, None),
        (answered(429, ""), State.WAITING, None),
        (answered(404, "<h1>not here</h1>"), State.WAITING, None),
        (answered(400, '{"message":"what?"}'), State.WAITING, None),
        (answered(503, HTML), State.WAITING, None),
        (answered(308, ""), State.WAITING, None),
        (answered(409, ""), State.UNCERTAIN, None),
        (answered(303, ""), State.UNCERTAIN, None),
        (answered(500, HTML), State.UNCERTAIN, None),
        (answered(502, HTML), State.UNCERTAIN, None),
        (answered(504, HTML), State.UNCERTAIN, None),
        (answered(500), State.UNCERTAIN, None),
        (answered(200, ""), State.UNCERTAIN, None),
        (answered(200, "OK"), State.UNCERTAIN, None),
        (answered(200, '{"code":0}'), State.UNCERTAIN, None),
        (answered(200, '{"code":"fine"}'), State.UNCERTAIN, None),
        (answered(200, '["accepted"]'), State.UNCERTAIN, None),
        (answered(200, "[" * 60_000), State.UNCERTAIN, None),
        (answered(200, '{"code":"accepted"}' + " " * 70_000), State.UNCERTAIN, None),
        (answered(200, '{"code":"accepted"}', length=200), State.UNCERTAIN, None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", State.UNCERTAIN, None),
        (b"HTTP/1.1 two hundred\r\n\r\n", State.UNCERTAIN, None),
        (b"\x16\x03\x01 what is this\r\n\r\n", State.UNCERTAIN, None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", State.UNCERTAIN, None),
        (AT_HEAD, State.UNCERTAIN, None),
        (CLOSE, State.UNCERTAIN, None),
        (SILENCE, State.UNCERTAIN, None),
        (TAKE_AND_CLOSE, State.UNCERTAIN, None),
        (TAKE_IN_SILENCE, State.UNCERTAIN, None),
        (DRIP, State.UNCERTAIN, None),
    ],
    ids=(f"row{number}" for number in range(1, 100)),
)
def test_each_break_ends_in_the_one_state_that_is_true(
    session: Session, fault: str | bytes, state: State, reason: Reason | None
) -> None:
    planned = plan(session)
    patience = 0.5 if fault in {SILENCE, TAKE_IN_SILENCE, DRIP} else 5.0
    with gateway(fault) as server:
        drain(server, sms_timeout_seconds=patience)
        found = post.look(planned)
        assert (found.state, found.reason, found.attempts) == (state, reason, 1)
        assert found.provider_answer
        taken = sum(server.taken.values())
        assert taken == (fault in TAKING)

        # The platform mends itself and everything is due: only what certainly was not taken goes out again.
        server.fault = b""
        post.make_due(planned)
        post.let_leases_run_out()
        drain(server)
        after = post.look(planned).state
        assert after == (State.SENT if state in {State.WAITING, State.SENT} else state)
        assert sum(server.taken.values()) == taken + (state == State.WAITING)
    assert len({asked["id"] for asked in server.requests}) <= 1


def test_a_platform_that_is_not_there_is_a_failure_before_anything_left(session: Session) -> None:
    planned = plan(session)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    post.drain(post.sms_config(f"http://127.0.0.1:{port}/"), channel=Channel.SMS)
    found = post.look(planned)
    assert (found.state, found.attempts, found.message_id) == (State.WAITING, 1, None)
    assert "ConnectionRefusedError" in (found.provider_answer or "")


def test_a_platform_without_tls_gets_nothing_where_tls_is_asked_for(session: Session) -> None:
    planned = plan(session)
    with gateway() as server:
        wanted = post.sms_config(server.url.replace("http://", "https://"), sms_timeout_seconds=1.0)
        post.drain(wanted, channel=Channel.SMS)
        assert server.requests == []
    assert (post.look(planned).state, post.look(planned).message_id) == (State.WAITING, None)


def certified(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS with a certificate for ``address``, and the file that a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sms.test")])
    today = datetime(2026, 1, 1, tzinfo=UTC)
    known = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + timedelta(days=36_500))
        .add_extension(known, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "platform.pem", folder / "platform.key"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


@pytest.mark.parametrize(
    ("address", "trusted", "state"),
    [
        ("127.0.0.1", True, State.SENT),
        ("127.0.0.1", False, State.WAITING),
        ("127.0.0.2", True, State.WAITING),
    ],
)
def test_over_tls_only_the_platform_that_proves_itself_gets_the_text(
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    trusted: bool,
    state: State,
) -> None:
    planned = plan(session)
    context, pem = certified(tmp_path, address)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with gateway(tls=context) as server:
        drain(server)
    assert post.look(planned).state == state
    assert len(server.requests) == (state == State.SENT)


def test_a_line_that_breaks_before_the_body_is_tried_again() -> None:
    with gateway() as server:
        carrier = SmsChannel(post.sms_config(server.url))
        words = ShortText("13800138000", "【安澜保险】您好")
        packed = carrier.pack(words, "a" * 32)
        assert carrier.open() is None
        assert carrier._wire is not None
        carrier._wire.sock.shutdown(socket.SHUT_WR)
        assert carrier.send(words, packed).verdict == Verdict.UNREACHABLE
        assert carrier.send(words, packed).verdict == Verdict.UNREACHABLE
        carrier.close()
    assert server.requests == []


def test_a_slow_platform_is_waited_for_within_one_patience(session: Session) -> None:
    planned = plan(session)
    with gateway(delay=0.3) as server:
        drain(server)
    assert post.look(planned).state == State.SENT


def test_a_number_that_is_none_is_withheld_and_not_tried(session: Session) -> None:
    person = customers.take_in(
        session, Profile(external_id="NOBODY", name="王"), region_id=grid.root(session).id
    )
    planned = plan(session, customer_id=person)
    with gateway() as server:
        drain(server)
    assert post.look(planned).reason == Reason.NO_ADDRESS
    assert server.connections == 0


def test_words_for_another_channel_are_not_sent_and_given_up_visibly(session: Session) -> None:
    post.compose_with(lambda _s, _m: ShortText("13800138000", "text"))
    planned = post.plan(session)
    with gateway() as server:
        post.drain(post.config())
        drain(server)
    found = post.look(planned)
    assert (found.state, found.attempts) == (State.WAITING, 1)
    assert "TypeError" in (found.provider_answer or "")


def test_missing_answers_end_the_run_at_the_third_and_let_the_platform_rest(session: Session) -> None:
    person = post.customer(session)
    for number in range(10):
        plan(session, f"text:{number}", person)
    breaker = Breaker()
    with gateway(answered(502, HTML)) as server:
        assert not drain(server, breaker)
        assert post.states() == {"uncertain": 3, "waiting": 7}
        assert breaker.rests
        drain(server, breaker)
        assert post.states() == {"uncertain": 3, "waiting": 7}, (
            "a resting way must not cost a person more work"
        )
        breaker.rests_until = 0.0
        drain(server, breaker)
        assert post.states() == {"uncertain": 4, "waiting": 6}
        server.fault = b""
        breaker.rests_until = 0.0
        drain(server, breaker)
    assert post.states() == {"uncertain": 4, "sent": 6}
    assert not breaker.is_open


def test_a_platform_in_trouble_holds_up_no_mail(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    text, mail = plan(session), post.plan(session, "letter:1")
    with gateway(AT_HEAD) as server:
        wanted = post.sms_config(server.url)
        monkeypatch.setattr("core.settings.current", lambda: wanted)
        monkeypatch.setattr(
            jobs, "_ways", {channel: jobs._Way(way.places) for channel, way in jobs._ways.items()}
        )
        jobs._ways[Channel.SMS].breaker.failures = 2
        jobs.send_due_texts()
        jobs.send_due()
    assert post.look(text).state == State.UNCERTAIN
    assert post.look(mail).state == State.SENT
    assert jobs._ways[Channel.SMS].breaker.is_open
    assert not jobs._ways[Channel.EMAIL].breaker.is_open


@given(
    status=st.integers(100, 599),
    answer=st.one_of(
        st.binary(max_size=40),
        st.sampled_from([b'{"code":"accepted"}', b'{"code":"rejected"}', b'{"code":"later"}']),
        st.dictionaries(st.sampled_from(["code", "message"]), st.text(max_size=9)).map(
            lambda body: json.dumps(body).encode()
        ),
    ),
)
def test_only_a_clear_word_ends_or_repeats_a_message(status: int, answer: bytes) -> None:
    verdict = judged(status, answer).verdict
    try:
        body = json.loads(answer)
    except ValueError:
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    if verdict == Verdict.ACCEPTED:
        assert code == "accepted"
        assert 200 <= status < 300
    elif verdict == Verdict.REJECTED:
        assert code == "rejected"
    elif verdict == Verdict.POSTPONED:
        # Never after a success or a crash of theirs, unless the platform itself says so.
        assert code == "later" or (
            code != "accepted" and (400 <= status < 500 or status in {301, 307, 308, 503})
        )
    else:
        assert verdict == Verdict.UNKNOWN
