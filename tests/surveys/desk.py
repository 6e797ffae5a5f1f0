"""Somebody at the editor of a survey, without a browser."""

import re
import struct
import zlib
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from grid.models import Staff
from surveys.models import SurveyVersion
from surveys.rules.definition import Definition
from surveys.rules.editing import blanks

L = "zh-Hans"


def png(width: int = 120, height: int = 40) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\xff\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Author:
    """Somebody at the editor of one survey."""

    def __init__(self, session: Session, client: FlaskClient, staff: Staff, version: SurveyVersion) -> None:
        self.session, self.client, self.staff, self.version = session, client, staff, version
        self.home = f"/surveys/{version.survey_id}/edit"

    @property
    def draft(self) -> dict[str, Any]:
        self.session.expire_all()
        return self.session.get_one(SurveyVersion, self.version.id).definition

    @property
    def revision(self) -> int:
        self.session.expire_all()
        return self.session.get_one(SurveyVersion, self.version.id).revision

    def questions(self) -> list[str]:
        return [question["id"] for page in self.draft["pages"] for question in page["questions"]]

    def question(self, question_id: str) -> dict[str, Any]:
        return next(q for page in self.draft["pages"] for q in page["questions"] if q["id"] == question_id)

    def get(self, path: str = "") -> str:
        answer = self.client.get(self.home + path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, *, script: bool = False, **fields: Any) -> TestResponse:  # noqa: ANN401
        """Send a form; by ``script`` it is one that saves itself while somebody writes."""
        fields.setdefault("revision", self.revision)
        if script:
            fields["autosave"] = "yes"
        headers = {"HX-Request": "true"} if script else {}
        return self.client.post(self.home + path, data=fields, headers=headers)

    def arrange(self, do: str, what: str, **fields: Any) -> TestResponse:  # noqa: ANN401
        return self.post("/arrange", do=do, what=what, **fields)

    def form(self, path: str) -> dict[str, Any]:
        """Read the fields of the panel's form as a browser would send them back."""
        page = self.get(path)
        form = re.search(r"<form class=\"element-form\".*?</form>", page, re.DOTALL)
        assert form is not None, path
        return fields_of(form[0])


def fields_of(markup: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", markup):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checked" in tag or not re.search('type="(radio|checkbox)"', tag)):
            found.setdefault(name[1], []).append(value[1] if value else "y")
    for name, _rest, words in re.findall(
        r'<textarea[^>]*name="([^"]+)"([^>]*)>(.*?)</textarea>', markup, re.DOTALL
    ):
        found.setdefault(name, []).append(words.strip())
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', markup, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', body)
        first = re.search(r'<option[^>]*value="([^"]*)"', body)
        found[name] = [next(filter(None, chosen.groups()), "") if chosen else first[1] if first else ""]
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


FIRST = ("nps", "choices", "words")


def definition() -> Definition:
    return Definition.model_validate(
        {
            "title": {L: "理赔回访", "en": "Claim follow-up"},
            "intro": {L: "您好"},
            "pages": [
                {"id": "p1", "questions": [blanks.question(kind, f"{kind}_1", L) for kind in FIRST]},
                {"id": "p2", "questions": [blanks.question("csat", "csat_1", L)],
                 "show": {"of": "nps_1", "is": "at_most", "than": 8}},
            ],
            "variables": [{"id": "total", "kind": "number", "start": 0}],
            "endings": [{"id": "end_1", "title": {L: "谢谢"}}],
        }
    )  # fmt: skip
