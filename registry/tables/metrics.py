"""Figures that others publish."""

from piccolo.table import Table

TABLES: tuple[type[Table], ...] = ()
