"""Results as files: the same responses as on the page, safe to open, read back by an independent reader."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditEntry
from grid.rules import Role
from surveys.counting import store
from surveys.exporting import spss
from surveys.exporting.sheet import Head
from surveys.views.downloads import safe_name
from tests.surveys.results_world import DEFINITION, World, answer, make_survey, world

pytestmark = pytest.mark.usefixtures("clock_at")

Login = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    store.kept.clear()
    store.lately.clear()


@pytest.fixture
def made(session: Session) -> World:
    return world(session)


def download(client: FlaskClient, made: World, kind: str, query: str = "") -> bytes:
    answer = client.get(f"/surveys/{made.survey.id}/results/export.{kind}{query}")
    assert answer.status_code == 200
    named = answer.headers["Content-Disposition"]
    assert named == (
        f'attachment; filename="survey-{made.survey.id}-20260610.{kind}"; '
        f"filename*=UTF-8''{quote('理赔服务回访')}-20260610.{kind}"
    )
    return answer.get_data()


def rows(client: FlaskClient, made: World, query: str = "") -> list[dict[str, str]]:
    text = download(client, made, "csv", query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_file_has_a_row_for_every_response_with_labels_for_people(login: Login, made: World) -> None:
    found = rows(login(Role.CX_MANAGER), made)
    assert len(found) == 60
    first, last = found[0], found[-1]
    assert (first["您愿意推荐我们吗？"], first["最主要的原因"], first["机构"]) == (
        "9",
        "态度好",
        "杭州中心支公司",
    )
    assert (first["用过哪些渠道：APP"], first["用过哪些渠道：柜面"]) == ("是", "否")
    assert (first["最想改进什么：赔款"], first["最想改进什么：时间"]) == ("1", "2")
    assert (first["请评价 – 速度"], first["请评价 – 态度"], first["渠道"]) == ("5", "4", "电子邮件")
    assert (first["提交时间"], first["答题用时（秒）"]) == ("2026-06-08 12:00:00", "60")
    assert (last["请评价 – 态度"], last["答题用时（秒）"]) == ("", "")


def test_codes_never_change_with_the_wording(login: Login, made: World) -> None:
    found = rows(login(Role.CX_MANAGER), made, "?wording=codes")
    assert (found[0]["nps"], found[0]["reason"], found[0]["ways_app"]) == ("9", "kind", "1")
    assert (found[0]["parts_speed"], found[0]["channel"]) == ("5", "email")
    assert (found[0]["region"], found[-1]["region"]) == ("3301", "5101")
    assert found[40]["reason_other_text"] == "一直没人管"


def test_a_file_holds_exactly_what_the_filters_leave(login: Login, made: World) -> None:
    client = login(Role.CX_MANAGER)
    assert len(rows(client, made, "?channel=sms")) == 20
    assert len(rows(client, made, "?answer=nps:0..6")) == 20
    assert len(rows(client, made, "?answer=reason:other&period=90d")) == 5
    assert rows(client, made, "?from=2020-01-01&to=2020-01-02") == []


@pytest.mark.parametrize("days", ["from=2026-06-10&to=2026-01-01", "from=abc", "period=custom&to=2026-13-01"])
@pytest.mark.parametrize("tail", ["", ".csv", ".xlsx", ".sav"])
def test_days_that_mean_nothing_give_no_file_instead_of_all_of_time(
    login: Login, session: Session, made: World, days: str, tail: str
) -> None:
    answer = login(Role.CX_MANAGER).get(f"/surveys/{made.survey.id}/results/export{tail}?{days}")
    assert answer.status_code == 422
    assert "没有导出" in answer.get_data(as_text=True)
    assert session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.export")).all() == []


def test_words_are_masked_and_personal_answers_left_out_unless_one_may_and_asks(
    login: Login, made: World
) -> None:
    client = login(Role.CX_MANAGER)
    plain = rows(client, made)[-1]
    assert "13912345678" not in plain["为什么？"]
    assert "还是没有结果" in plain["为什么？"]
    assert plain["手机号"] == "***"
    revealed = rows(client, made, "?personal=yes")[-1]
    assert (revealed["手机号"], "13912345678" in revealed["为什么？"]) == ("13812345678", True)


def test_who_may_not_reveal_gets_masked_words_however_they_ask(login: Login, made: World) -> None:
    found = rows(login(Role.ANALYST), made, "?personal=yes")[-1]
    assert found["手机号"] == "***"
    assert "13912345678" not in found["为什么？"]


def test_a_file_reaches_no_further_than_the_readers_part_of_the_network(login: Login, made: World) -> None:
    found = rows(login(Role.CX_MANAGER, region=made.chengdu.id), made)
    assert {row["机构"] for row in found} == {"成都中心支公司"}
    assert len(found) == 20


@pytest.mark.parametrize("role", [Role.AGENT, Role.VIEWER, Role.AUDITOR])
def test_files_need_the_right_to_export(login: Login, made: World, role: Role) -> None:
    client = login(role)
    for path in ("export", "export.csv", "export.xlsx", "export.sav"):
        assert client.get(f"/surveys/{made.survey.id}/results/{path}").status_code == 403


def test_every_download_leaves_a_line_in_the_audit_log(login: Login, session: Session, made: World) -> None:
    download(login(Role.CX_MANAGER), made, "csv", "?channel=sms&personal=yes")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.export")).one()
    assert entry.object_id == str(made.survey.id)
    assert entry.detail["rows"] == 20
    assert entry.detail["personal"] is True


def test_no_cell_of_a_csv_is_run_as_a_formula(login: Login, session: Session, made: World) -> None:
    answer(session, made.version, {"why": '=HYPERLINK("http://x","点我")'}, region_id=made.hangzhou.id)
    assert rows(login(Role.CX_MANAGER), made)[-1]["为什么？"].startswith("'=HYPERLINK")


def test_a_consent_is_a_word_for_people_and_a_number_for_programs(login: Login, session: Session) -> None:
    agree = {
        "type": "consent",
        "id": "agree",
        "title": {"zh-Hans": "单独同意"},
        "text": {"zh-Hans": "我同意"},
    }
    pages = [
        {"id": "p1", "questions": [agree, {"type": "csat", "id": "csat", "title": {"zh-Hans": "满意吗"}}]}
    ]
    version = make_survey(session, DEFINITION | {"pages": pages}, "consents")
    answer(session, version, {"agree": 1, "csat": 5})
    answer(session, version, {"csat": 5})
    client = login(Role.CX_MANAGER)
    for query, head, cells in (("", "单独同意", ["同意", ""]), ("?wording=codes", "agree", ["1", ""])):
        text = client.get(f"/surveys/{version.survey_id}/results/export.csv{query}").get_data()
        assert [row[head] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))] == cells


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("理赔回访：A/B 对比?", "理赔回访：A B 对比"),
        ('..\\..\\"<x>|*.', "x"),
        ("con", "con_"),
        ("Nul.csv", "Nul.csv_"),
        (" \u202e\n\t", "survey"),
        ("长" * 200, "长" * 80),
    ],
)
def test_a_survey_may_be_called_anything_and_its_file_can_be_stored(name: str, safe: str) -> None:
    assert safe_name(name, "survey") == safe


def test_titles_that_stand_twice_are_kept_apart(login: Login, session: Session) -> None:
    twins = [
        {"type": "rating", "id": name, "title": {"zh-Hans": "请打分"}}
        for name in ("first", "second", "third")
    ]
    version = make_survey(session, DEFINITION | {"pages": [{"id": "p1", "questions": twins}]}, "twins")
    answer(session, version, {"first": 1, "second": 2, "third": 3})
    text = login(Role.CX_MANAGER).get(f"/surveys/{version.survey_id}/results/export.csv").get_data()
    found = next(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert (found["请打分"], found["请打分 [second]"], found["请打分 [third]"]) == ("1", "2", "3")


def test_excel_gets_numbers_as_numbers_and_texts_as_texts(
    login: Login, session: Session, made: World
) -> None:
    answer(session, made.version, {"nps": 3, "why": "=1+1"}, region_id=made.hangzhou.id)
    book = openpyxl.load_workbook(io.BytesIO(download(login(Role.CX_MANAGER), made, "xlsx")))
    table = list(book.worksheets[0].iter_rows())
    heads = [cell.value for cell in table[0]]
    last = dict(zip(heads, table[-1], strict=True))
    assert len(table) == 62
    assert (last["您愿意推荐我们吗？"].value, last["您愿意推荐我们吗？"].data_type) == (3, "n")
    assert (last["为什么？"].value, last["为什么？"].data_type) == ("=1+1", "s")
    assert isinstance(last["提交时间"].value, datetime)


def read_back(path: Path) -> tuple[dict[str, list[Any]], Any]:
    pyreadstat = pytest.importorskip("pyreadstat", reason="ReadStat reads the files back")
    data, about = pyreadstat.read_sav(str(path), output_format="dict")
    return {name: list(values) for name, values in data.items()}, about


def test_spss_reads_the_file_back_with_its_labels(login: Login, made: World, tmp_path: Path) -> None:
    path = tmp_path / "results.sav"
    path.write_bytes(download(login(Role.CX_MANAGER), made, "sav"))
    data, about = read_back(path)
    assert about.number_rows == 60
    assert about.column_names_to_labels["nps"] == "您愿意推荐我们吗？"
    assert about.variable_value_labels["reason"] == {1.0: "太慢", 2.0: "态度好", 3.0: "其他"}
    assert about.variable_value_labels["ways_app"] == {0.0: "否", 1.0: "是"}
    assert data["nps"][:3] == [9.0, 10.0, 9.0]
    assert data["reason"][0] == 2.0
    assert data["reason"][40] == 3.0
    assert data["parts_manner"][59] is None or data["parts_manner"][59] != data["parts_manner"][59]
    assert data["reason_other_text"][40] == "一直没人管"
    assert data["submitted_at"][0] == datetime(2026, 6, 8, 12, 0)  # noqa: DTZ001 - SPSS knows no zones
    assert data["region"][0] == "杭州中心支公司"


def test_codes_of_the_way_keep_their_names_as_value_labels_in_spss(
    login: Login, made: World, tmp_path: Path
) -> None:
    path = tmp_path / "codes.sav"
    path.write_bytes(download(login(Role.CX_MANAGER), made, "sav", "?wording=codes"))
    data, about = read_back(path)
    assert (data["region"][0], data["channel"][0]) == ("3301", "email")
    labels = about.variable_value_labels
    assert labels["region"] == {"3301": "杭州中心支公司", "5101": "成都中心支公司"}
    assert labels["channel"] == {"email": "电子邮件", "sms": "短信"}
    assert labels["language"] == {"zh-Hans": "简体中文"}
    assert data["touchpoint"][0] in labels["touchpoint"]


def test_scales_keep_the_names_of_their_steps_and_days_are_days_in_spss_and_excel(
    login: Login, session: Session, tmp_path: Path
) -> None:
    ends = {"low": {"zh-Hans": "很差"}, "high": {"zh-Hans": "很好"}}
    asked = [
        {"type": "csat", "id": "csat", "title": {"zh-Hans": "满意吗"}},
        {"type": "rating", "id": "plain", "title": {"zh-Hans": "打分"}},
        {"type": "slider", "id": "wait", "title": {"zh-Hans": "等待"}, "highest": 10, "step": 0.5} | ends,
        {"type": "date", "id": "day", "title": {"zh-Hans": "办理日期"}},
    ]
    version = make_survey(session, DEFINITION | {"pages": [{"id": "p1", "questions": asked}]}, "days")
    answer(session, version, {"csat": 4, "plain": 3, "wait": 2.5, "day": "2026-05-31"})
    answer(session, version, {"csat": 1})
    client = login(Role.CX_MANAGER)

    def file(kind: str) -> bytes:
        return client.get(f"/surveys/{version.survey_id}/results/export.{kind}").get_data()

    path = tmp_path / "days.sav"
    path.write_bytes(file("sav"))
    data, about = read_back(path)
    labels = about.variable_value_labels
    assert labels["csat"] == {1: "非常不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "非常满意"}
    assert (labels["wait"], "plain" in labels) == ({0: "很差", 10: "很好"}, False)
    assert (data["csat"], data["wait"][0]) == ([4, 1], 2.5)
    assert data["day"][0] == date(2026, 5, 31)
    assert about.variable_measure["csat"] == "ordinal"
    assert (about.original_variable_types["day"], about.original_variable_types["wait"]) == (
        "DATE11",
        "F10.2",
    )

    table = list(openpyxl.load_workbook(io.BytesIO(file("xlsx"))).worksheets[0].iter_rows())
    cell = table[1][[head.value for head in table[0]].index("办理日期")]
    assert (cell.value, cell.number_format) == (datetime(2026, 5, 31), "yyyy-mm-dd")  # noqa: DTZ001 - no zones
    said = [row["办理日期"] for row in csv.DictReader(io.StringIO(file("csv").decode("utf-8-sig")))]
    assert said == ["2026-05-31", ""]


def test_long_texts_missing_values_and_odd_names_survive_the_way_to_spss(tmp_path: Path) -> None:
    pytest.importorskip("pyreadstat", reason="ReadStat reads the files back")
    heads = [
        Head("all", "保留字", "number"),
        Head("a.b", "点", "number"),
        Head("a_b", "下划线", "number"),
        Head("why", "为" * 200, "words"),
        Head("short", "短", "text"),
    ]
    texts = ["", "短句", "理" * 84, "理" * 85, "理" * 86, "a" * 255, "a" * 256, "长" * 5_000]
    given: list[list[Any]] = [
        [at, -1.5 * at, 1e9 + at, text, None if at % 2 else "尾"] for at, text in enumerate(texts)
    ]
    given.append([None, None, None, None, None])
    path = tmp_path / "odd.sav"
    path.write_bytes(b"".join(spss.write(heads, given, len(given), {"why": 15_000, "short": 3}, "标题")))
    data, about = read_back(path)
    assert about.column_names == ["v_all", "a_b", "a_b_2", "why", "short"]
    assert data["why"] == [*texts, ""]
    assert data["v_all"][:8] == [float(at) for at in range(8)]
    assert data["a_b"][3] == -4.5
    assert data["a_b_2"][7] == 1e9 + 7
    assert data["short"][:2] == ["尾", ""]
    assert data["v_all"][8] is None or data["v_all"][8] != data["v_all"][8]


@pytest.mark.parametrize(
    ("text", "most", "kept"), [("理赔", 6, "理赔"), ("理赔", 5, "理"), ("a\x00b", 9, "ab")]
)
def test_texts_are_cut_between_characters(text: str, most: int, kept: str) -> None:
    assert spss.cut(text, most).decode() == kept
