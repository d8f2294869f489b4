"""The catalogue of record: procedures, their history, and how people and programs reach them."""

__version__ = "0.1.0"
