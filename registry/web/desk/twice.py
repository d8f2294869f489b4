"""Forms that make something, sent twice: what they make has an id by which the second time finds the first."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from registry.access.actors import Actor
from registry.web.forms import once


def identity(form: Mapping[str, Any], actor: Actor, digits: int) -> str:
    """An id of so many hexadecimal digits (an even number) that is the same whenever ``actor`` sends this form."""
    return blake2b(f"{actor.id} {once(form)}".encode(), digest_size=digits // 2).hexdigest()
