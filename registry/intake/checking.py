"""What cannot be accepted at all, and why. Everything else is cleaned and noted."""

MAX_NAME = 4_000
"""Characters. The longest real name has 1,192."""


class Unacceptable(Exception):
    """A record that has to be quarantined: the field, as its source calls it, and the reason for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


def name(text: str, field: str) -> str:
    """A cleaned name, if it can be one."""
    if not text:
        raise Unacceptable(field, "the procedure has no name")
    if len(text) > MAX_NAME:
        raise Unacceptable(field, f"the name has {len(text):,} characters; at most {MAX_NAME:,} are accepted")
    return text
