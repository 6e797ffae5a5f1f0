"""The staff's pages of open links: make them, print them, take their address or frame away, switch them off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from core import clock, db
from core.errors import InvalidInputError
from core.settings import Settings
from core.shapes import row_id
from grid import access
from grid import queries as grid
from grid.rules import Permission, Viewer
from surveys.forms.links import REGIONS, LinkForm, LinksForm, kind_names, spread_names
from surveys.models import OpenLink
from surveys.queries import answering, asking
from surveys.queries import opening as queries
from surveys.queries.opening import LinkFilter
from surveys.rules import duration, opening, qrcodes
from surveys.rules.definition import Definition
from surveys.rules.opening import LinkKind
from surveys.rules.questions import HiddenQuestion
from surveys.services import opening as services
from surveys.views.base import bp

MOST_ON_A_SHEET = 200
LONGEST_SENTENCE = 60


@dataclass(frozen=True, slots=True)
class Card:
    """One QR code on paper: whose it is, what it says, where it leads."""

    name: str
    region: str
    address: str
    host: str
    path: str
    code: Markup


@bp.get("/<int:survey_id>/links")
@access.needs(Permission.SURVEY_VIEW)
def links(survey_id: int) -> str:
    """List the open links of a survey with what came of each."""
    viewer, wanted = access.viewer(), _filter()
    page = request.args.get("page", 1, type=int)
    page = max(1, min(page, 10_000))
    with db.reading() as session:
        survey = queries.survey(session, survey_id)
        rows, total = queries.links_page(session, survey_id, viewer, wanted, page=page)
        return render_template(
            "surveys/links/list.html",
            survey=survey,
            published=asking.published_version_id(session, survey_id) is not None,
            rows=rows,
            total=total,
            wanted=wanted,
            kinds=kind_names(),
            base_url=_settings().huisheng_base_url,
            only_here=urlsplit(_settings().huisheng_base_url).hostname in {"127.0.0.1", "localhost"},
            no_phone=not _settings().huisheng_phone,
            now=clock.now(),
            may_edit=access.may(Permission.SURVEY_EDIT),
            filtered=wanted != LinkFilter(),
            on_paper=queries.ON_PAPER,
            previous_url=_page_url(survey_id, page - 1) if page > 1 else None,
            next_url=_page_url(survey_id, page + 1) if page * queries.LINKS_PAGE < total else None,
        )


@bp.route("/<int:survey_id>/links/new", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def links_new(survey_id: int) -> ResponseReturnValue:
    """Make one open link or many at once."""
    viewer = access.viewer()
    form = LinksForm(request.form, region=viewer.region_id)
    with db.reading() as session:
        name = queries.survey(session, survey_id).name
        _fill_choices(session, viewer, form)
        parameters = _hidden(session, survey_id)
    page = {
        "survey_id": survey_id,
        "name": name,
        "form": form,
        "parameters": parameters,
        "most": services.MOST_AT_ONCE,
        "no_host": not _settings().embed_hosts,
    }
    if request.method == "GET":
        return render_template("surveys/links/new.html", **page)
    if not form.validate():
        return render_template("surveys/links/new.html", **page), 422
    try:
        with db.transaction() as session:
            made = _create(session, viewer, survey_id, form)
    except InvalidInputError as error:
        form.take(error)
        return render_template("surveys/links/new.html", **page), 422
    flash(_("已建好 %(n)s 个链接。", n=len(made)), "success")
    if len(made) == 1:
        return redirect(url_for(".link", link_id=made[0].id))
    return redirect(url_for(".links", survey_id=survey_id))


@bp.get("/links/<int:link_id>")
@access.needs(Permission.SURVEY_VIEW)
def link(link_id: int) -> str:
    """Show one open link: its address, its QR code, how to embed it, and what came of it."""
    with db.reading() as session:
        row = queries.link_row(session, link_id, access.viewer())
        survey = queries.survey(session, row.link.survey_id)
        address = _address(row.link)
        given = _signed_values(row.link, _hidden(session, survey.id))
        return render_template(
            "surveys/links/link.html",
            survey=survey,
            row=row,
            link=row.link,
            kinds=kind_names(),
            address=address,
            code=Markup(qrcodes.svg(address)),  # noqa: S704 - drawn by us from our own address
            frame=_frame(row.link) if row.link.host else None,
            fields=given,
            signed=_signed_address(row.link, given),
            # Links end at midnight; people read the last day better than the first minute after it.
            last_minute=row.link.expires_at - timedelta(minutes=1) if row.link.expires_at else None,
            may_edit=access.may(Permission.SURVEY_EDIT),
            on_paper=queries.ON_PAPER,
        )


@bp.route("/links/<int:link_id>/edit", methods=["GET", "POST"])
@access.needs(Permission.SURVEY_EDIT)
def link_edit(link_id: int) -> ResponseReturnValue:
    """Change the name, the end and the limit of a link; its address stays as it is printed."""
    viewer = access.viewer()
    with db.reading() as session:
        found = queries.link(session, link_id, viewer)
        survey = queries.survey(session, found.survey_id)
        now = {"name": found.name, "expires_on": services.last_day(found), "per_device": found.per_device}
        page = {
            "link": {"id": found.id, "name": found.name},
            "survey": {"id": survey.id, "name": survey.name},
            "limited": opening.may_be_limited(LinkKind(found.kind)),
        }
        survey_id = survey.id
    form = LinkForm(request.form, data=now)
    if request.method == "GET":
        return render_template("surveys/links/edit.html", form=form, **page)
    if form.validate():
        try:
            with db.transaction() as session:
                _refuse_limit_of_anonymous(session, survey_id, form.per_device.data)
                services.change_link(
                    session,
                    viewer=viewer,
                    link_id=link_id,
                    name=form.name.data or "",
                    expires_on=form.expires_on.data,
                    per_device=form.per_device.data or None,
                )
        except InvalidInputError as error:
            form.take(error)
        else:
            flash(_("已保存。"), "success")
            return redirect(url_for(".link", link_id=link_id))
    return render_template("surveys/links/edit.html", form=form, **page), 422


@bp.get("/links/<int:link_id>/qr.<any(svg, png):form>")
@access.needs(Permission.SURVEY_VIEW)
def link_code(link_id: int, form: str) -> Response:
    """Download the QR code of a link as a drawing or a picture."""
    with db.reading() as session:
        found = queries.link(session, link_id, access.viewer())
        address, title = _address(found), found.name
    svg = form == "svg"
    body = qrcodes.svg(address, title=title).encode() if svg else qrcodes.png(address)
    name = quote(f"{title}.{form}", safe="")
    return Response(
        body,
        mimetype="image/svg+xml" if svg else "image/png",
        headers={
            "Content-Disposition": f"attachment; filename=\"qr-{link_id}.{form}\"; filename*=UTF-8''{name}"
        },
    )


@bp.get("/<int:survey_id>/links/sheet")
@access.needs(Permission.SURVEY_VIEW)
def links_sheet(survey_id: int) -> str:
    """Show QR codes ready to print on A4: cards, eight a page, or one poster a page.

    Those ticked in the list, or all that the list's filter leaves; a kiosk or a frame has no code on paper, for
    whoever scanned it would stand at a device of their own.
    """
    viewer = access.viewer()
    with db.reading() as session:
        survey = queries.survey(session, survey_id)
        ids = [number for one in request.args.getlist("link") if (number := row_id(one))]
        if ids:
            found: Sequence[OpenLink] = [
                one
                for one in queries.links(session, ids[:MOST_ON_A_SHEET], viewer)
                if one.survey_id == survey_id and one.kind in queries.ON_PAPER
            ]
        else:
            found = queries.links_to_print(session, survey_id, viewer, _filter(), most=MOST_ON_A_SHEET)
        names = queries.region_names(session, [one.region_id for one in found])
        told = asking.version_to_show(session, survey_id)
        now = clock.now()
        return render_template(
            "surveys/links/sheet.html",
            minutes=duration.minutes(Definition.model_validate(told.definition)) if told else 1,
            over=sum(
                not one.active or (one.expires_at is not None and one.expires_at <= now) for one in found
            ),
            survey=survey,
            cards=[_card(one, names[one.region_id]) for one in found],
            layout="poster" if request.args.get("layout") == "poster" else "cards",
            heading=request.args.get("heading", "").strip()[:LONGEST_SENTENCE],
            sentence=request.args.get("sentence", "").strip()[:LONGEST_SENTENCE],
            ids=ids,
            most=MOST_ON_A_SHEET,
        )


@bp.post("/links/<int:link_id>/off")
@access.needs(Permission.SURVEY_EDIT)
def link_off(link_id: int) -> ResponseReturnValue:
    """Switch a link off: whoever follows it is told kindly that it is over."""
    return _switch(link_id, active=False)


@bp.post("/links/<int:link_id>/on")
@access.needs(Permission.SURVEY_EDIT)
def link_on(link_id: int) -> ResponseReturnValue:
    """Switch a link on again."""
    return _switch(link_id, active=True)


def _switch(link_id: int, *, active: bool) -> ResponseReturnValue:
    with db.transaction() as session:
        services.set_active(session, viewer=access.viewer(), link_id=link_id, active=active)
    flash(_("链接已启用。") if active else _("链接已停用，再打开时会看到“这份问卷暂时关闭”。"), "success")
    return redirect(url_for(".link", link_id=link_id))


def _create(session: Session, viewer: Viewer, survey_id: int, form: LinksForm) -> list[OpenLink]:
    if form.spread.data == REGIONS:
        fixed = form.fixed
        wanted = [
            replace(one, parameters=fixed)
            for one in services.named_regions(session, form.chosen_regions, viewer)
        ]
    else:
        wanted = form.each()
    kind = LinkKind(form.kind.data)
    _refuse_limit_of_anonymous(session, survey_id, form.per_device.data)
    return services.create_links(
        session,
        viewer=viewer,
        survey_id=survey_id,
        kind=kind,
        touchpoint_code=form.touchpoint.data,
        wanted=wanted,
        expires_on=form.expires_on.data,
        per_device=form.per_device.data or None,
        host=form.host.data or None if kind is LinkKind.EMBED else None,
    )


def _refuse_limit_of_anonymous(session: Session, survey_id: int, per_device: int | None) -> None:
    version_id = asking.published_version_id(session, survey_id)
    if (
        per_device
        and version_id is not None
        and answering.definition(session.connection(), version_id).anonymous
    ):
        raise InvalidInputError(
            _("匿名问卷不能限制设备"), {"per_device": [_("匿名问卷不记录设备，所以不能按设备限制次数")]}
        )


def _fill_choices(session: Session, viewer: Viewer, form: LinksForm) -> None:
    regions = grid.regions_in_sight(session, viewer)
    top = min((region.path.count("/") for region in regions), default=0)
    form.kind.choices = list(kind_names().items())
    form.spread.choices = list(spread_names().items())
    form.region.choices = [
        (region.id, "　" * (region.path.count("/") - top) + region.name) for region in regions
    ]
    form.regions.choices = form.region.choices
    form.touchpoint.choices = [
        ("", _("请选择")),
        *((one.code, one.name) for one in queries.touchpoints(session) if one.active),
    ]
    form.host.choices = [("", _("请选择")), *((host, host) for host in _settings().embed_hosts)]


def _filter() -> LinkFilter:
    kind = request.args.get("kind", "")
    state = request.args.get("state", "")
    return LinkFilter(
        words=request.args.get("q", "").strip()[:60].replace("\x00", ""),
        kind=kind if kind in set(LinkKind) else "",
        active={"on": True, "off": False}.get(state),
    )


def _page_url(survey_id: int, page: int) -> str:
    given: dict[str, Any] = {
        name: value for name, value in request.args.items() if name in {"q", "kind", "state"} and value
    }
    return url_for(".links", survey_id=survey_id, page=page, **given)


def _hidden(session: Session, survey_id: int) -> list[str]:
    """Return the parameters of the hidden questions in what a survey asks now."""
    version_id = asking.published_version_id(session, survey_id)
    if version_id is None:
        return []
    definition = answering.definition(session.connection(), version_id)
    return [question.parameter for question in definition.questions if isinstance(question, HiddenQuestion)]


def _signed_values(found: OpenLink, asked: Sequence[str]) -> dict[str, str]:
    """Return what was typed for the parameters that may be signed; those fixed in the link are not asked."""
    return {
        name: request.args.get(f"p_{name}", "").strip()[: opening.LONGEST_VALUE]
        for name in dict.fromkeys(asked)
        if name not in found.parameters
    }


def _signed_address(found: OpenLink, values: dict[str, str]) -> str | None:
    given = {name: value for name, value in values.items() if value}
    if not given:
        return None
    return opening.signed_address(_settings().huisheng_base_url, found.slug, given)


def _frame(found: OpenLink) -> dict[str, str]:
    """Return the ways to embed a link, as text to copy into the insurer's own page."""
    base, address = _settings().huisheng_base_url, _address(found)
    # Without its stamp: what stands in the insurer's page for years gets our next version within a day.
    script = url_for("static", filename="js/embed.js", v=None)
    return {
        "iframe": f'<iframe src="{address}" title="{_("满意度问卷")}" width="100%" height="640" '
        'style="border:0" loading="lazy"></iframe>',
        "inline": f'<div data-huisheng="{address}"></div>\n<script src="{base}{script}" defer></script>',
        "popup": f'<div data-huisheng="{address}" data-mode="popup" data-delay="8" data-every="30"></div>\n'
        f'<script src="{base}{script}" defer></script>',
    }


def _card(found: OpenLink, region: str) -> Card:
    address = _address(found)
    return Card(
        name=found.name,
        region=region,
        address=address,
        host=urlsplit(address).netloc,
        path=urlsplit(address).path,
        code=Markup(qrcodes.svg(address)),  # noqa: S704 - drawn by us from our own address
    )


def _address(found: OpenLink) -> str:
    return f"{_settings().huisheng_base_url}/q/{found.slug}"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
