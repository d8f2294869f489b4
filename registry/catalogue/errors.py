"""Errors of the domain. They are turned into problem details, or a line on a terminal, in one place each."""

from datetime import date


class CatalogueError(Exception):
    """Base of what can go wrong when the catalogue is asked or changed."""


class ProcedureNotFound(CatalogueError):
    """No version of this code is in force on that day; ``days`` are the spans on which there is one."""

    def __init__(self, code: str, day: date | None, days: list[tuple[date, date | None]]) -> None:
        self.code = code
        self.day = day
        self.days = days
        when = f" on {day.isoformat()}" if day else ""
        super().__init__(f"procedure {code} is not in force{when}" if days else f"there is no procedure {code}")


class AnnouncementNotFound(CatalogueError):
    def __init__(self, number: str) -> None:
        self.number = number
        super().__init__(f"there is no announcement {number}")


class AnnouncementAmbiguous(CatalogueError):
    """Several agencies, or years, used the same number; ``choices`` are (id, issuer code, decided)."""

    def __init__(self, number: str, choices: list[tuple[str, str, date | None]]) -> None:
        self.number = number
        self.choices = choices
        super().__init__(f"{len(choices)} announcements have the number {number}: name the issuer or the day")


class AgencyNotFound(CatalogueError):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"there is no agency {code}")


class AnnouncementRejected(CatalogueError):
    """An announcement, or a part of it, cannot be recorded; the message says which part and why."""
