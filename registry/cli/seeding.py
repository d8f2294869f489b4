"""Loading a demonstration catalogue: through the same intake as everything else."""

from registry import clock
from registry.engine import Database
from registry.intake import pipeline
from registry.intake.formats import native
from registry.intake.pipeline import Outcome
from registry.intake.reading import Progress
from registry.intake.record import Options
from registry.settings import Settings
from seeds import load as events_of


async def load(database: Database, settings: Settings, name: str, progress: Progress) -> Outcome:
    """Take the demonstration catalogue of this name into the store."""
    source = f"seeds/{name}"
    options = Options(source=source, day=clock.today())
    events = native.from_events(events_of(name), source)
    return await pipeline.take(database, events, options, settings.data, progress=progress)
