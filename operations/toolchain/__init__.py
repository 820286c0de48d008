"""The tool chain: the pinned programs that deploy and test, the user's own or built from pinned Go modules."""

from operations.toolchain.tools import Toolchain, locate

__all__ = ["Toolchain", "locate"]
