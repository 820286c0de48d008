"""Typed settings: what a stack's settings files may say, checked before anything else happens."""
