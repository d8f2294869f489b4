"""Whom somebody acts for: the agencies that bound what they see and do, and what agencies are called."""

from registry import clock
from registry.access.actors import Actor
from registry.desk.standing import Bodies, bodies
from registry.engine import Database


class Bounds:
    """Agencies as they are today, and those that an actor acts for."""

    def __init__(self, known: Bodies, actor: Actor) -> None:
        self.known = known
        self.actor = actor
        self.today = clock.today()

    @property
    def codes(self) -> set[str] | None:
        """The agency that the actor acts for, with all below it; ``None``: any."""
        return None if self.actor.agency is None else self.below(self.actor.agency)

    def below(self, agency: str) -> set[str]:
        """An agency with all below it today."""
        return {agency, *(code for code in self.known.codes() if self.known.below(code, agency, self.today))}

    def holds(self, agency: str | None) -> bool:
        """Whether the actor acts for an agency."""
        return self.actor.agency is None or (
            bool(agency) and self.known.below(agency or "", self.actor.agency, self.today)
        )

    def name(self, agency: str | None) -> str:
        """What an agency is called, or was last; its code where nobody knows it."""
        states = self.known.states(agency) if agency else []
        return states[-1].name if states else agency or ""


async def bounds(database: Database, actor: Actor) -> Bounds:
    return Bounds(await bodies(database), actor)
