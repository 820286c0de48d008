"""The one connection that a stack has to its cluster."""
