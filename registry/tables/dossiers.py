"""Applications, and the tallies kept with them."""

from piccolo.table import Table

TABLES: tuple[type[Table], ...] = ()
