"""Reports of citizens: taken in once, listed, answered within five working days."""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b

import msgspec
from piccolo.querystring import QueryString

from registry import clock
from registry.access import audit
from registry.access.actors import Actor
from registry.calendar import add_working
from registry.engine import Database, Row
from registry.feedback.masking import masked
from registry.feedback.report import EXPLAINED, OWED, Kind, Report, ReportInvalid, ReportNotFound, State
from registry.sections import SECTIONS

ANSWERED_WITHIN = 5
"""Working days. A house rule: no act binds a guide, and a report that waits longer is read by nobody."""
MOST_TEXT = 2000
MOST_ANSWER = 4000
MOST_ONCE = 200
COLUMNS = (
    "number, kind, state, code, agency, version, shown, sections, text, masked, day, received_at, due, answer, "
    "answered_at, answered_by"
)
_sections = msgspec.json.Decoder(tuple[str, ...]).decode


class Handed(msgspec.Struct, frozen=True):
    """What somebody hands in. ``once`` is the same for a form that is sent twice."""

    kind: Kind
    code: str
    once: str
    text: str = ""
    sections: tuple[str, ...] = ()
    agency: str = ""
    version: str = ""
    shown: date | None = None

    def check(self) -> None:
        """Raises ``ReportInvalid`` for what cannot be taken in."""
        if not 0 < len(self.once) <= MOST_ONCE:
            raise ReportInvalid("once", f"give 1 to {MOST_ONCE} characters that tell this form from others")
        if len(self.text) > MOST_TEXT:
            raise ReportInvalid("text", f"has {len(self.text)} characters: give at most {MOST_TEXT}")
        if "\0" in self.text:
            raise ReportInvalid("text", "holds a null character")
        if self.kind is Kind.WRONG and not self.text.strip():
            raise ReportInvalid("text", "say what is wrong")
        for section in self.sections:
            if section not in SECTIONS:
                known = ", ".join(SECTIONS)
                raise ReportInvalid("sections", f"{section[:40]!r} is no section; there is {known}")


class Taken(msgspec.Struct, frozen=True):
    """The number of a report, and whether it had been taken in before."""

    number: int
    again: bool
    masked: int


class ReportPage(msgspec.Struct, frozen=True, rename="camel"):
    """Reports in one state, oldest first while an answer is owed, else latest first. ``next`` continues after the
    last; ``total`` is how many there are, ``late`` how many of them are past their day."""

    items: tuple[Report, ...]
    next: str | None
    total: int
    late: int


async def hand_in(database: Database, handed: Handed) -> Taken:
    """Take a report in, under the next number; one with the same ``once`` keeps the number it has.

    Telephone numbers, e-mail addresses and numbers of identity papers are masked before it is stored. A yes is
    noted at once, and so is a no without a word. Raises ``ReportInvalid``. Opens a transaction.
    """
    handed.check()
    clean = masked(handed.text.strip())
    once = blake2b(handed.once.encode(errors="surrogatepass"), digest_size=16).hexdigest()

    async def write() -> Taken:
        found = await database.rows(QueryString("SELECT number, masked FROM report WHERE once = {}", once))
        if found:
            return Taken(found[0]["number"], again=True, masked=found[0]["masked"])
        last = await database.rows(QueryString("SELECT COALESCE(MAX(number), 0) AS number FROM report"))
        number = last[0]["number"] + 1
        await _insert(database, number, handed, clean.text, clean.many, once)
        return Taken(number, again=False, masked=clean.many)

    return await database.transact(write)


async def _insert(database: Database, number: int, handed: Handed, text: str, count: int, once: str) -> None:
    owed = handed.kind is Kind.WRONG or (handed.kind is Kind.NO and bool(text))
    moment = clock.now()
    day = clock.day_of(moment)
    values = (
        number,
        handed.kind.value,
        (State.OPEN if owed else State.NOTED).value,
        handed.code,
        handed.agency,
        handed.version,
        handed.shown,
        msgspec.json.encode(list(dict.fromkeys(handed.sections))).decode(),
        text,
        count,
        day,
        moment,
        add_working(day, ANSWERED_WITHIN) if owed else None,
        "",
        None,
        "",
        once,
    )
    marks = ", ".join(["{}"] * len(values))
    await database.rows(QueryString(f"INSERT INTO report ({COLUMNS}, once) VALUES ({marks})", *values))


async def report(database: Database, number: int) -> Report:
    """A report by its number. Raises ``ReportNotFound``."""
    rows = []
    if 0 < number < 2**63:
        rows = await database.rows(QueryString(f"SELECT {COLUMNS} FROM report WHERE number = {{}}", number))
    if not rows:
        raise ReportNotFound(number)
    return _report(rows[0])


async def reports(
    database: Database,
    state: State | None = State.OPEN,
    limit: int = 50,
    cursor: str | None = None,
    *,
    agencies: Sequence[str] | None = None,
    code: str | None = None,
) -> ReportPage:
    """A page of the reports in ``state`` (``None``: all), on procedures issued by ``agencies`` (``None``: any), of
    one procedure where ``code`` is given. ``cursor`` is the ``next`` of the page before. Raises ``ReportInvalid``
    where it is none."""
    where = _where(state, agencies, code)
    owed = state in OWED
    order = "number" if owed else "number DESC"
    place = QueryString("1 = 1")
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise ReportInvalid("cursor", "give the `next` of the page before, or leave it out")
        place = QueryString("number > {}" if owed else "number < {}", int(cursor))
    rows = await database.rows(
        QueryString(
            f"SELECT {COLUMNS} FROM report WHERE {{}} AND {{}} ORDER BY {order} LIMIT {{}}",
            where,
            place,
            limit + 1,
        )
    )
    total = await database.rows(QueryString("SELECT COUNT(*) AS n FROM report WHERE {}", where))
    late = await database.rows(
        QueryString(
            "SELECT COUNT(*) AS n FROM report WHERE {} AND state IN ('open', 'working') AND due < {}",
            where,
            clock.today(),
        )
    )
    following = str(rows[limit - 1]["number"]) if len(rows) > limit else None
    return ReportPage(tuple(map(_report, rows[:limit])), following, total[0]["n"], late[0]["n"])


def _where(state: State | None, agencies: Sequence[str] | None, code: str | None) -> QueryString:
    conditions = [QueryString("1 = 1")]
    if state is not None:
        conditions.append(QueryString("state = {}", state.value))
    if agencies is not None:
        marks = QueryString(", ".join(["{}"] * len(agencies)), *agencies)
        conditions.append(QueryString("agency IN ({})", marks) if agencies else QueryString("1 = 0"))
    if code is not None:
        conditions.append(QueryString("code = {}", code))
    return QueryString(" AND ".join(["{}"] * len(conditions)), *conditions)


async def answer(database: Database, number: int, actor: Actor, state: State, text: str = "") -> Report:
    """Let a report stand in ``state``, with what the citizen is told; it is audited.

    Whoever corrects or declines says why. An answer may be given anew. Raises ``ReportNotFound``,
    ``ReportInvalid``. Opens a transaction.
    """
    text = text.strip()
    if state is State.OPEN:
        raise ReportInvalid("state", "an answer cannot leave a report as it came in")
    if state in EXPLAINED and not text:
        raise ReportInvalid("text", "say what was done, or why nothing was")
    if len(text) > MOST_ANSWER or "\0" in text:
        raise ReportInvalid("text", f"give at most {MOST_ANSWER} characters, and no null character")

    async def write() -> Report:
        await report(database, number)
        await database.rows(
            QueryString(
                "UPDATE report SET state = {}, answer = {}, answered_at = {}, answered_by = {} WHERE number = {}",
                state.value,
                text,
                clock.now(),
                actor.id,
                number,
            )
        )
        await audit.record(database, actor, "report.answer", str(number), {"state": state.value, "text": text})
        return await report(database, number)

    return await database.transact(write)


def _report(row: Row) -> Report:
    return Report(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "state": State(row["state"]),
            "sections": _sections(row["sections"]),
        }
    )
