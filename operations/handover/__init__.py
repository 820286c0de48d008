"""Handover: moving a namespace from one owner to another, by two ordinary updates in the right order."""
