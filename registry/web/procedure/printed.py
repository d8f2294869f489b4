"""Prints: the code on a sheet of paper tells which content was printed, and so whether it is still right."""

from functools import lru_cache
from urllib.parse import quote

import segno
from markupsafe import Markup

from registry.catalogue.versions import Version

SHORT = 12
"""Hexadecimal digits of a content's digest on paper: no two versions of one procedure share so many."""


def address(version: Version, site: str) -> str:
    """Where a print of ``version`` leads."""
    return f"{site}/b/{quote(version.code, safe='')}/{version.digest[:SHORT]}"


@lru_cache(maxsize=512)
def code(text: str) -> Markup:
    """``text`` as a QR code in SVG, without a size of its own."""
    # One mask for all: which of the eight is the best to scan takes longer to find than the rest of the page.
    drawn = segno.make(text, error="m", micro=False, mask=2).svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, title=text, border=2
    )
    return Markup(drawn)  # noqa: S704 - segno escapes the title and draws nothing but paths
