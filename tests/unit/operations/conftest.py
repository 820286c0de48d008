"""What unit tests of operations stand on."""

from tests.unit.operations.workspace import projects, workspace

__all__ = ["projects", "workspace"]
