"""Results as files: the page that offers them, and the downloads; each leaves a line in the audit log."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import audit, clock, db
from core.errors import InvalidInputError, NotFoundError
from core.sentences import N_
from core.telling import reading_language
from grid import access
from grid.rules import Permission, Viewer
from surveys.counting import store
from surveys.exporting import comma, excel, spss
from surveys.exporting.sheet import Lookups, Table, Wording
from surveys.forms import results as forms
from surveys.forms.results import Asking
from surveys.sheet import page as sheets
from surveys.sheet.page import Opened
from surveys.views.base import bp
from surveys.views.downloads import attachment, safe_name

TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "sav": "application/x-spss-sav",
}


@bp.get("/<int:survey_id>/results/export")
@access.needs(Permission.EXPORT)
def export_results(survey_id: int) -> str:
    """Offer the responses that the page counts as files."""
    _require_view()
    asking = _asking()
    with store.one_at_a_time, db.reading() as session:
        found = sheets.opened(session, access.viewer(), survey_id, asking, reading_language())
        arguments = asking.filters.arguments()
        return render_template(
            "surveys/results/export.html",
            survey=found.survey,
            n=found.n,
            arguments=arguments,
            back=f"{url_for('surveys.results', survey_id=survey_id)}?{urlencode(asking.arguments())}",
            may_reveal=access.may(Permission.PERSONAL_REVEAL),
        )


@bp.get("/<int:survey_id>/results/export.<any(csv, xlsx, sav):kind>")
@access.needs(Permission.EXPORT)
def download_results(survey_id: int, kind: str) -> ResponseReturnValue:
    """Download these responses. Personal data is in it only for who may see it and asked for it."""
    _require_view()
    asking, viewer, language = _asking(), access.viewer(), reading_language()
    wording = Wording.CODES if request.args.get("wording") == Wording.CODES else Wording.LABELS
    revealed = request.args.get("personal") == "yes" and viewer.may(Permission.PERSONAL_REVEAL)
    with store.one_at_a_time, db.transaction() as session:
        found = sheets.opened(session, viewer, survey_id, asking, language)
        if kind == "xlsx" and found.n > excel.MOST_ROWS:
            raise excel.TooManyRowsError(N_("回答太多，一张 Excel 表放不下，请导出 CSV 或缩小范围"))
        audit.record(
            session,
            actor=access.actor(),
            action="survey.export",
            object_type="survey",
            object_id=survey_id,
            detail={
                "file": kind,
                "rows": found.n,
                "filters": asking.filters.arguments(),
                "personal": revealed,
            },
        )
        # The words of the page's language are read now: it is gone when the body is written.
        table = _table(found, wording, language, revealed=revealed, numbered=kind == "sav")
        name = found.survey.name
        widths = table.widths(session) if kind == "sav" else {}
    body = _xlsx(table, wording, name) if kind == "xlsx" else _stream(kind, table, wording, widths, name)
    day = f"{clock.beijing_day(clock.now()):%Y%m%d}"
    plain = f"survey-{survey_id}-{day}.{kind}"
    file = f"{safe_name(name, f'survey-{survey_id}')}-{day}.{kind}"
    return Response(
        body,
        mimetype=TYPES[kind],
        headers={"Content-Disposition": attachment(file, plain), "Cache-Control": "no-store"},
    )


def _stream(kind: str, table: Table, wording: Wording, widths: dict[str, int], name: str) -> Iterator[bytes]:
    with db.reading() as session:
        rows = table.rows(session)
        if kind == "csv":
            yield from comma.write(table.heads, rows, wording)
        else:
            yield from spss.write(table.heads, rows, len(table), widths, name)


def _xlsx(table: Table, wording: Wording, name: str) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="huisheng-export-") as folder:
        path = Path(folder) / "results.xlsx"
        with db.reading() as session:
            excel.write(path, table.heads, table.rows(session), wording, name)
        with path.open("rb") as file:
            while piece := file.read(65_536):
                yield piece


def _table(found: Opened, wording: Wording, language: str, *, revealed: bool, numbered: bool) -> Table:
    versions = found.scope.versions
    return Table(
        found.scope.asked,
        found.source,
        found.mask,
        Lookups(
            regions={region.id: region.name for region in found.regions},
            region_codes={region.id: region.code for region in found.regions},
            touchpoints=dict(found.touchpoints),
            links={link.id: link.name for link in found.links},
            versions={version.id: str(version.number) for version in versions.values()},
            channels=sheets.channel_names(),
            languages=sheets.language_names(found.source),
        ),
        versions=found.source.versions(),
        wording=wording,
        language=language,
        revealed=revealed,
        numbered=numbered,
    )


def _asking() -> Asking:
    """Return what the address asks for; raise InvalidInputError for days that mean nothing.

    A file goes on its own way: nobody reads in it that it holds all of time because a day was a slip of the pen.
    """
    asking = forms.read(request.args.to_dict(flat=False), clock.beijing_day(clock.now()))
    if asking.filters.unread:
        raise InvalidInputError(
            _("日期无法识别，或者开始日期晚于结束日期，所以没有导出。请回到结果页改好日期再导出。")
        )
    return asking


def _require_view() -> None:
    """Whoever may export, but may not see surveys, finds nothing here."""
    viewer: Viewer = access.viewer()
    if not viewer.may(Permission.SURVEY_VIEW):
        raise NotFoundError(N_("没有这份问卷"))
