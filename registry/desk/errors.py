"""What can go wrong at the desk. Turned into problem details, or a line on a terminal, in one place each."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.desk.reasons import Reason


class DeskError(Exception):
    """Base of what can go wrong at the desk."""


class DraftNotFound(DeskError):
    def __init__(self, draft: str) -> None:
        super().__init__(f"there is no draft {draft[:40]!r}")


class DraftInvalid(DeskError):
    """A draft that cannot even be kept: ``field`` is the path to what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class DraftNotYours(DeskError):
    """The draft belongs to an agency for which this key or person does not act."""

    def __init__(self, draft: str, agency: str | None) -> None:
        super().__init__(f"draft {draft} is that of {agency or 'no agency'}, for which you do not act")


class DraftChanged(DeskError):
    """Somebody else edited the draft since it was read; ``version`` is the present one."""

    def __init__(self, draft: str, given: int, version: int) -> None:
        self.version = version
        super().__init__(
            f"draft {draft} is at version {version}, not {given}: it was edited meanwhile. Read it again."
        )


class DraftClosed(DeskError):
    """The draft was published or discarded, and can be worked on no longer."""

    def __init__(self, draft: str, state: str, by: str, at: datetime) -> None:
        self.state = state
        moment = at.isoformat(timespec="seconds")
        what = "corrected by another draft that refers to it" if state == "published" else "begun anew"
        super().__init__(f"draft {draft} was {state} by {by} at {moment}: it can only be {what}")


class Refused(DeskError):
    """The publish gate refused; ``reasons`` are all of them."""

    def __init__(self, reasons: "list[Reason]") -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{reason.field}: {reason.en}" for reason in reasons))
