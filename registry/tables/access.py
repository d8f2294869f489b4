"""Who may do what, and what they did."""

from piccolo.table import Table

TABLES: tuple[type[Table], ...] = ()
