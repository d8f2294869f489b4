"""Legal bases: can they be looked up?"""

import re

from registry.lint.page import Looked, Page, Spot

# A number, a stroke and the sign of who issued it: 123/2015/NĐ-CP, 59/2020/QH14, 73-CP. The Constitution has none.
_NUMBER = re.compile(r"[0-9].*[/-]\s*[A-ZĐ]|Hiến pháp", re.IGNORECASE)


def basis(page: Page) -> Looked:
    """Legal bases without a full number."""
    bases = page.procedure.legal_bases
    spots = []
    for place, one in enumerate(bases):
        if not _NUMBER.search(one.number):
            part, shown = ("number", one.number) if one.number else ("title", one.title)
            field = f"legalBases[{place}].{part}" if shown else ""
            spots.append(Spot("legalBases", field, 0, len(shown), shown))
    return Looked(spots, len(bases))


RULES = {"basis": basis}
