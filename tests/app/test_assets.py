"""How pages and files travel: compressed where that is safe, kept as long as their address says."""

import gzip
import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.demo import factories

GZIP = {"Accept-Encoding": "gzip"}


def test_a_customers_page_travels_compressed_to_who_understands_it(
    session: Session, client: FlaskClient
) -> None:
    _invitation, token = factories.make_invitation(session)
    packed = client.get(f"/s/{token}", headers=GZIP)
    plain = client.get(f"/s/{token}")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert len(packed.data) < len(plain.data) / 2
    assert "推荐" in gzip.decompress(packed.data).decode()


def test_static_files_are_kept_for_a_year_under_an_address_that_changes_with_them(
    session: Session, client: FlaskClient
) -> None:
    page = client.get("/login").get_data(as_text=True)
    address = re.search(r"/static/css/huisheng\.css\?v=[0-9a-f]{10}", page)
    assert address is not None
    file = client.get(address[0], headers=GZIP)
    assert file.headers["Content-Encoding"] == "gzip"
    with client.get(address[0]) as plain:
        assert gzip.decompress(file.data) == plain.data
    assert "immutable" in file.headers["Cache-Control"]
    with client.get("/static/css/huisheng.css") as without:
        assert "immutable" not in without.headers["Cache-Control"]
    with client.get(address[0], headers=GZIP | {"If-None-Match": file.headers["ETag"]}) as again:
        assert again.status_code == 304


def test_pages_with_secrets_of_forms_are_not_compressed(client: FlaskClient) -> None:
    page = client.get("/login", headers=GZIP)
    assert "Content-Encoding" not in page.headers
    assert "csrf" in page.get_data(as_text=True)
