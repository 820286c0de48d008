"""The map: one page that shows which stack owns which namespace, who uses it, and whether it is healthy."""
