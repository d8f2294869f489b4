"""Passwords: kept as salted scrypt hashes (RFC 7914), which cost memory as well as time to guess.

scrypt is in Python's standard library and needs nothing to be installed. Its parameters are kept with each hash,
so that they can grow; these take 32 MB and a good tenth of a second, as OWASP's password storage cheat sheet asks.
"""

import asyncio
import base64
import hashlib
import secrets
import unicodedata
from hmac import compare_digest

from registry.access.actors import AccessError

SHORTEST = 12
LONGEST = 200
KINDS = 4  # different characters at least
COST, BLOCK, TIMES = 2**15, 8, 3
# Two at a time: a burst of sign-ins must not take all memory and cores.
_turns = asyncio.Semaphore(2)


class PasswordUnfit(AccessError):
    """A password that is not good enough; the message says why, and never repeats it. ``rule`` is the rule that it
    breaks: ``length``, ``repeats`` or ``same``."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


def check(password: str, before: str | None = None) -> None:
    """Raises ``PasswordUnfit`` for what is no good password, or the one they had before."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordUnfit(
            "length", f"a password has {SHORTEST} to {LONGEST} characters; a few words are good ones"
        )
    if len(set(password)) < KINDS:
        raise PasswordUnfit("repeats", "this password repeats itself too much")
    if password == before:
        raise PasswordUnfit("same", "the new password is the old one")


async def make(password: str) -> str:
    """The hash of a new password. Raises ``PasswordUnfit``."""
    check(password)
    salt = secrets.token_bytes(16)
    found = await _scrypt(password, salt, COST, BLOCK, TIMES)
    return f"scrypt${COST}${BLOCK}${TIMES}${_text(salt)}${_text(found)}"


async def fits(password: str, kept: str | None) -> bool:
    """Whether ``password`` is the one that was kept. Takes as long where nothing was kept, which fits nothing."""
    if kept is None or len(password) > LONGEST:
        await _scrypt("", b"", COST, BLOCK, TIMES)
        return False
    _, cost, block, times, salt, wanted = kept.split("$")
    found = await _scrypt(password, base64.b64decode(salt), int(cost), int(block), int(times))
    return compare_digest(found, base64.b64decode(wanted))


async def _scrypt(password: str, salt: bytes, cost: int, block: int, times: int) -> bytes:
    # The same letters typed on another keyboard may come in another form.
    text = unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
    room = 128 * block * (2 * cost + times + 8)
    async with _turns:
        return await asyncio.to_thread(
            hashlib.scrypt, text, salt=salt, n=cost, r=block, p=times, maxmem=room, dklen=32
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
