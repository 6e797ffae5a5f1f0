"""What reaches the log has no personal data in it."""

import pytest

from core import logs


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "330102199003077715",
        "33010219900307771X",
        "6222020200112233445",
        "li@example.cn",
    ],
)
def test_numbers_and_addresses_of_people_are_blotted_out(text: str) -> None:
    event = logs.blot_out_personal_data(None, "info", {"event": f"customer {text} called"})
    assert text not in event["event"]
    assert event["event"].startswith("customer ")


def test_times_and_request_ids_stay_readable() -> None:
    event = {
        "event": "request",
        "timestamp": "2026-06-10T04:00:00.123456Z",
        "request_id": "20260610040000123456",
    }
    assert logs.blot_out_personal_data(None, "info", dict(event)) == event


def test_a_harmless_request_id_is_kept_and_a_strange_one_replaced() -> None:
    assert logs.new_request_id("gateway-4711") == "gateway-4711"
    assert logs.new_request_id("x\ny") != "x\ny"
    assert len(logs.new_request_id(None)) == 16
