"""What is true of a dossier, as bits of one number: the column ``facts``."""

from enum import IntFlag


class Fact(IntFlag):
    """One bit each. The values are stored: a new fact takes the next bit, and none ever changes its own."""

    FINISHED = 1 << 0
    """It has ended: answered, returned or withdrawn."""
    LATE = 1 << 1
    """Finished after its due day, or with more than one request for supplements, finished or not."""
    ONLINE = 1 << 2
    DIRECT = 1 << 3
    POSTAL = 1 << 4
    FEE_DUE = 1 << 5
    PAID_ONLINE = 1 << 6
    """Only with ``FEE_DUE``."""
    NEEDS_RESULT = 1 << 7
    E_RESULT = 1 << 8
    """Only with ``NEEDS_RESULT``."""
    DIGITISED = 1 << 9
    REUSED = 1 << 10
    SHARED = 1 << 11
    POPULATION = 1 << 12
    """Data of the national population database were used."""
    COMPLAINED = 1 << 13
    CENTRE = 1 << 14
    """Received at a one-stop service centre."""
    WAITING = 1 << 15
    """The agency waits for supplements of the citizen: its time does not run."""
    RETURNED = 1 << 16
    WITHDRAWN = 1 << 17
    NO_DUE = 1 << 18
    """No day is known by which it is due, so that it cannot be late."""
    DUE_DERIVED = 1 << 19
    """Its source named no due day: it follows from the procedure's processing time."""
