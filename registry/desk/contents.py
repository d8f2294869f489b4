"""What a draft of an announcement holds, and making it clean before it is kept."""

from datetime import date
from typing import Any, TypeVar

import msgspec

from registry.desk.errors import DraftInvalid
from registry.intake import codes
from registry.intake.checking import Unacceptable
from registry.intake.cleaning import Notes, block, line
from registry.intake.record import Note
from registry.procedure import AnnouncementKind, Procedure, Record
from registry.vocabulary import Action

T = TypeVar("T", bound=Record)
# Texts whose line breaks mean something; all others are lines.
BLOCKS = ("text", "requirements", "note", "addresses")
MOST_TEXT = 1_000_000


class ContentDraft(Record, frozen=True):
    """The new content of a procedure: whole in ``procedure``, or only the ``changes`` to what is in force of
    ``code``: fields of a procedure by name, each as it is to be."""

    procedure: Procedure | None = None
    code: str = ""
    changes: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The code that this is about."""
        return self.procedure.code if self.procedure else self.code


class ItemDraft(Record, frozen=True):
    """What the announcement does: ``old`` codes end or change, ``new`` are in force after it."""

    action: Action
    old: tuple[str, ...] = ()
    new: tuple[ContentDraft, ...] = ()


class AnnouncementDraft(Record, frozen=True):
    """An announcement in the making; anything may be missing until it is published.

    ``issuer`` is the code of the agency that decides; ``corrects`` the id of a published announcement that this
    corrects, in all that it says.
    """

    number: str = ""
    decided: date | None = None
    effective: date | None = None
    published: date | None = None
    issuer: str = ""
    kind: AnnouncementKind | None = None
    title: str = ""
    illustrative: bool = False
    corrects: str | None = None
    items: tuple[ItemDraft, ...] = ()

    def codes(self) -> list[str]:
        """Every procedure that is named."""
        return [code for item in self.items for code in (*item.old, *(one.subject for one in item.new))]


def cleaned(draft: T) -> tuple[T, tuple[Note, ...]]:
    """The draft with clean texts and codes in their one notation, and what was cleaned.

    Raises ``DraftInvalid`` where changes are none that a procedure can have, or a text is beyond all bounds.
    """
    notes = Notes()
    found = _clean(msgspec.to_builtins(draft), "", "", notes)
    try:
        made = msgspec.convert(found, type(draft))
    except msgspec.ValidationError as error:
        raise _invalid(error, "draft") from error
    if isinstance(made, AnnouncementDraft):
        for number, item in enumerate(made.items):
            for place, one in enumerate(item.new):
                _check_changes(one, f"items[{number}].new[{place}]")
    return made, notes.collected()


def changed(before: Procedure, changes: dict[str, Any]) -> Procedure:
    """``before`` with these fields as they are to be."""
    return msgspec.convert(msgspec.to_builtins(before) | changes, Procedure)


def _check_changes(one: ContentDraft, place: str) -> None:
    if one.procedure is not None and (one.code or one.changes):
        raise DraftInvalid(place, "give the whole procedure, or a code with changes, not both")
    if "code" in one.changes:
        raise DraftInvalid(f"{place}.changes.code", "a code does not change: replace the procedure instead")
    try:
        changed(Procedure(code="0", name="0"), one.changes)
    except msgspec.ValidationError as error:
        raise _invalid(error, f"{place}.changes") from error


def _invalid(error: msgspec.ValidationError, place: str) -> DraftInvalid:
    message, _, path = str(error).partition(" - at `$")
    return DraftInvalid(place + path.rstrip("`"), message)


def _clean(value: Any, name: str, path: str, notes: Notes) -> Any:
    if isinstance(value, dict):
        cleaned = {key: _clean(one, key, f"{path}.{key}".lstrip("."), notes) for key, one in value.items()}
        return _with_code(cleaned, path, notes)
    if isinstance(value, list | tuple):
        return [_clean(one, name, f"{path}[{place}]", notes) for place, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    if len(value) > MOST_TEXT:
        raise DraftInvalid(path, f"has {len(value):,} characters; at most {MOST_TEXT:,} are accepted")
    return block(value, notes, path) if name in BLOCKS else line(value, notes, path)


def _with_code(found: dict[str, Any], path: str, notes: Notes) -> dict[str, Any]:
    """Codes of procedures in their national notation; what is no code stays, for the gate to refuse."""
    if path.endswith(".procedure") and isinstance(found.get("code"), str):
        code = _code(found["code"], path, notes)
        found["code"] = code.national
        if code.local and not found.get("localCode"):
            found["localCode"] = code.local
    elif "changes" in found and isinstance(found.get("code"), str) and found["code"]:
        found["code"] = _code(found["code"], path, notes).national
    if isinstance(found.get("action"), str) and isinstance(found.get("old"), list):
        found["old"] = [_code(one, f"{path}.old", notes).national for one in found["old"]]
    return found


def _code(text: str, path: str, notes: Notes) -> codes.Code:
    try:
        return codes.procedure_code(text, notes, f"{path}.code")
    except Unacceptable:
        return codes.Code(text)
