"""Typed settings, checked before anything else happens."""
