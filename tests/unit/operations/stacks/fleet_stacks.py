"""Stacks of a fleet that stand for themselves, by the names of their services."""

from pathlib import Path

from operations.engine.project import Project, StackId

NAMES = "abcde"


def stack(name: str) -> StackId:
    """The stack of a service in dev."""
    return StackId(Project(Path("/nowhere") / name, f"{name}-service-app", name), "dev")


A, B, C, D, E = map(stack, NAMES)
