"""What is declared of dossiers is what is stored."""

import pytest
from piccolo.querystring import QueryString

from registry.dossiers import revision
from registry.dossiers.facts import Fact
from registry.dossiers.measures import BY_NAME, LIVE, MEASURES, Clock
from registry.dossiers.tallies import COLUMNS, TALLIES
from registry.engine import Database
from registry.tables.dossiers import TABLES


async def columns(database: Database, table: str) -> list[str]:
    if database.kind == "sqlite":
        rows = await database.rows(QueryString(f"PRAGMA table_info({table})"))
    else:
        rows = await database.rows(
            QueryString(
                "SELECT column_name AS name FROM information_schema.columns WHERE table_name = {} "
                "ORDER BY ordinal_position",
                table,
            )
        )
    return [row["name"] for row in rows]


@pytest.mark.anyio
async def test_every_measure_is_a_column_of_every_table_of_tallies(database: Database) -> None:
    for tally in TALLIES:
        assert tally.dims[-1] == tally.grain
        assert await columns(database, tally.table) == [*tally.dims, *COLUMNS]
    for table in TABLES:
        assert await columns(database, table._meta.tablename) == [c._meta.name for c in table._meta.columns]
    assert await revision(database) == 0


def test_facts_keep_their_bits() -> None:
    assert [fact.value for fact in Fact] == [1 << n for n in range(len(Fact))]


def test_measures_have_names_of_their_own_and_those_of_the_finished_ask_for_the_finish() -> None:
    assert len(BY_NAME) == len(MEASURES) + len(LIVE)
    for measure in MEASURES:
        assert (measure.clock is Clock.RECEIVED) or Fact.FINISHED in measure.all
        assert not measure.all & measure.none
