"""Numbers of the board in words: what is hidden, what there is nothing of, what changed."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from registry.metrics import Value, exports
from registry.metrics.answer import Title
from registry.metrics.exports import Cell, Kind, Sheet, wording
from registry.metrics.periods import Span
from registry.vocabulary import label
from registry.web import writing
from registry.web.wording import said

NONE = "–"
SHORT = 16  # a text in a column of numbers that stands like a number


class Shown(NamedTuple):
    """A cell of a table: its text, where it leads, and whether it stands to the right like a number."""

    text: str
    to: str | None
    right: bool


class Says:
    """Writes in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.t = partial(said, language)

    def count(self, value: int | None) -> str:
        return NONE if value is None else writing.number(self.language, value)

    def percent(self, value: float | None, places: int = 2) -> str:
        """Per cent: 53.13 is ``53,13 %``."""
        return NONE if value is None else f"{writing.decimal(self.language, value, places)} %"

    def share(self, value: float) -> str:
        """A part of one, as it stands inside a bar."""
        return self.percent(100 * value, 0 if value >= 0.1 else 1)

    def points(self, value: float | None) -> str:
        return NONE if value is None else writing.decimal(self.language, value)

    def round(self, value: float) -> str:
        """A number of a scale."""
        return writing.number(self.language, int(value)) if value == int(value) else self._few(value)

    def _few(self, value: float) -> str:
        text = writing.decimal(self.language, value)
        return text.rstrip("0").rstrip(",.")

    def change(self, value: float | None) -> str:
        """With its sign; no change is said as such."""
        if value is None:
            return NONE
        sign = "+" if value > 0 else "−" if value < 0 else "±"
        return f"{sign}{writing.decimal(self.language, abs(value))}"

    def title(self, title: Title) -> str:
        return title.by(self.language)

    def level(self, level: str) -> str:
        return self.label("level", level)

    def label(self, kind: str, value: str) -> str:
        return self.t("board.unknown") if value in ("", "unknown") else label(kind, value, self.language)

    def unit(self, name: str) -> str:
        return self.t(f"board.unit.{name}")

    def reason(self, name: str) -> str:
        """Why something is left out, or what is to be known."""
        return wording.reason(name, self.language)

    def value(self, value: Value, units: Sequence[str]) -> str:
        """A ratio, or a count where there is no denominator. What is hidden, or none, is said."""
        if value.hidden:
            return self.t("board.hidden")
        if value.denominator is None:
            return self.count(value.numerator)
        if value.denominator == 0:
            return self.t(f"board.none.{units[-1]}")
        return self.percent(value.ratio)

    def parts(self, value: Value, units: Sequence[str]) -> str:
        """What a number is made of."""
        if value.hidden or value.numerator is None:
            return self.t("board.hidden.why")
        if value.denominator is None:
            return f"{self.count(value.numerator)} {self.unit(units[0])}"
        return f"{self.count(value.numerator)} / {self.count(value.denominator)} {self.unit(units[-1])}"

    def notes(self, value: Value) -> list[str]:
        """What is to be known of a number: what was left out, its quality, its flags."""
        left = [
            self.t("board.left-out", n=self.count(n), why=self.reason(name)) for name, n in value.excluded.items()
        ]
        known = [f"{self.reason(name)}: {self.count(n)}" for name, n in value.quality.items()]
        return [*left, *known, *map(self.reason, value.flags)]

    def period(self, span: Span) -> str:
        """A period in words."""
        if self.language == "vi":
            return exports.period_text(span.start, span.end)
        days = (span.end - span.start).days + 1
        if span.start == date(span.end.year, 1, 1) and span.end == date(span.end.year, 12, 31):
            return str(span.end.year)
        if days > 1:
            return f"{span.start:%d/%m/%Y} – {span.end:%d/%m/%Y}"
        return f"{span.start:%d/%m/%Y}"

    def bucket(self, name: str) -> str:
        """The name of a month, quarter or year, as people read it."""
        year, _, part = name.partition("-")
        if not part:
            return year
        if part.startswith("Q"):
            return f"{self.t('board.quarter')} {part[1:]}/{year}"
        return f"{part}/{year}"

    def cell(self, value: Cell, kind: Kind) -> str:
        """A cell of a table."""
        if value is None:
            return NONE
        if isinstance(value, date):
            return writing.day(self.language, value)
        if isinstance(value, str):
            return value
        if kind is Kind.COUNT and isinstance(value, int):
            return self.count(value)
        if kind is Kind.CHANGE:
            return self.change(value)
        if kind is Kind.PERCENT:
            return self.percent(value)
        if kind is Kind.NUMBER:
            return self.round(value)
        return writing.decimal(self.language, value, 4 if kind is Kind.PRECISE else 2)

    def table(self, sheet: Sheet, links: Iterable[str | None] = ()) -> dict[str, Any]:
        """A table to be read; ``links`` are the addresses that its rows lead to, and are on their first cell."""
        addresses = [*links]
        rows = [
            [
                Shown(
                    self.cell(value, column.kind),
                    addresses[n] if not place and n < len(addresses) else None,
                    column.kind.right and not (isinstance(value, str) and len(value) > SHORT),
                )
                for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True))
            ]
            for n, row in enumerate(sheet.rows)
        ]
        return {
            "caption": sheet.title,
            "head": [column.title for column in sheet.columns],
            "right": [column.kind.right for column in sheet.columns],
            "rows": rows,
            "strong": sheet.strong,
            "notes": sheet.notes,
            "total": len(sheet.rows),
        }
