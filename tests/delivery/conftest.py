"""The plain kind of message is known to every test of sending."""

from collections.abc import Iterator

import pytest

from tests.delivery import post
from tests.delivery.servers import Recorder, recorder


@pytest.fixture(autouse=True)
def _composer() -> None:
    post.compose_with(post.write)


@pytest.fixture
def server() -> Iterator[Recorder]:
    """A real mail server on loopback."""
    with recorder() as running:
        yield running
