"""Announcements in the making."""

from piccolo.table import Table

TABLES: tuple[type[Table], ...] = ()
