"""Syncing from the National Public Service Portal, and from systems that speak its older interface.

A run lists what there is, fetches what may have changed, and hands it to the intake; nothing is mapped here.
"""
