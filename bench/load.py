"""A small HTTP load generator: keep-alive connections that send prepared requests and time each answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Run:
    """What a run measured: seconds of each request, how often each status came, and the whole time."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wall: float = 0.0

    def percentile(self, share: float) -> float:
        """Return the latency (s) below which ``share`` of the requests stayed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.seconds) / self.wall


def form_post(path: str, host: str, body: str) -> bytes:
    """Return the bytes of a form submission."""
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def send_all(port: int, requests: Sequence[bytes], clients: int) -> Run:
    """Send each request once over ``clients`` connections, each waiting for an answer before the next."""
    return asyncio.run(_send_all(port, requests, clients))


async def _send_all(port: int, requests: Sequence[bytes], clients: int) -> Run:
    run = Run()
    todo = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, todo, run) for _ in range(clients)))
    run.wall = time.perf_counter() - began
    return run


async def _client(port: int, todo: Iterator[bytes], run: Run) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in todo:
        began = time.perf_counter()
        writer.write(request)
        status = await _answer(reader)
        run.seconds.append(time.perf_counter() - began)
        run.statuses[status] += 1
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
    return status
