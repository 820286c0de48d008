"""The doctor: what a checkout needs to work, looked at without changing it, and the freeing of locks of the dead."""
