"""The facts that follow from a delivery alone."""

from registry.dossiers.dossier import Delivered, Petitions, Wrong
from registry.dossiers.facts import Fact

MOST_SUPPLEMENTS = 1_000
MOST_SUSPENDED = 3_650
MOST_FEE = 10**12
MOST_PETITIONS = 10_000

_CHANNEL = {"online": int(Fact.ONLINE), "direct": int(Fact.DIRECT), "postal": int(Fact.POSTAL)}
_STATE = {
    "received": 0,
    "processing": 0,
    "supplementing": int(Fact.WAITING),
    "withdrawn": int(Fact.FINISHED | Fact.WITHDRAWN),
    "returned": int(Fact.FINISHED | Fact.RETURNED),
    "finished": int(Fact.FINISHED),
}
_PLACE: dict[str | None, int] = {"centre": int(Fact.CENTRE)}
_FLAGS = (
    ("paid_online", int(Fact.PAID_ONLINE)),
    ("needs_result", int(Fact.NEEDS_RESULT)),
    ("e_result", int(Fact.E_RESULT)),
    ("digitised", int(Fact.DIGITISED)),
    ("reused", int(Fact.REUSED)),
    ("shared", int(Fact.SHARED)),
    ("population_data", int(Fact.POPULATION)),
    ("complained", int(Fact.COMPLAINED)),
)
_FEE, _LATE = int(Fact.FEE_DUE), int(Fact.LATE)

Told = tuple[str, str, str | None, bool, bool, bool, bool, bool, bool, bool, bool, bool]
"""Channel, state and place, the flags in the order of ``Delivered``, and whether no fee was due."""

_known: dict[Told, int] = {}
known = _known.get
"""The facts of what was told before, for dossiers without supplements, suspended days and petitions, whose fee is
one: the same few hundred come again and again."""
_MOST_KNOWN = 20_000


def facts(dossier: Delivered, told: Told) -> int:
    """The facts of a dossier, of which ``told`` is a part. Raises ``Wrong`` where they contradict each other, or
    where a number cannot be."""
    _check_numbers(dossier)
    found = _CHANNEL[dossier.channel] | _STATE[dossier.state] | _PLACE.get(dossier.place, 0)
    found |= sum(fact for name, fact in _FLAGS if getattr(dossier, name))
    if dossier.fee_due:
        found |= _FEE
    elif dossier.paid_online:
        raise Wrong("paidOnline", "is true, but no fee was due (feeDue)")
    if dossier.e_result and not dossier.needs_result:
        raise Wrong("eResult", "is true, but no result was needed (needsResult)")
    if dossier.supplements > 1:
        return found | _LATE
    if len(_known) < _MOST_KNOWN:
        _known[told] = found
    return found


def _check_numbers(dossier: Delivered) -> None:
    petitions = dossier.petitions or Petitions(0)
    for field, value, most in (
        ("supplements", dossier.supplements, MOST_SUPPLEMENTS),
        ("suspendedDays", dossier.suspended_days, MOST_SUSPENDED),
        ("feeDue", dossier.fee_due or 0, MOST_FEE),
        ("petitions", petitions.count, MOST_PETITIONS),
    ):
        if not 0 <= value <= most:
            raise Wrong(field, f"must be from 0 to {most:,}")
    if not (0 <= petitions.on_time <= petitions.count and 0 <= petitions.unsatisfied <= petitions.count):
        raise Wrong("petitions", "must not have more on time or unsatisfied than there are")
