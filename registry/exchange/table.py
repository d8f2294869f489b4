"""The catalogue as flat tables: which columns there are, and how each is read from a version.

What the columns are called and mean is data, in ``tables.toml``; every row of a table starts with the code and the
first day of the version, which join the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from registry.catalogue.versions import Version
from registry.exchange.holdings import Batch, Wanted
from registry.exchange.profile import ONLINE_SCHEMES, SCHEMES, TRAITS
from registry.procedure import Announcement, Procedure
from registry.sections import LABELS as SECTIONS
from registry.sections import SEVEN_PARTS, missing_parts
from registry.vocabulary import LABELS, Label, Role

Value = str | int | float | date | None
Read = Callable[["Row"], Any]


class Column(msgspec.Struct, frozen=True):
    """A column: its name, how it is typed, and what it means in both languages."""

    kind: str
    vi: str
    en: str
    name: str = ""
    unit: str = ""
    values: str = ""
    about_vi: str = ""
    about_en: str = ""

    def heading(self, words: str) -> str:
        """What stands above the column: its ``name``, or its words in ``vi`` or ``en``."""
        return self.vi if words == "vi" else self.en if words == "en" else self.name


class Words(msgspec.Struct, frozen=True):
    """What a table is called, and what its rows are."""

    vi: str
    en: str
    about_vi: str
    about_en: str


class Row(NamedTuple):
    """What a row is read from: a version, and where its table goes further down the channel or case of this number
    as the ``whole``, and the fee line, paper or act as the ``part``."""

    version: Version
    announcements: Mapping[str, Announcement]
    wanted: Wanted
    number: int = 0
    whole: Any = None
    part: Any = None

    @property
    def procedure(self) -> Procedure:
        return self.version.procedure


class Table(NamedTuple):
    """One table: its words, its columns, and how versions become rows."""

    name: str
    words: Words
    columns: tuple[Column, ...]
    reads: tuple[Read, ...]
    split: Callable[[Row], Iterator[Row]]

    def rows(self, batch: Batch, wanted: Wanted) -> Iterator[list[Value]]:
        """The rows of a batch of versions, each cell of its column's kind."""
        for version in batch.versions:
            for row in self.split(Row(version, batch.announcements, wanted)):
                yield [_cell(column, read(row)) for column, read in zip(self.columns, self.reads, strict=True)]


def _cell(column: Column, value: Any) -> Value:
    if column.kind == "flag":
        return "unknown" if value is None else "true" if value else "false"
    if column.kind in ("list", "choices"):
        # One value a line: names contain commas, semicolons and bars, but no line breaks.
        return "\n".join(" ".join(one.split()) for one in value if one)
    return None if value == "" else value


def _announced(row: Row, key: str | None, field: str) -> Any:
    found = row.announcements.get(key) if key else None
    if found is None:
        return key if field == "number" else None
    return getattr(found, field)


def _names(row: Row, role: Role) -> list[str]:
    return [agency.name for agency in row.procedure.by_role(role)]


_IDENTITY: dict[str, Read] = {
    "code": lambda row: row.version.code,
    "validFrom": lambda row: row.version.valid_from,
}
_PROCEDURE: dict[str, Read] = {
    "code": _IDENTITY["code"],
    "name": lambda row: row.procedure.name,
    "validFrom": _IDENTITY["validFrom"],
    "validTo": lambda row: row.version.valid_to,
    "announcement": lambda row: _announced(row, row.version.announcement, "number"),
    "decided": lambda row: _announced(row, row.version.announcement, "decided"),
    "effective": lambda row: _announced(row, row.version.announcement, "effective"),
    "endedBy": lambda row: _announced(row, row.version.ended_by, "number"),
    "scope": lambda row: row.procedure.scope,
    "localCode": lambda row: row.procedure.local_code,
    "sectorCodes": lambda row: [one.code for one in row.procedure.sectors],
    "sectors": lambda row: [one.name for one in row.procedure.sectors],
    "levels": lambda row: row.procedure.levels,
    "issuerCode": lambda row: row.procedure.issuer.code if row.procedure.issuer else None,
    "issuer": lambda row: row.procedure.issuer.name if row.procedure.issuer else None,
    "executingCodes": lambda row: [one.code for one in row.procedure.by_role(Role.EXECUTING)],
    "executing": lambda row: _names(row, Role.EXECUTING),
    "competent": lambda row: _names(row, Role.COMPETENT),
    "coordinating": lambda row: _names(row, Role.COORDINATING),
    "authorised": lambda row: _names(row, Role.AUTHORISED),
    "onlineLevel": lambda row: row.procedure.online_level,
    "onlineScheme": lambda row: row.procedure.online_level.scheme if row.procedure.online_level else None,
    "channels": lambda row: row.procedure.channels,
    "feeState": lambda row: row.procedure.fee,
    "audiences": lambda row: [one.name for one in row.procedure.audiences],
    "lifeEvents": lambda row: [one.name for one in row.procedure.life_events],
    "outputs": lambda row: [one.name for one in row.procedure.outputs],
    "keywords": lambda row: row.procedure.keywords,
    **{TRAITS[name]: attrgetter(f"procedure.{name}") for name in TRAITS},
    "stepCount": lambda row: len(row.procedure.steps),
    "caseCount": lambda row: len(row.procedure.cases),
    "paperCount": lambda row: sum(len(case.papers) for case in row.procedure.cases),
    "missingParts": lambda row: missing_parts(row.procedure),
    "illustrative": lambda row: row.procedure.illustrative,
    "digest": lambda row: row.version.digest,
    "url": lambda row: f"{row.wanted.publication.address}/api/procedures/{quote(row.version.code, safe='')}",
}
_CHANNEL: dict[str, Read] = {
    **_IDENTITY,
    "channelLine": lambda row: row.number,
    "channel": lambda row: row.whole.channel,
}
_READS: dict[str, dict[str, Read]] = {
    "procedures": _PROCEDURE,
    "channels": {
        **_CHANNEL,
        "timeValue": lambda row: row.whole.time.value if row.whole.time else None,
        "timeUnit": lambda row: row.whole.time.unit if row.whole.time else None,
        "timeText": lambda row: row.whole.time.text if row.whole.time else None,
    },
    "fees": {
        **_CHANNEL,
        "feeKind": lambda row: row.part.kind,
        "lineState": lambda row: row.part.state,
        "amount": lambda row: row.part.amount,
        "currency": lambda row: row.part.currency,
        "feeText": lambda row: row.part.text,
    },
    "papers": {
        **_IDENTITY,
        "caseLine": lambda row: row.number,
        "case": lambda row: row.whole.name,
        "paper": lambda row: row.part.name,
        "paperCode": lambda row: row.part.code,
        "originals": lambda row: row.part.originals,
        "copies": lambda row: row.part.copies,
        "required": lambda row: row.part.required,
        "electronic": lambda row: row.part.electronic,
        "forms": lambda row: [form.name for form in row.part.forms],
    },
    "bases": {
        **_IDENTITY,
        "actNumber": lambda row: row.part.number,
        "actTitle": lambda row: row.part.title,
    },
}


def _ways(row: Row) -> Iterator[Row]:
    for number, way in enumerate(row.procedure.ways, 1):
        yield row._replace(number=number, whole=way)


def _fees(row: Row) -> Iterator[Row]:
    for each in _ways(row):
        for fee in each.whole.fees:
            yield each._replace(part=fee)


def _papers(row: Row) -> Iterator[Row]:
    for number, case in enumerate(row.procedure.cases, 1):
        for paper in case.papers:
            yield row._replace(number=number, whole=case, part=paper)


_SPLITS: dict[str, Callable[[Row], Iterator[Row]]] = {
    "procedures": lambda row: iter((row,)),
    "channels": _ways,
    "fees": _fees,
    "papers": _papers,
    "bases": lambda row: (row._replace(part=basis) for basis in row.procedure.legal_bases),
}
NAMES = tuple(_READS)


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    """Every table by its name."""
    told = msgspec.toml.decode(files(__package__).joinpath("tables.toml").read_bytes())
    columns = {name: msgspec.convert({**words, "name": name}, Column) for name, words in told["column"].items()}
    for name, words in LABELS["trait"].items():
        columns[TRAITS[name]] = Column("flag", words.vi, words.en, TRAITS[name])
    return {
        name: Table(
            name,
            msgspec.convert(told[name], Words),
            tuple(columns[column] for column in reads),
            tuple(reads.values()),
            _SPLITS[name],
        )
        for name, reads in _READS.items()
    }


def choices(column: Column) -> dict[str, Label]:
    """What a column may hold, with its words, where that is a closed list."""
    if column.kind == "flag":
        return dict(LABELS["flag"])
    if column.values == "part":
        return {name: SECTIONS[name] for name in SEVEN_PARTS}
    if column.values == "online-scheme":
        return {scheme.value: label for scheme, label in ONLINE_SCHEMES.items()}
    if not column.values:
        return {}
    scheme = SCHEMES[column.values]
    return {value.value: scheme.words[value] for value in scheme.values}
