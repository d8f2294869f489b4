"""What the exit codes of ``danhmuc`` mean. This table is the only one: ``danhmuc --help`` prints it."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; ``meaning`` says it to people."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done, and nothing to complain of"
    FAULTY = 1, "check found the store unsound, or reconcile a published figure that does not come out"
    USAGE = 2, "a wrong option or setting, or an input that cannot be read; nothing was changed"
    QUARANTINED = 3, "done, but records are in quarantine; the others were taken in"
    REFUSED = 4, "refused: it would end too much, or the publish gate gives its reasons; nothing was changed"
    UNKNOWN = 5, "there is no such procedure, day, announcement or quarantined record"
    UNAVAILABLE = 6, "the database, index, disk, port or source cannot be used; try again once it can"
    CRASHED = 70, "an error that nobody expected; it is printed with its traceback"
    INTERRUPTED = 130, "stopped by Ctrl-C"
    CLOSED = 141, "whoever read the output has gone"


def table() -> str:
    """The exit codes, one a line."""
    return "\n".join(f"  {code.value:>3}  {code.meaning}" for code in Exit)
