"""Findability, and nothing else: knows text and documents, never the database."""
