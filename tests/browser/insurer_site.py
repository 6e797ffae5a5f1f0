"""The insurer's own site for tests: pages that hold a questionnaire of ours, on a host that may and on another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

EVENTS = ("shown", "unavailable", "height", "started", "completed", "closed")

# What the insurer's developers paste, and a list of what their page heard.
HOST_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>官网</title></head>
<body><h1>理赔已完成</h1><ul id="heard"></ul>{snippet}
<script>{names}.forEach(function (name) {{
  document.addEventListener("huisheng:" + name, function (event) {{
    var line = document.createElement("li");
    line.textContent = name + " " + ((event.detail && event.detail.height) || "");
    document.getElementById("heard").appendChild(line);
  }});
}});</script><script src="{home}/static/js/embed.js" defer></script></body></html>"""


class Site(BaseHTTPRequestHandler):
    """A page of the insurer's own site."""

    def __init__(self, pages: dict[str, str], *args: object) -> None:
        self.pages = pages
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Serve one of the pages."""
        body = self.pages.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Sites:
    """The insurer's site, which is on the list, and another one, which is not."""

    own: str
    foreign: str
    pages: dict[str, str]


@contextmanager
def serving() -> Iterator[Sites]:
    """Serve the same pages under both hosts until the block ends."""
    pages: dict[str, str] = {}
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, pages)) for _each in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    own, foreign = (f"127.0.0.1:{server.server_port}" for server in servers)
    yield Sites(own, foreign, pages)
    for server in servers:
        server.shutdown()
        server.server_close()
