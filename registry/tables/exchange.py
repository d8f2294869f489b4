"""What is followed, sent and layered."""

from piccolo.table import Table

TABLES: tuple[type[Table], ...] = ()
