"""The audit log at the desk: who did what, the proof that it is whole, and all of it as a file."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter
from litestar.response import Stream

from registry import clock
from registry.access import audit, keys, people
from registry.access.audit import Entry, Head
from registry.api.access import database_of
from registry.api.audit import MOST_NUMBER, lines
from registry.api.parameters import one, text_of
from registry.api.problems import ParameterInvalid
from registry.engine import Database
from registry.exchange.delimited import MARK, line
from registry.web.desk.entry import page, signed_in
from registry.web.wording import words

HOME = "/bien-tap/nhat-ky"
SHOWN = 100
ROOMS = (
    "session",
    "key",
    "person",
    "draft",
    "announcement",
    "reorganisation",
    "intake",
    "upload",
    "dossiers",
    "layer",
    "webhook",
    "report",
)
Who = Annotated[str | None, one("nguoi", "Only what this person, key or command did.", "5f0c21d4a9be")]
What = Annotated[str | None, one("viec", "Only what was done in this room.", "key", enum=list(ROOMS))]
About = Annotated[str | None, one("doi-tuong", "Only what was done to this.", "H55")]
Before = Annotated[int | None, QueryParameter(name="truoc", ge=1, le=MOST_NUMBER)]
Noted = Annotated[str | None, one("dau", "A head that was noted earlier.", "17:9f86…")]
Kind = Annotated[str | None, one("dang", "As which file.", "csv", enum=["csv", "ndjson"])]
_COLUMNS = ("number", "at", "kind", "actor", "name", "address", "action", "subject", "detail", "digest")


class Shown(NamedTuple):
    """An entry for people: the key of the words for what was done (empty: there are none), and when."""

    entry: Entry
    word: str
    at: datetime
    detail: list[tuple[str, str]]


class AuditPages(Controller):
    path = HOME
    guards = (signed_in("admin"),)

    @get()
    async def entries(
        self,
        request: Request[Any, Any, Any],
        actor: Who = None,
        action: What = None,
        subject: About = None,
        before: Before = None,
    ) -> Response[Any]:
        """What was done, latest first."""
        if action and action not in ROOMS:
            raise ParameterInvalid("viec", f"{action[:40]!r} is no room", list(ROOMS))
        database = database_of(request)
        found = await audit.latest(
            database,
            SHOWN + 1,
            before=before,
            actor=text_of("nguoi", actor) or None,
            subject=text_of("doi-tuong", subject) or None,
            action=f"{action}." if action else None,
        )
        data = {
            "entries": [_shown(one) for one in found[:SHOWN]],
            "next": found[SHOWN - 1].number if len(found) > SHOWN else None,
            "head": await audit.head(database),
            "everybody": await _everybody(database),
            "rooms": ROOMS,
            "given": {"nguoi": actor or "", "viec": action or "", "doi-tuong": subject or ""},
        }
        return await page(request, "desk/audit.html", data)

    @get("/kiem-tra")
    async def verify(self, request: Request[Any, Any, Any], noted: Noted = None) -> Response[Any]:
        """Prove that no entry was changed or removed, also against a head that was noted elsewhere."""
        known, database = _head(noted), database_of(request)
        async with database.snapshot():
            head = await audit.head(database)
            breaks = await audit.verify(database, known)
        data = {"head": head, "breaks": breaks, "noted": noted or ""}
        return await page(request, "desk/audit_proof.html", data)

    @get("/tai-ve")
    async def export(self, request: Request[Any, Any, Any], kind: Kind = None) -> Response[Any]:
        """The whole log, in the order of its chain."""
        if kind not in (None, "", "csv", "ndjson"):
            raise ParameterInvalid("dang", f"{kind[:40]!r} is no kind of file", ["csv", "ndjson"])
        csv = kind == "csv"
        name = f"nhat-ky-{clock.today()}.{'csv' if csv else 'ndjson'}"
        database = database_of(request)
        return Stream(
            table(database) if csv else lines(database),
            media_type="text/csv; charset=utf-8" if csv else "application/x-ndjson",
            headers={"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'},
        )


async def table(database: Database) -> AsyncIterator[bytes]:
    """The log as CSV, with its headings."""
    yield (MARK + line(_COLUMNS)).encode()
    async for batch in audit.stream(database):
        rows = ((*msgspec.structs.astuple(one)[:8], bytes(one.detail).decode(), one.digest) for one in batch)
        yield "".join(map(line, rows)).encode()


def _head(text: str | None) -> Head | None:
    if not text or not text.strip():
        return None
    number, _, digest = text.strip().partition(":")
    if not (number.isascii() and number.isdecimal()) or int(number) > MOST_NUMBER or len(digest) != 64:
        raise ParameterInvalid("dau", "a head is a number, a colon and 64 hexadecimal digits, as shown here")
    return Head(int(number), digest)


def _shown(entry: Entry) -> Shown:
    key = f"upkeep.audit.did.{entry.action}"
    detail = msgspec.json.decode(entry.detail, type=dict[str, Any])
    told = [(name, _plain(value)) for name, value in detail.items() if value not in (None, "", [], {})]
    return Shown(entry, key if key in words() else "", datetime.fromisoformat(entry.at), told)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _everybody(database: Database) -> list[tuple[str, str]]:
    """Who may have done something: people, and keys."""
    found = [(one.id, f"{one.name} ({one.login})") for one in await people.listed(database)]
    return [*found, *((one.id, one.name) for one in await keys.listed(database))]
