"""Whose catalogue a procedure belongs to, and what a source that leaves procedures out ends by it."""

from datetime import date

from piccolo.querystring import QueryString

from registry.catalogue.versions import believed, holding
from registry.engine import Database
from registry.exchange.portal.listing import Listing
from registry.indexing import PROVINCE_LEVELS
from registry.intake import compare
from registry.procedure import Procedure
from registry.vocabulary import Scope


def covers(province: str, procedure: Procedure) -> bool:
    """Whether ``procedure`` is in this province's catalogue: national at its levels, or announced by itself.

    The same as the interface's filter ``province``; an empty province has everything.
    """
    if not province:
        return True
    if procedure.scope is Scope.NATIONAL and PROVINCE_LEVELS & set(procedure.levels):
        return True
    code = procedure.issuer.code if procedure.issuer else None
    return (code or "").split(".")[0] == province


async def missing(
    database: Database, day: date, format_name: str, listing: Listing, province: str, only: set[str] | None
) -> list[str]:
    """Codes in force that came from this source, belong to the province, and are listed no more.

    A record that a person gave another code is known by its id. Where ``only`` is given, no other code is meant.
    """
    rows = await database.rows(
        QueryString(
            "SELECT v.code, v.content FROM version v WHERE {} AND {} AND v.source = {}",
            believed(None),
            holding(day),
            format_name,
        )
    )
    listed = listing.codes
    absent = {
        row["code"]: row["content"]
        for row in rows
        if row["code"] not in listed and (only is None or row["code"] in only)
    }
    contents = await compare.contents(database, absent.values())
    return sorted(
        code
        for code, content in absent.items()
        if contents[content].source_id not in listing.items and covers(province, contents[content])
    )


async def held(database: Database, format_name: str) -> set[str]:
    """Codes that are believed to have come from this source."""
    rows = await database.rows(
        QueryString(
            "SELECT DISTINCT v.code FROM version v WHERE {} AND v.source = {}", believed(None), format_name
        )
    )
    return {row["code"] for row in rows}
