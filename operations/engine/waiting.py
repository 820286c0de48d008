"""An update that waits for its plan.

An engine takes half of a small update's time to load the stack. Begun while the preview runs, it has done that by the
time that the plan is judged; it gets the plan by its standard input, and without one it changes nothing.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from operations.engine.process import EngineProcess


class WaitingUpdate:
    """An update to be begun ahead of its plan; where it never gets one, it ends with the context.

    Args:
        begin: begins a run of the engine that waits for its plan.
        worth_it: whether it is to be begun at all.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[EngineProcess]], *, worth_it: bool) -> None:
        self._begin, self._worth_it = begin, worth_it
        self._held = ExitStack()
        self.process: EngineProcess | None = None

    def __enter__(self) -> Self:
        self._held.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.__exit__(kind, error, trace)

    def begin(self) -> None:
        """Begin it, where it is worth it and has not begun."""
        if self._worth_it and self.process is None:
            self.process = self._held.enter_context(self._begin())
            self._held.callback(self.process.withdraw)
