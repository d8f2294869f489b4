"""How many of each line's dossiers are what: every total of a report, shared out with rates that differ."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import exp, log

from seeds.apportion import apportion
from seeds.chance import draw, generator
from seeds.lines import Line, once
from seeds.rhythm import Days
from seeds.wanted import Stream

_USUAL = (0.9, 1.1, 0.6)  # how far rates spread: by office, by procedure, by both
_SPREAD = {"late": (4.2, 2.4, 1.2), "overdue": (3.4, 2.0, 1.0), "running": (0.6, 0.6, 0.4)}


def fill(stream: Stream, lines: list[Line], days: Days) -> None:
    """Set the quotas of the lines. Raises ``ValueError`` where the totals of the stream cannot be met."""
    share = Shares(stream, lines)
    _states(share, stream, lines, days)
    _online(share, stream, lines)
    _fees(share, stream, lines)
    share("needs_result", stream.needs_result, [line.ended for line in lines])
    share("e_result", stream.e_result, share.of("needs_result"))
    counts = [line.count for line in lines]
    for name in ("digitised", "reused", "shared", "population", "complained", "petitions"):
        share(name, getattr(stream, name), counts)
    petitions = share.of("petitions")
    share("petitions_on_time", stream.petitions_on_time, petitions)
    late = [count - on_time for count, on_time in zip(petitions, share.of("petitions_on_time"), strict=True)]
    share("petitions_unsatisfied", stream.petitions_unsatisfied, petitions, late)


class Shares:
    """Shares totals out among lines, with rates of their own for each office and each procedure."""

    def __init__(self, stream: Stream, lines: list[Line]) -> None:
        self._about, self._lines = stream.about, lines
        self._offices = [line.office.code for line in lines]
        self._procedures = [line.code for line in lines]

    def of(self, name: str) -> list[int]:
        return [line.quotas[name] for line in self._lines]

    def __call__(
        self,
        name: str,
        total: int,
        caps: Sequence[int],
        floors: Sequence[int] | None = None,
        bases: Sequence[float] | None = None,
    ) -> None:
        """Share ``total`` out, at most ``caps``; ``bases`` are what the rates are of, where not the caps."""
        bases = caps if bases is None else bases
        whole = sum(bases)
        usual = min(max(total / whole if whole else 0.0, 0.0005), 0.9995)
        moods = self._moods(name, log(usual / (1 - usual)))
        weights = [base and base / (1 + exp(-mood)) for base, mood in zip(bases, moods, strict=True)]
        try:
            shares = apportion(total, weights, caps, floors)
        except ValueError as error:
            raise ValueError(f"{self._about}: {name}: {error}") from error
        for line, quota in zip(self._lines, shares, strict=True):
            line.quotas[name] = quota

    def _moods(self, name: str, usual: float) -> Iterator[float]:
        """How each line leans, as the logarithm of odds."""
        office, procedure, both = _SPREAD.get(name, _USUAL)
        chance = generator(name, self._about).random
        offices = {code: usual + office * (chance() - 0.5) for code in dict.fromkeys(self._offices)}
        procedures = {code: procedure * (chance() - 0.5) for code in dict.fromkeys(self._procedures)}
        for at, of in zip(self._offices, self._procedures, strict=True):
            yield offices[at] + procedures[of] + both * (chance() - 0.5)


def _states(share: Shares, stream: Stream, lines: list[Line], days: Days) -> None:
    """Running are those received lately, overdue those received before; what is late was settled by the end."""
    sums = days.sums(stream.about)[0]

    def lately(line: Line) -> float:
        first = max(line.first, line.span.tail)
        whole = sums[line.last] - (sums[line.first - 1] if line.first else 0)
        return (sums[line.last] - (sums[first - 1] if first else 0)) / whole if whole and first <= line.last else 0

    running = stream.received - stream.resolved - stream.overdue
    caps = [line.count if line.span.tail <= line.last else 0 for line in lines]
    share("running", running, caps, bases=[line.count * lately(line) for line in lines])
    caps = [line.count - line.quotas["running"] if line.first < line.span.tail else 0 for line in lines]
    share("overdue", stream.overdue, caps)
    caps = [line.ended if line.first <= line.span.settled else 0 for line in lines]
    share("late", stream.resolved - stream.on_time, caps)


def _online(share: Shares, stream: Stream, lines: list[Line]) -> None:
    caps = [line.count if line.span.online else 0 for line in lines]
    ever = {line.code for line in lines if line.span.online} if stream.online_services else set()
    share("online", stream.online, caps, once(lines, caps, ever))


def _fees(share: Shares, stream: Stream, lines: list[Line]) -> None:
    caps = [line.count if line.span.paid else 0 for line in lines]
    bearing = {line.code for line in lines if line.span.paid}
    share("fee_due", stream.fee_due, caps, once(lines, caps, bearing))
    due = share.of("fee_due")
    chosen = _paid_services(stream, lines)
    caps = [quota if line.code in chosen else 0 for line, quota in zip(lines, due, strict=True)]
    share("paid_online", stream.paid_online, caps, once(lines, caps, chosen if stream.paid_services else set()))


def _paid_services(stream: Stream, lines: list[Line]) -> set[str]:
    """The procedures that were ever paid online: those with many dossiers are likelier."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line.code] += line.quotas["fee_due"]
    bearing = [code for code, count in counts.items() if count]
    likely = sorted(
        bearing, key=lambda code: -log(counts[code] + 1) - 3 * draw("paid", stream.about, code) / 2**64
    )
    return set(likely[: stream.paid_services or len(likely)])
