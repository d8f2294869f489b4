"""What can be chosen at the top of the board: agencies near the one that is shown, and periods."""

from datetime import date
from typing import Any

from registry import clock
from registry.metrics.boundaries import Atlas, atlas
from registry.web.board.asking import COUNTRY, OWN, Drawn
from registry.web.board.counting import Board

YEARS = 4
MOST = 400

Group = tuple[str, list[tuple[str, str]]]


def choices(board: Board) -> dict[str, Any]:
    """The options of the form, in groups, with what is chosen."""
    view, says = board.view, board.says
    return {
        "agencies": agencies(board),
        "agency": view.agency or COUNTRY,
        "periods": periods(board),
        "period": view.period or OWN,
        "first": "" if view.period else view.span.start.isoformat(),
        "last": "" if view.period else view.span.end.isoformat(),
        "drawn": [(one.value, says.t(f"board.drawn.{one.value}")) for one in Drawn],
    }


def agencies(board: Board) -> list[Group]:
    """The whole country, what is above the agency, itself, those beside and directly below it, and those at the
    top: from each the next ones are reached."""
    view, says = board.view, board.says
    kept = board.found.once(("board-agencies", view.agency, view.as_of), lambda: _near(board))
    titles = {name: says.t(f"board.agencies.{name}") for name in kept}
    groups: list[Group] = [("", [(COUNTRY, says.t("board.country"))])]
    return groups + [(titles[name], found) for name, found in kept.items() if found]


def _near(board: Board) -> dict[str, list[tuple[str, str]]]:
    states, view = atlas(board.found), board.view
    day = view.as_of
    above, beside, below, tops = _kin(states, view.agency, day)

    def named(codes: list[str]) -> list[tuple[str, str]]:
        return sorted(((code, states.state(code, day).name) for code in codes), key=lambda one: one[0])[:MOST]

    own = [(view.agency, states.state(view.agency, day).name)] if view.agency else []
    return {
        "own": [*((code, states.state(code, day).name) for code in above), *own],
        "below": named(below),
        "beside": named(beside),
        "top": named([code for code in tops if code != view.agency and code not in above]),
    }


def _kin(states: Atlas, agency: str | None, day: date) -> tuple[list[str], list[str], list[str], list[str]]:
    """Those above an agency, the farthest first; beside it; directly below it; and those at the top."""
    tree = states.tree(day)
    alive = [code for code in states.codes() if states.exists(code, day)]
    tops = [code for code in alive if len(tree[code].chain) == 1]
    if agency is None:
        return [], [], [], tops
    chain = tree[agency].chain
    above = list(reversed(chain[1:]))
    parent = states.state(agency, day).parent
    below = [code for code in alive if states.state(code, day).parent == agency and code != agency]
    beside = [code for code in alive if parent and states.state(code, day).parent == parent and code != agency]
    return above, beside, below, tops


def periods(board: Board) -> list[Group]:
    """Years, and the quarters and months of the last of them; days of one's own come last."""
    says, view = board.says, board.view
    today = clock.today()
    last = max(today.year, view.span.end.year)
    first = min(view.span.start.year, last - YEARS + 1)
    years = [str(year) for year in range(last, first - 1, -1)]
    fine = [year for year in years if int(year) >= last - 1 or int(year) == view.span.end.year]
    quarters = [f"{year}-Q{n}" for year in fine for n in (4, 3, 2, 1) if (int(year), 3 * n - 2) <= _month(today)]
    months = [f"{year}-{n:02}" for year in fine for n in range(12, 0, -1) if (int(year), n) <= _month(today)]
    named = {"year": years, "quarter": quarters, "month": months}
    groups = [
        (says.t(f"board.{kind}s"), [(one, says.bucket(one)) for one in found]) for kind, found in named.items()
    ]
    known = {one for found in named.values() for one in found}
    if view.period and view.period not in known:
        groups.append((says.t("board.period"), [(view.period, says.period(view.span))]))
    return [*groups, ("", [(OWN, says.t("board.own-days"))])]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
