"""The gateway in docs/sms.md is the one that people copy: it runs, checks signatures and takes an id once."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from core import clock
from delivery.channels.sms import SmsChannel
from delivery.letters import ShortText
from delivery.rules import Verdict
from tests.delivery import post

DOCUMENT = Path(app.__file__).resolve().parents[1] / "docs" / "sms.md"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The documented gateway as a process of its own; its address and the process."""
    [code] = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (tmp_path / "gateway.py").write_text(code, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "gateway.py"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SMS_SECRET": post.SMS_SECRET, "PORT": str(port), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/", process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def sent(url: str, number: str, **given: str) -> tuple[Verdict, str]:
    carrier = SmsChannel(post.sms_config(url, **given))
    words = ShortText("13800138000", "【安澜保险】您好")
    assert carrier.open() is None
    outcome = carrier.send(words, carrier.pack(words, number))
    return outcome.verdict, outcome.answer


def test_the_documented_gateway_takes_an_id_once(running: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = running
    assert sent(url, "a" * 32) == (Verdict.ACCEPTED, "200 accepted")
    assert sent(url, "a" * 32) == (Verdict.ACCEPTED, "200 accepted taken before")
    assert sent(url, "b" * 32, sms_secret="somebody else's secret") == (
        Verdict.POSTPONED,
        "401 signature or clock",
    )
    with clock.use(clock.FixedClock(clock.now().replace(year=2020))):
        assert sent(url, "c" * 32) == (Verdict.POSTPONED, "401 signature or clock")
    process.kill()
    said, _ = process.communicate(timeout=20)
    assert said.splitlines() == ["13800138000 【安澜保险】您好"]


def test_the_documented_settings_are_those_of_the_code() -> None:
    table = set(re.findall(r"`(SMS_[A-Z_]+)`", DOCUMENT.read_text(encoding="utf-8")))
    assert table == {name.upper() for name in type(post.config()).model_fields if name.startswith("sms_")}
