"""The tool chain: the pinned programs that deploy and test, found on PATH or built from pinned Go modules."""

from operations.toolchain.record import Toolchain, locate

__all__ = ["Toolchain", "locate"]
