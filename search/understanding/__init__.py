"""What people mean when they ask for a procedure, as a ``Query`` that any engine carries out."""

from search.understanding.reading import understand

__all__ = ["explain", "understand"]


def explain(text: str) -> list[str]:
    """How a question was understood, one sentence for each thing that was not taken as it stands."""
    query = understand(text)
    reasons = [one.reason for group in query.groups for one in group.alternatives]
    reasons += [one.reason for one in query.preferences]
    return list(dict.fromkeys(reason for reason in reasons if reason))
