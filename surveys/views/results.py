"""The results of one survey: what was answered, by whom it was not, and how groups differ."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _

from core import clock, db
from core.telling import reading_language
from grid import access
from grid.rules import Permission
from surveys import figures
from surveys.counting import store
from surveys.forms import results as forms
from surveys.forms.results import Asking, Compare, Filters, Span
from surveys.sheet import crossing, lines
from surveys.sheet import page as sheets
from surveys.sheet.page import Opened, Page
from surveys.views.base import bp


@bp.get("/<int:survey_id>/results")
@access.needs(Permission.SURVEY_VIEW)
def results(survey_id: int) -> str:
    """Show what a survey's answers add up to, narrowed by the address, for the reader's part of the network."""
    viewer = access.viewer()
    asking = forms.read(request.args.to_dict(flat=False), clock.beijing_day(clock.now()))
    language = reading_language()

    def door(token: str) -> str:
        """Return this page for exactly the people who gave an answer."""
        return here(survey_id, asking, answers=(*asking.filters.answers, token)) + "#people"

    with store.one_at_a_time, db.reading() as session:
        found = sheets.opened(session, viewer, survey_id, asking, language)
        if not found.scope.versions:
            return render_template("surveys/results/nothing.html", survey=found.survey, published=False)
        page = sheets.page(session, viewer, found, asking, language, door)
        return render_template(
            "surveys/results/page.html",
            survey=found.survey,
            page=page,
            asking=asking,
            groups=lines.group_names,
            chips=_chips(survey_id, found, asking, page, language),
            choices=_choices(found, page),
            figures=figures,
            other_name=_other_name(asking),
            may_export=viewer.may(Permission.EXPORT),
            arguments=urlencode(asking.arguments()),
            share_urls=_share_urls(survey_id, asking),
            crossable=crossing.choices(found.scope.asked),
        )


def _share_urls(survey_id: int, asking: Asking) -> dict[str, str]:
    """Return this page's crossing with the percentages of rows, and with those of columns."""
    address = url_for("surveys.results", survey_id=survey_id)
    return {
        shares: f"{address}?{urlencode(asking.arguments(shares=shares))}#cross"
        for shares in ("row", "column")
    }


def here(
    survey_id: int,
    asking: Asking,
    *,
    answers: tuple[str, ...] | None = None,
    values: Mapping[str, str] | None = None,
) -> str:
    """Return the address of this page with some filters of the first group changed."""
    filters = asking.filters
    changed = Filters(
        filters.span,
        filters.first,
        filters.last,
        {**filters.values, **(values or {})},
        filters.answers if answers is None else tuple(dict.fromkeys(answers)),
    )
    arguments = urlencode(asking.arguments(filters=changed))
    address = url_for("surveys.results", survey_id=survey_id)
    return f"{address}?{arguments}" if arguments else address


def _chips(survey_id: int, found: Opened, asking: Asking, page: Page, language: str) -> list[dict[str, str]]:
    filters = asking.filters
    chips = []
    if filters.first or filters.last:
        days = f"{filters.first or ''} ~ {filters.last or ''}"
        without = asking.arguments(filters=Filters(values=filters.values, answers=filters.answers))
        chips.append(
            {"label": days, "url": f"{url_for('surveys.results', survey_id=survey_id)}?{urlencode(without)}"}
        )
    names = _value_names(found, page)
    for name, value in filters.values.items():
        if value:
            label = _("%(name)s：%(value)s", name=_filter_names()[name], value=names[name].get(value, value))
            chips.append({"label": label, "url": here(survey_id, asking, values={name: ""})})
    for token in filters.answers:
        rest = tuple(other for other in filters.answers if other != token)
        chips.append(
            {"label": sheets.said(found, token, language), "url": here(survey_id, asking, answers=rest)}
        )
    return chips


def _value_names(found: Opened, page: Page) -> dict[str, dict[str, str]]:
    return {
        "region": {region.code: region.name for region in found.regions},
        "touchpoint": dict(found.touchpoints),
        "channel": dict(page.channels),
        "language": dict(page.languages),
        "link": {str(link.id): link.name for link in found.links},
        "version": {
            str(version.number): _("第 %(n)s 版", n=version.number)
            for version in found.scope.versions.values()
        },
    }


def _filter_names() -> dict[str, str]:
    return {
        "region": _("机构"),
        "touchpoint": _("触点"),
        "channel": _("渠道"),
        "language": _("语言"),
        "link": _("开放链接"),
        "version": _("问卷版本"),
    }


def _choices(found: Opened, page: Page) -> dict[str, list[tuple[str, str]]]:
    level = min((region.path.count("/") for region in found.regions), default=0)
    names = _value_names(found, page)
    choices = {
        name: list(names[name].items()) for name in ("touchpoint", "channel", "language", "link", "version")
    }
    choices["region"] = [
        (region.code, "　" * (region.path.count("/") - level) + region.name) for region in found.regions
    ]
    choices["answer"] = sheets.conditions(found)
    choices["period"] = [
        (Span.ALL.value, _("全部时间")),
        (Span.DAYS_30.value, _("近 30 天")),
        (Span.DAYS_90.value, _("近 90 天")),
        (Span.MONTHS_12.value, _("近 12 个月")),
        (Span.CUSTOM.value, _("自定义日期")),
    ]
    choices["compare"] = [
        (Compare.NOTHING.value, _("不对比")),
        (Compare.PREVIOUS.value, _("上一期（同样长度）")),
        (Compare.GROUP.value, _("另一组（用下面的对比条件）")),
    ]
    # A list with one thing in it is no choice.
    return {
        name: found
        for name, found in choices.items()
        if name in {"answer", "period", "compare"} or len(found) > 1
    }


def _other_name(asking: Asking) -> str:
    if asking.compare is Compare.PREVIOUS and asking.other is not None:
        return f"{asking.other.first} ~ {asking.other.last}"
    return str(_("对比组"))
