"""Files that come by a personal link after the answer that counts: the same ones again, or others."""

import json

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from surveys.models import Suspect
from tests.surveys.answering import Customer, invite
from tests.surveys.test_files import JPEG, ONE_PAGE, PNG, sent


def test_the_same_file_once_more_is_thanked_and_another_one_is_said_not_to_be_added(
    session: Session, client: FlaskClient
) -> None:
    windows = [Customer(client, invite(session, ONE_PAGE)[1])]
    windows += [Customer(client, windows[0].token) for _ in range(3)]
    first, again, other, both = windows
    first.send("send", nps="9", photo=sent(PNG))
    again.send("send", nps="9", photo=sent(PNG))
    assert "谢谢您，已收到" in again.page
    other.send("send", nps="9", photo=sent(JPEG))
    assert "没有再加进去" in other.page
    assert session.scalar(select(func.count()).select_from(Suspect)) == 0
    both.send("send", nps="1", photo=sent(JPEG))
    assert "已经保留，工作人员可以看到" in both.page
    assert "这次选择的文件没有保留" in both.page
    assert json.loads(session.scalars(select(Suspect)).one().sent) == {"nps": ["1"]}


def test_a_file_kept_ahead_by_a_script_is_known_again(session: Session, client: FlaskClient) -> None:
    _invitation, token = invite(session, ONE_PAGE)
    first, again, other = (Customer(client, token) for _ in range(3))
    tokens = []
    for content in (PNG, JPEG):
        answer = client.post(f"/s/{token}/files", data={"question": "photo", "file": sent(content)})
        tokens.append(answer.get_json()["token"])
    first.send("send", nps="9", photo=tokens[0])
    again.send("send", nps="9", photo=tokens[0])
    assert "谢谢您，已收到" in again.page
    page = other.answer
    other.send("send", nps="9", photo=tokens[1])
    assert "没有再加进去" in other.page
    other.answer = page
    other.send("send", nps="1", photo=tokens[1])
    assert json.loads(session.scalars(select(Suspect)).one().sent) == {"nps": ["1"]}
