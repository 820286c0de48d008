"""Namespace status: who owns what by live object, state and settings, and where the three disagree."""
