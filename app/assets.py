"""Static files and customers' pages on the wire: addresses that change with the content, and compression.

A phone on a slow line loads the answer page first of all, so it and the static files travel compressed. Staff's
pages do not: they hold secrets of forms beside words that somebody may choose, and the size of a compressed page
would tell about the one through the other (BREACH, 2013).
"""

import gzip
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

SMALLEST = 1000
"""Bytes below which compressing saves no packet."""

LEVEL = 5
A_YEAR = 365 * 24 * 3600

_TEXTS = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/json",
        "image/svg+xml",
    }
)


def register(app: Flask) -> None:
    """Stamp the addresses of static files, let them be kept for a year, and compress what may be."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def stamp(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", _stamp(folder / values["filename"]))

    app.after_request(_travel)


@lru_cache(maxsize=500)
def _stamp(file: Path) -> str | None:
    """Return a few characters that change when the file does; None for a file that is not there."""
    return sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else None


def _travel(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == 200 and request.args.get("v"):
        response.cache_control.max_age = A_YEAR
        response.cache_control.immutable = True
    if not _may_compress(response):
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if not request.accept_encodings.quality("gzip"):
        return response
    if request.endpoint == "static":
        body = _packed_file(request.path, response)
    else:
        body = gzip.compress(response.get_data(), LEVEL, mtime=0)
    response.close()  # of a static file Flask had opened the file itself
    response.direct_passthrough = False
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _may_compress(response: Response) -> bool:
    public = request.endpoint == "static" or (request.endpoint or "").startswith("public.")
    large = response.content_length is None or response.content_length >= SMALLEST
    return (
        public
        and large
        and response.status_code in {200, 404, 410, 422}
        and response.mimetype in _TEXTS
        and "Content-Encoding" not in response.headers
        and "Content-Range" not in response.headers
    )


_packed: dict[tuple[str, str], bytes] = {}


def _packed_file(path: str, response: Response) -> bytes:
    """Return a static file compressed, kept in the process under its address and its tag."""
    key = (path, response.get_etag()[0] or "")
    if key not in _packed:
        response.direct_passthrough = False
        _packed[key] = gzip.compress(b"".join(response.iter_encoded()), 9, mtime=0)
    return _packed[key]
