"""Feeds and files by which catalogues stay the same on many systems."""
