"""Coverage: what the catalogue offers, in all, by level, by sector, by agency."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from registry.metrics import Answer, Dimension, Value
from registry.metrics.exports import Column, Kind, Report, Sheet
from registry.vocabulary import OnlineLevel
from registry.web.board.answering import Made, about, answered
from registry.web.board.asking import Given
from registry.web.board.counting import Board
from registry.web.board.saying import Says
from registry.web.charts import Bar, Chart, Part, Row, bars, stacked
from registry.web.charts.stacked import Says as Written

# The two schemes are counted apart, and nothing is in both.
NEW = (OnlineLevel.FULL, OnlineLevel.PARTIAL, OnlineLevel.INFORMATION)
OLD = (OnlineLevel.LEVEL_4, OnlineLevel.LEVEL_3, OnlineLevel.LEVEL_2, OnlineLevel.LEVEL_1)
SHARES = (
    "PAYMENT_PROVIDED",
    "E_RESULT_OFFERED",
    "POSTAL",
    "SERVICE_CENTRE",
    "PUBLIC_CONTENT_FULL",
)
COUNTED = ("PROCEDURES", "ONLINE_FULL", "ONLINE_PARTIAL", "LEVEL_2_UP", "LEVEL_3", "LEVEL_4")
DRAWN = 12  # sectors in the chart; the table has all


class Offer(msgspec.Struct, frozen=True):
    """What a part of the catalogue offers: procedures, those of each online level in either scheme, and shares."""

    name: str
    code: str
    procedures: int
    new: tuple[int, ...]
    old: tuple[int, ...]
    shares: tuple[Value, ...]

    @property
    def ungraded(self) -> int:
        """Those whose online level the source does not say."""
        return max(0, self.procedures - sum(self.new) - sum(self.old))


class OfferPages(Controller):
    path = "/do-phu"

    @get()
    async def coverage(self, request: Request[Any, Any, Any], given: NamedDependency[Given]) -> Response[Any]:
        """What is offered online, paid, issued electronically, posted, received at the centre."""
        return await answered(request, given, "board/coverage.html", _make)


async def _make(board: Board) -> Made:
    says = board.says
    (whole,) = await _offers(board, ())
    cuts = {
        Dimension.LEVEL: await _offers(board, (Dimension.LEVEL,)),
        Dimension.SECTOR: await _offers(board, (Dimension.SECTOR,)),
        Dimension.AGENCY: await _offers(board, (Dimension.AGENCY,)) if board.view.agency else [],
    }
    channels = (await board.asked(["PROCEDURES"], (Dimension.CHANNEL,)))["PROCEDURES"]
    ranked = {dim: sorted(found, key=lambda one: (-one.procedures, one.code)) for dim, found in cuts.items()}
    levels = sorted(cuts[Dimension.LEVEL], key=lambda one: _order(one.code))
    sheets = {
        dim: _sheet(says, says.t(f"board.by.{dim.value}"), [whole, *found])
        for dim, found in {**ranked, Dimension.LEVEL: levels}.items()
        if found
    }
    to = board.to
    links = [None, *(to("/so-lieu/do-phu", **{"co-quan": one.code}) for one in ranked[Dimension.AGENCY])]
    data = {
        "whole": whole,
        "new": _scheme(says, "new", [whole, *levels]),
        "old": _scheme(says, "old", [whole, *levels]),
        "sectors": _scheme(says, "new", ranked[Dimension.SECTOR][:DRAWN], by="sector"),
        "shares": _shares(says, whole, await board.asked(list(SHARES))),
        "channels": _channels(says, whole, channels),
        "tables": [
            {"id": dim.value, "table": says.table(sheet, links if dim is Dimension.AGENCY else ())}
            for dim, sheet in sheets.items()
        ],
    }
    title = says.t("board.coverage.title")
    report = Report(title, about(board), tuple(sheets.values()), board.view.as_of)
    return Made(data, lambda: report, "do-phu")


def _order(level: str) -> tuple[bool, int]:
    places = ("ministry", "province", "district", "commune", "other")
    return (level not in places, places.index(level) if level in places else 0)


async def _offers(board: Board, cut: tuple[Dimension, ...]) -> list[Offer]:
    """The whole, or each of its parts, worked out once for a revision of the store."""
    view = board.view
    key = ("board-offers", board.now, cut, view.agency, view.span, view.as_of, view.drawn, board.says.language)
    kept: dict[str, list[Offer]] = board.found.once(key, dict)
    if "found" not in kept:
        kept["found"] = await _counted(board, cut)
    return kept["found"]


async def _counted(board: Board, cut: tuple[Dimension, ...]) -> list[Offer]:
    answers = await board.asked([*COUNTED, *SHARES], cut)
    if not cut:
        values = {name: answer.value for name, answer in answers.items()}
        return [_offer(board.says.t("board.all"), "", values)]
    parts: dict[str, dict[str, Value]] = {}
    names: dict[str, str] = {}
    for name, answer in answers.items():
        for group in answer.groups:
            code = group.keys[0].value
            parts.setdefault(code, {})[name] = group.value
            names[code] = _named(board.says, cut[0], code, group.keys[0].name)
    return [_offer(names[code], code, values) for code, values in parts.items()]


def _named(says: Says, cut: Dimension, code: str, name: str) -> str:
    return says.label(cut.value, code) if cut is Dimension.LEVEL or code == "unknown" else name


def _offer(name: str, code: str, values: dict[str, Value]) -> Offer:
    nothing = Value(0, 0, None)

    def top(indicator: str) -> int:
        return values.get(indicator, nothing).numerator or 0

    def bottom(indicator: str) -> int:
        return values.get(indicator, nothing).denominator or 0

    full, partial = top("ONLINE_FULL"), top("ONLINE_PARTIAL")
    four, three, two_up = top("LEVEL_4"), top("LEVEL_3"), top("LEVEL_2_UP")
    return Offer(
        name,
        code,
        top("PROCEDURES"),
        (full, partial, bottom("ONLINE_FULL") - full - partial),
        (four, three, two_up - three - four, bottom("LEVEL_2_UP") - two_up),
        tuple(values.get(one, nothing) for one in SHARES),
    )


def _written(says: Says) -> Written:
    return Written(says.count, says.share, says.t("board.none.procedures"), says.t("board.sum"))


def _scheme(says: Says, scheme: str, found: Sequence[Offer], by: str = "level") -> Chart | None:
    """The online levels of one scheme; ``None`` where nothing is graded in it."""
    levels = NEW if scheme == "new" else OLD
    counts = [(one.name, one.new if scheme == "new" else one.old) for one in found]
    rows = [Row(name, numbers) for name, numbers in counts if sum(numbers)]
    if not rows:
        return None
    parts = [Part(says.t(f"board.online.{one.value}"), n) for n, one in enumerate(levels, 1)]
    title = f"{says.t(f'board.scheme.{scheme}')} – {says.t(f'board.by.{by}').lower()}"
    return stacked(title, parts, rows, head=says.t(f"board.by.{by}"), says=_written(says))


def _shares(says: Says, whole: Offer, answers: dict[str, Answer]) -> Chart:
    """What share of the procedures has each quality, of those of which it is known."""
    found = []
    for name, value in zip(SHARES, whole.shares, strict=True):
        answer = answers[name]
        found.append(Bar(says.t(f"board.short.{name}"), value.ratio, says.value(value, answer.units)))
    head = (says.t("board.shares"), says.t("board.share"))
    return bars(says.t("board.shares"), found, head=head, said=lambda value: says.percent(value, 0), most=100.0)


def _channels(says: Says, whole: Offer, answer: Answer) -> Chart:
    """Procedures by channel; most have several."""
    found = [
        Bar(
            says.label("channel", group.keys[0].value),
            100 * (group.value.numerator or 0) / whole.procedures if whole.procedures else None,
            says.count(group.value.numerator),
        )
        for group in answer.groups
    ]
    found.sort(key=lambda bar: -(bar.value or 0))
    head = (says.t("board.channel"), says.t("board.procedures"))
    title = says.t("board.channels")
    return bars(title, found, head=head, said=lambda value: says.percent(value, 0), most=100.0)


def _sheet(says: Says, title: str, found: Sequence[Offer]) -> Sheet:
    """Every number of the page; columns of a scheme in which nothing is graded are left out."""
    schemes = [
        (prefix, levels, place)
        for prefix, levels, place in (("new", NEW, 0), ("old", OLD, 1))
        if any(sum((one.new, one.old)[place]) for one in found)
    ]
    columns = [Column("name", title), Column("procedures", says.t("board.procedures"), Kind.COUNT)]
    for _, levels, _ in schemes:
        columns += [Column(one.value, says.t(f"board.online.{one.value}"), Kind.COUNT) for one in levels]
    columns.append(Column("ungraded", says.t("board.ungraded"), Kind.COUNT))
    for name in SHARES:
        short = says.t(f"board.short.{name}")
        columns += [
            Column(f"{name}_numerator", short, Kind.COUNT),
            Column(f"{name}_denominator", f"{short}: {says.t('board.of')}", Kind.COUNT),
            Column(f"{name}_ratio", f"{short} (%)", Kind.PERCENT),
        ]
    rows = []
    for one in found:
        graded = [number for _, _, place in schemes for number in (one.new, one.old)[place]]
        shares = [part for value in one.shares for part in (value.numerator, value.denominator, value.ratio)]
        rows.append((one.name, one.procedures, *graded, one.ungraded, *shares))
    strong = frozenset(n for n, one in enumerate(found) if not one.code)
    return Sheet(title, title, tuple(columns), tuple(rows), (), strong)
