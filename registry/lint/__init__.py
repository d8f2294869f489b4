"""Lint: what keeps a procedure's page from being understood, with a score.

The announced text is law. It is remarked upon and never rewritten, and no remark keeps it from being published.
"""

from registry.lint.examining import Finding, Findings, Grade, Mark, era, examine, grade
from registry.lint.wording import Rule, rules

__all__ = ["Finding", "Findings", "Grade", "Mark", "Rule", "era", "examine", "grade", "rules"]
