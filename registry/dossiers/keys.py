"""The key under which numbers of dossiers are digested: beside the database, never in it.

It is the setting ``DANHMUC_DOSSIER_KEY``, or the file ``dossier.key`` in the data folder, made at its first use.
The database holds a check value, so that a store is never filled under two keys: each dossier would be there
twice.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from piccolo.querystring import QueryString

from registry.engine import Database, StoreUnavailable
from registry.settings import Settings

FILE = "dossier.key"
CHECK = "dossier-key-check"
_PURPOSE = b"danhmuc dossier key"


class KeyUnusable(StoreUnavailable):
    """The key is lost, is another than the one that the store was filled with, or cannot be read."""


async def secret(database: Database, settings: Settings) -> bytes:
    """The key of this store. Raises ``KeyUnusable``, and then nothing has been changed."""
    held = await _check(database)
    key = _set(settings) or _filed(settings.data / FILE, make=held is None)
    if key is None:
        raise KeyUnusable(
            f"the key of this store's dossiers is lost: {settings.data / FILE} is not there. Put it back from a "
            "backup, or set DANHMUC_DOSSIER_KEY; under another key every dossier would be counted twice"
        )
    if held is None:
        held = await _claim(database, _told(key))
    if held != _told(key):
        where = "DANHMUC_DOSSIER_KEY" if settings.dossier_key else str(settings.data / FILE)
        raise KeyUnusable(
            f"{where} is not the key that this store's dossiers were taken in with; under another key every "
            "dossier would be counted twice. Use the key of the first intake"
        )
    return key


def digest(number: str, key: bytes) -> bytes:
    """The digest that stands for a dossier's number, 16 bytes; spaces around it and its case do not matter."""
    return blake2b(number.strip().upper().encode(), digest_size=16, key=key).digest()


def _set(settings: Settings) -> bytes | None:
    text = settings.dossier_key
    return blake2b(text.encode(), digest_size=32).digest() if text else None


def _told(key: bytes) -> str:
    return blake2b(_PURPOSE, digest_size=16, key=key).hexdigest()


def _filed(path: Path, *, make: bool) -> bytes | None:
    """The key in a file, made whole or not at all; of several processes that make it, one succeeds."""
    try:
        if make and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".dossier.key.")  # only its owner may read it
            try:
                os.write(handle, secrets.token_hex(32).encode() + b"\n")
                os.fsync(handle)
                with suppress(FileExistsError):
                    os.link(name, path)
            finally:
                os.close(handle)
                Path(name).unlink()
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable(f"{path} cannot be read: {error}") from error
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise KeyUnusable(f"{path} does not hold a key of 64 hexadecimal digits; put it back from a backup")
    return found


async def _check(database: Database) -> str | None:
    rows = await database.rows(QueryString("SELECT value FROM meta WHERE name = {}", CHECK))
    return str(rows[0]["value"]) if rows else None


async def _claim(database: Database, told: str) -> str:
    """Record the check value, unless another process was first. Returns the one that is recorded."""

    async def unit() -> str:
        await database.rows(
            QueryString("INSERT INTO meta (name, value) VALUES ({}, {}) ON CONFLICT DO NOTHING", CHECK, told)
        )
        return await _check(database) or told

    return await database.transact(unit)
