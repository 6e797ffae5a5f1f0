"""The whole results page as data: what was asked for, narrowed, counted, labelled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from grid import queries as grid
from grid.models import Region
from grid.rules import Viewer
from journeys import queries as journeys
from surveys import tags
from surveys.counting.store import Columns
from surveys.forms.results import Asking, Filters, Scope, named
from surveys.models import OpenLink, Survey
from surveys.queries import results as reads
from surveys.queries.columns import Kind
from surveys.rules.summaries import asked as versions_asked
from surveys.rules.summaries import narrowing, single
from surveys.rules.summaries.narrowing import Wanted
from surveys.rules.summaries.single import Spread
from surveys.rules.summaries.values import Flags, narrowed
from surveys.rules.texts import DEFAULT_LANGUAGE
from surveys.rules.tongues import name_of
from surveys.sheet import crossing, drivers, questions
from surveys.sheet import funnel as funnels
from surveys.sheet.crossing import CrossTable, Names
from surveys.sheet.drivers import Drivers
from surveys.sheet.funnel import Funnel, OpenFunnel, PageLine
from surveys.sheet.lines import GROUP_RANGES, Block, beside, group_names, label_of

MOST_CHOICES = 30
"""Options of one question that the list of conditions offers; others can be reached by their bars."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A survey's answers ready to be counted for one reader, and which of them are meant."""

    survey: Survey
    scope: Scope
    regions: Sequence[Region]
    links: Sequence[OpenLink]
    touchpoints: Sequence[tuple[str, str]]
    source: Columns
    wanted: Wanted
    mask: Flags

    @property
    def n(self) -> int:
        """How many responses are meant."""
        return int(self.mask.sum())

    @property
    def anonymous(self) -> bool:
        """Whether any version promised that nobody can be told."""
        return any(version.definition.anonymous for version in self.scope.versions.values())


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows. ``other_n`` is the second group's size; ``funnel`` is None where filters do not fit.

    ``by_link`` is how many of the answers came by open links, which the funnel of invitations does not count.
    """

    opened: Opened
    n: int
    in_sight: int
    other_n: int | None
    seconds: Spread | None
    blocks: Sequence[Block]
    funnel: Funnel | None
    open_funnel: OpenFunnel | None
    turned_away: int
    pages: Sequence[PageLine]
    by_link: int
    cross: CrossTable | None
    drivers: Drivers | None
    names: Names
    languages: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]


def opened(session: Session, viewer: Viewer, survey_id: int, asking: Asking, language: str) -> Opened:
    """Return the answers of a survey as far as the reader sees them, narrowed as asked.

    Raises NotFoundError for an unknown survey and for filters that name what is unknown or out of sight.
    """
    survey = reads.survey(session, survey_id)
    versions = reads.versions(session, survey_id)
    regions = grid.regions_in_sight(session, viewer)
    sight = None if viewer.everywhere else frozenset(region.id for region in regions)
    links = reads.links(session, survey_id, sight)
    touchpoints = [(point.code, point.name) for point in journeys.touchpoints(session)]
    groups = [asking.filters, *([asking.other] if asking.other else [])]
    scope = Scope(
        versions,
        versions_asked.asked(versions, language),
        sight,
        _below(regions, {group.get("region") for group in groups}),
        frozenset(code for code, _name in touchpoints),
        frozenset(link.id for link in links),
    )
    wanted = scope.wanted(asking.filters)
    source = Columns(session, Kind.RESPONSES, versions)
    source.load(
        [
            narrowing.ID,
            narrowing.AT,
            narrowing.REGION,
            narrowing.CHANNEL,
            narrowing.LANGUAGE,
            narrowing.SECONDS,
            *{asked.stored(column) for asked in scope.asked for column in asked.columns},
        ]
    )
    return Opened(survey, scope, regions, links, touchpoints, source, wanted, narrowing.mask(source, wanted))


def page(
    session: Session, viewer: Viewer, found: Opened, asking: Asking, language: str, door: Callable[[str], str]
) -> Page:
    """Return everything that the page shows."""
    source, mask, scope = found.source, found.mask, found.scope
    other = narrowing.mask(source, scope.wanted(asking.other)) if asking.other is not None else None
    numbers = {version.number for version in scope.versions.values()}
    blocks = [
        questions.block(asked, source, mask, other, language=language, several=len(numbers) > 1, door=door)
        for asked in scope.asked
        if not found.wanted.versions or asked.versions & found.wanted.versions
    ]
    names = _names(viewer, found, asking.filters)
    invited = _funnel(session, found)
    return Page(
        opened=found,
        n=found.n,
        in_sight=int(narrowing.mask(source, Wanted(scope.sight)).sum()),
        other_n=None if other is None else int(other.sum()),
        seconds=single.spread(narrowed(source.values(narrowing.SECONDS), mask)),
        blocks=_with_words(session, viewer, found, blocks),
        funnel=invited,
        open_funnel=_open_funnel(session, found),
        turned_away=reads.turned_away(session, found.survey.id),
        pages=_pages(session, found, language, invited),
        by_link=int((source.values(narrowing.LINK).known & mask).sum()),
        cross=crossing.table(
            asking.rows, asking.columns, scope, source, mask, names, source.versions(), language
        )
        if asking.rows and asking.columns
        else None,
        drivers=drivers.found(scope.asked, source, mask),
        names=names,
        languages=_seen(source, narrowing.LANGUAGE, names),
        channels=_seen(source, narrowing.CHANNEL, names),
    )


def conditions(found: Opened) -> list[tuple[str, str]]:
    """Return the conditions on answers that the page offers, as ``question:value`` with their labels."""
    offered: list[tuple[str, str]] = []
    for asked in found.scope.asked:
        for column in asked.main:
            title = column.title if asked.matrix else asked.title
            name = named(asked, column)
            if asked.metric is not None:
                labels = group_names(asked.metric)
                offered += [
                    (f"{name}:{low}..{high}", beside(title, labels[group]))
                    for group, (low, high) in GROUP_RANGES[asked.metric].items()
                ]
            elif column.kind in {"option", "options"}:
                offered += [
                    (f"{name}:{option}", beside(title, label))
                    for option, label in column.options[:MOST_CHOICES]
                ]
            elif column.kind == "number" and questions.is_scale(column):
                steps = range(int(column.lowest or 0), int(column.highest or 0) + 1)
                offered += [(f"{name}:{step}", beside(title, str(step))) for step in steps]
            elif column.kind in {"words", "file", "day", "consent", "secret"}:
                offered.append((f"{name}:*", _("%(title)s：已作答", title=title)))
    return offered


def said(found: Opened, token: str, language: str) -> str:
    """Return a condition on an answer as people read it."""
    name, _colon, value = token.partition(":")
    asked, column = found.scope.column(name)
    title = column.title if asked.matrix else asked.title
    if value == "*":
        return str(_("%(title)s：已作答", title=title))
    if asked.metric is not None:
        labels = group_names(asked.metric)
        for group, (low, high) in GROUP_RANGES[asked.metric].items():
            if value == f"{low}..{high}":
                return beside(title, labels[group])
    if column.kind in {"option", "options", "rank", "place"}:
        chosen = [label_of(asked, column, one, language) for one in value.split(",")]
        return beside(title, _("、").join(chosen))
    return beside(title, label_of(asked, column, value, language))


def _with_words(session: Session, viewer: Viewer, found: Opened, blocks: Sequence[Block]) -> list[Block]:
    speakers = {
        block.id: questions.speakers(block.asked, found.source, found.mask)
        for block in blocks
        if block.asked.has_words
    }
    everybody = sorted({one for ids in speakers.values() for one in ids})
    tagged = dict(tags.read(session, viewer, everybody))
    result = []
    for block in blocks:
        if block.id not in speakers:
            result.append(block)
            continue
        ids = speakers[block.id]
        column = next(column for column in block.asked.columns if column.kind == "words")
        latest = reads.words(session, block.asked.stored(column), ids[: questions.LATEST]) if ids else []
        voices = questions.voices(
            block.asked, found.source, found.mask, latest, tagged, ids, anonymous=found.anonymous
        )
        result.append(replace(block, voices=voices))
    return result


def _funnel(session: Session, found: Opened) -> Funnel | None:
    """Return the way of the invitations; None where a filter asks for what an invitation does not have."""
    wanted = found.wanted
    if wanted.answers or wanted.language or wanted.link:
        return None
    asks = Columns(session, Kind.ASKS, found.scope.versions)
    if not asks.n:
        return None
    mask = narrowing.mask(asks, wanted)
    return funnels.funnel(asks, mask) if mask.any() else None


def _open_funnel(session: Session, found: Opened) -> OpenFunnel | None:
    """Return what came of the open links; None where a filter asks for what only an answer has."""
    if found.wanted.answers or found.wanted.language or not found.links:
        return None
    wanted = found.wanted
    if wanted.versions is not None and wanted.versions >= found.scope.versions.keys():
        wanted = replace(wanted, versions=None)  # all there are: the counters of the days hold
    openings = reads.openings(session, found.links, wanted)
    by_link = found.source.values(narrowing.LINK).known & found.mask
    completed = int(by_link.sum())
    if not openings.opened and not completed:
        return None
    return OpenFunnel(openings, completed)


def _pages(session: Session, found: Opened, language: str, invited: Funnel | None) -> list[PageLine]:
    newest = max(found.scope.versions.values(), key=lambda version: version.number)
    ids = found.wanted.versions or frozenset(found.scope.versions)
    if found.wanted.answers or found.wanted.language:
        return funnels.pages(
            newest.definition, found.scope.versions, found.source, found.mask, [], {}, language
        )
    return funnels.pages(
        newest.definition,
        found.scope.versions,
        found.source,
        found.mask,
        reads.stops(session, ids, found.wanted),
        reads.passes(session, ids, found.wanted),
        language,
        invited,
    )


def _below(regions: Sequence[Region], codes: set[str]) -> Mapping[str, frozenset[int]]:
    tops = {region.code: region.path for region in regions if region.code in codes}
    return {
        code: frozenset(region.id for region in regions if region.path.startswith(path))
        for code, path in tops.items()
    }


def _names(viewer: Viewer, found: Opened, filters: Filters) -> Names:
    top = next(
        (region for region in found.regions if region.code == filters.get("region")),
        next((region for region in found.regions if region.id == viewer.region_id), None),
    )
    groups: dict[str, tuple[str, str, set[int]]] = {}
    if top is not None:
        depth = top.path.count("/")
        below = {
            region.path: region
            for region in found.regions
            if region.path.startswith(top.path) and region.path.count("/") <= depth + 1
        }
        for region in found.regions:
            if region.path.startswith(top.path):
                part = (
                    "/".join(region.path.split("/")[: depth + 1]) + "/"
                    if region.path != top.path
                    else top.path
                )
                head = below.get(part, top)
                groups.setdefault(head.code, (head.code, head.name, set()))[2].add(region.id)
    labels = {
        narrowing.CHANNEL: channel_names(),
        narrowing.LANGUAGE: language_names(found.source),
        narrowing.TOUCHPOINT: dict(found.touchpoints),
        narrowing.LINK: {str(link.id): link.name for link in found.links},
        crossing.VERSION: {
            str(version.id): _("第 %(n)s 版", n=version.number)
            for version in sorted(found.scope.versions.values(), key=lambda version: version.number)
        },
    }
    return Names(labels, [(code, name, frozenset(ids)) for code, name, ids in groups.values()])


def _seen(source: Columns, key: str, names: Names) -> list[tuple[str, str]]:
    choices = source.values(key).choices
    return [(one, names.labels[key].get(one, one)) for one in sorted(choices.options if choices else ())]


def channel_names() -> dict[str, str]:
    """Return what the channels are called that questionnaires go out or are opened on."""
    return {
        "email": _("电子邮件"),
        "sms": _("短信"),
        "wechat": _("微信"),
        "web": _("网页"),
        "qr": _("二维码"),
        "poster": _("海报"),
        "kiosk": _("自助终端"),
        "embed": _("嵌入页面"),
    }


def language_names(source: Columns) -> dict[str, str]:
    """Return what the languages are called in which somebody answered."""
    locale = get_locale()
    reader = DEFAULT_LANGUAGE if locale is None else str(locale.language)
    spoken = source.values(narrowing.LANGUAGE).choices
    return {code: name_of(code, reader) for code in (spoken.options if spoken else ())}
