"""Everything at one moment."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from registry.api.changes import LARGEST, parts_of
from registry.api.documented import documented
from registry.api.exchange import AHEAD, NDJSON, ahead, exchange_of, streamed
from registry.api.parameters import many, one
from registry.api.problems import ParameterInvalid
from registry.api.service import service_of
from registry.catalogue import versions
from registry.exchange import feed, snapshot
from registry.exchange.protocol import PARTS

MOST_KEYS = 1000
Revision = Annotated[
    int | None,
    QueryParameter(
        description="Everything as it was known at the change of this number; the last by default.",
        ge=0,
        le=LARGEST,
        examples=[Example(summary="1204", value=1204)],
    ),
]
After = Annotated[
    str | None,
    one("after", "Go on after this record of the same revision, as part:key.", "agencies:H55"),
]
Part = Annotated[
    str | None, one("part", "The part of which some records are asked for.", "procedures", enum=PARTS)
]
Keys = Annotated[list[str] | None, many("key", "Only this record of `part`.", "9.000001")]
_LINES = "\n".join(
    (
        '{"part":"snapshot","protocol":1,"registry":"0f8fad5bd9cb469fa16570867728950e","revision":1204,'
        '"mark":"8a7b6c5d4e3f2a1b","digest":"701375b92213d900d5261885648b47c5"}',
        '{"part":"sectors","key":"G04-HT","name":"Hộ tịch"}',
        '{"part":"end","records":1}',
        "",
    )
)


class SnapshotController(Controller):
    path = "/api/snapshot"
    tags = ("exchange",)

    @get(
        summary="Take everything at one moment",
        responses={
            200: ResponseSpec(
                str,
                media_type=NDJSON,
                description="Lines: a head, one for each record, an end.",
                generate_examples=False,
                examples=[Example(summary="three lines", value=_LINES)],
            ),
            **documented(400),
            **AHEAD,
        },
    )
    async def lines(
        self,
        request: Request[Any, Any, Any],
        revision: Revision = None,
        after: After = None,
        part: Part = None,
        key: Keys = None,
    ) -> Response[Any]:
        """The first line says the revision and its digest; follow `/api/changes` with `since` = that revision.
        Then each sector, agency, announcement and procedure with all that is believed of it, the past included,
        what is named before what names it. The last line says how many there were: without it the answer was cut
        off. A revision stays the same for ever, so that one that broke off goes on with `revision` and `after`."""
        chosen = _chosen(part, key)
        after = _after(after)
        exchange, database = exchange_of(request), service_of(request).database
        await exchange.identity()
        async with database.snapshot():
            root = await exchange.root()
            last = await versions.revision(database)
            wanted = last if revision is None else revision
            if wanted > last:
                raise ahead(f"revision {wanted} is beyond the last change {last}")
            mark = (await feed.marks(database, [wanted]))[wanted]
        digest = root.digest if root.revision == wanted else None

        def told() -> AsyncIterator[bytes]:
            return snapshot.stream(database, root.registry, wanted, mark, digest=digest, after=after, keys=chosen)

        return streamed(request, wanted, told)


def _chosen(part: str | None, keys: list[str] | None) -> tuple[str, list[str]] | None:
    if not part and not keys:
        return None
    if not part or not keys:
        raise ParameterInvalid("part" if keys else "key", "part and key: give both, or neither")
    if len(keys) > MOST_KEYS:
        raise ParameterInvalid("key", f"key: give at most {MOST_KEYS}")
    return parts_of([part])[0], list(dict.fromkeys(keys))


def _after(given: str | None) -> str:
    part, colon, _ = (given or "").partition(":")
    if given and (not colon or part not in PARTS):
        raise ParameterInvalid("after", f"after: {given[:40]!r} is no position: write it as part:key", list(PARTS))
    return given or ""
