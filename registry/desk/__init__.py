"""Announcements and reorganisations as work: drafted, their effect seen, published in one step."""
