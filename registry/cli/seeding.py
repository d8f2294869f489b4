"""Loading a demonstration: its catalogue, dossiers and observations, each by the way that all others take."""

from collections.abc import AsyncIterator, Iterable
from itertools import islice

import msgspec

import seeds
from registry import clock
from registry.dossiers import intake, keys
from registry.dossiers.dossier import Delivered
from registry.engine import Database
from registry.intake import pipeline
from registry.intake.events import AnyEvent
from registry.intake.formats import native
from registry.intake.pipeline import Outcome
from registry.intake.reading import Progress
from registry.intake.record import Options
from registry.metrics import observations
from registry.reconciling import source_of
from registry.settings import Settings

PIECE = 1000
"""Dossiers that are written to the stream at once."""


class Loaded(msgspec.Struct, frozen=True):
    """What came of a demonstration's three parts."""

    catalogue: Outcome
    dossiers: intake.Outcome
    observations: observations.Outcome


async def load(database: Database, settings: Settings, name: str, progress: Progress) -> Outcome:
    """Take the catalogue of the demonstration of this name into the store, and nothing else of it."""
    return await _catalogue(database, settings, name, seeds.load(name), progress)


async def load_all(database: Database, settings: Settings, name: str, progress: Progress) -> Loaded:
    """Take a whole demonstration in. Doing it again changes nothing."""
    events = list(seeds.load(name))
    catalogue = await _catalogue(database, settings, name, events, progress)
    observed = await observations.observe(database, seeds.observations(name, events))
    # Last, since a store holds a demonstration whole once its dossiers are there.
    key = await keys.secret(database, settings)
    told = lines(seeds.dossiers(name, events))
    taken = await intake.take(database, source_of(name), told, key, format_name="ndjson", progress=progress)
    return Loaded(catalogue, taken, observed)


async def _catalogue(
    database: Database, settings: Settings, name: str, events: Iterable[AnyEvent], progress: Progress
) -> Outcome:
    source = source_of(name)
    options = Options(source=source, day=clock.today())
    told = native.from_events(events, source)
    return await pipeline.take(database, told, options, settings.data, progress=progress)


async def lines(dossiers: Iterable[Delivered]) -> AsyncIterator[bytes]:
    """Dossiers as a delivery of NDJSON, in pieces."""
    encode, rest = msgspec.json.Encoder().encode_lines, iter(dossiers)
    while piece := list(islice(rest, PIECE)):
        yield encode(piece)
