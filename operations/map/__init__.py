"""The map: one page that shows which stack owns which namespace, who lives in it, and how it does."""
