"""What can be done with a stack: each verb is one run of the engine."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operations.engine.backend_folder import state_file
from operations.engine.faults import raise_for
from operations.engine.process import Outcome
from operations.engine.project import StackId
from operations.engine.report import WATCH
from operations.engine.runs import Runs, is_missing
from operations.engine.salt import is_own_passphrase, keep_salt, shared_salt
from operations.engine.saving import WITHOUT_SAVING, saving
from operations.engine.settings import are_changed, engine_settings
from operations.engine.waiting import WaitingUpdate
from operations.paths import local_folder
from operations.toolchain import Toolchain

_UPDATE = ("up", "--yes", "--skip-preview")


class EngineStack:
    """A stack, with the engine at hand.

    Args:
        stack: which stack.
        toolchain: where the engine and its plugins are.
        allow: what may be given up in this run, as `Kind/name` separated by commas.
    """

    def __init__(self, stack: StackId, toolchain: Toolchain, *, allow: str = "") -> None:
        self.stack = stack
        self._pulumi = toolchain.path("pulumi")
        self._runs = Runs(stack, toolchain, allow=allow)

    @property
    def backend_folder(self) -> Path | None:
        """The backend's `.pulumi` folder; None for a backend that is no folder."""
        return self._runs.backend_folder

    @property
    def has_own_passphrase(self) -> bool:
        """Whether its secrets are encrypted by the checkout's own passphrase."""
        return is_own_passphrase(self._runs.environment)

    @property
    def is_unknown(self) -> bool:
        """Whether the backend is a folder without a state for the stack, so that it is no use to preview it."""
        folder = self.backend_folder
        return folder is not None and not state_file(folder, self.stack.project.name, self.stack.environment)

    def create(self) -> bool:
        """Make the stack, empty. The engine writes its salt into the settings' copy, where the next run finds it.

        Returns:
            Whether it was made; False where it was there already.

        Raises:
            EngineFailure: the backend refuses.
        """
        own = self.has_own_passphrase
        settings = engine_settings(self.stack, salt=shared_salt() if own else "")
        result = subprocess.run(
            [self._pulumi, "stack", "init", self.stack.environment, "--no-select", "--non-interactive"],
            cwd=local_folder("settings", self.stack.project.name),
            env=self._runs.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode and "already exists" not in result.stderr:
            raise_for(f"{self.stack.label}: init", [result.stderr])
        if own and result.returncode == 0:
            keep_salt(settings)
        return result.returncode == 0

    def preview(
        self,
        *,
        save_plan: Path | None = None,
        show_steps: bool = True,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """Preview an update; nothing is changed.

        Args:
            save_plan: where to save the plan, so that an update does this and nothing else.
            show_steps: whether to print a line for each change.
            meanwhile: is called once, when the engine has loaded the stack and has a core to spare.

        Raises:
            StackMissing: the stack was never made.
            Refusal: the program or a guard refuses.
            EngineFailure: the preview failed.
        """
        arguments = ["preview", *(["--save-plan", str(save_plan)] if save_plan else [])]
        return self._runs.follow(
            arguments, "preview", show_steps=show_steps, variables=WITHOUT_SAVING, meanwhile=meanwhile
        )

    @contextmanager
    def waiting_update(self) -> Iterator[WaitingUpdate]:
        """An update to be begun during its preview, which waits for its plan; one that never got it did nothing.

        It is not begun where that is not worth its while: where nothing is likely to change, and where runs go side
        by side and keep all cores busy.
        """
        waiting = WaitingUpdate(
            lambda: self._runs.begun([*_UPDATE, "--plan", "/dev/stdin"], saving(self.stack), waits=True),
            worth_it=not WATCH.get() and are_changed(self.stack),
        )
        with waiting:
            yield waiting

    def update(self, *, plan: Path | None = None, waiting: WaitingUpdate | None = None) -> Outcome:
        """Update the stack.

        Args:
            plan: the plan that a preview saved; without one the update does what the program says now.
            waiting: an update that waits for this plan.

        Raises:
            Refusal: the program or a guard refuses.
            EngineFailure: the update failed; running it again goes on.
        """
        arguments = [*_UPDATE, *(["--plan", str(plan)] if plan else [])]
        begun = waiting.process if waiting else None
        return self._runs.follow(arguments, "update", variables=saving(self.stack), begun=begun, plan=plan)

    def destroy(self, *, keep: Sequence[str] = ()) -> Outcome:
        """Delete the stack's objects.

        Args:
            keep: the URNs of those to leave in the state and on the cluster.

        Raises:
            Refusal: a guard refuses.
            EngineFailure: the deletion failed; running it again goes on.
        """
        excluded = [argument for urn in keep for argument in ("--exclude", urn)]
        return self._runs.follow(["destroy", "--yes", "--skip-preview", *excluded], "delete")

    def refresh(self) -> Outcome:
        """Make the state agree with the cluster, without changing anything on it.

        Raises:
            EngineFailure: the cluster could not be read.
        """
        return self._runs.follow(["refresh", "--yes", "--skip-preview"], "refresh")

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """What the stack exports; secrets are masked unless asked for. Empty where it was never deployed."""
        arguments = ["stack", "output", "--json", *(["--show-secrets"] if show_secrets else [])]
        result = self._runs.call(arguments)
        if result.returncode:
            if is_missing(result.stderr):
                return {}
            raise_for(f"{self.stack.label}: outputs", [result.stderr])
        outputs: dict[str, Any] = json.loads(result.stdout)
        return outputs

    def state(self) -> dict[str, Any]:
        """The stack's state as the engine exports it, secrets encrypted. Empty where it was never deployed."""
        result = self._runs.call(["stack", "export"])
        if result.returncode:
            if is_missing(result.stderr):
                return {}
            raise_for(f"{self.stack.label}: export", [result.stderr])
        state: dict[str, Any] = json.loads(result.stdout)
        return state

    def forget(self) -> None:
        """Remove the stack's state, whatever it holds; nothing on any cluster is touched.

        Raises:
            EngineFailure: the state cannot be removed.
        """
        result = self._runs.call(["stack", "rm", "--yes", "--force", "--preserve-config"])
        if result.returncode and not is_missing(result.stderr):
            raise_for(f"{self.stack.label}: forget", [result.stderr])
