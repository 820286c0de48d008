"""What can be done with a stack: each verb is one run of the engine.

A verb raises Refusal where the program, an admission policy or the engine refuses and nothing was changed, and Failure
where it fails on the way; running it again continues.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from operations import checkout
from operations.checkout import ROOT, project_folder
from operations.console import err
from operations.engine.environment import (
    backend_folder,
    copy_settings,
    encryption_of,
    engine_environment,
    read_state_file,
    state_files,
)
from operations.engine.events import Event, Progress, Step, raise_for
from operations.engine.locks import LockHolder, alive, holders
from operations.engine.recovery import Recovery, end_orphans, refuse_full_disk
from operations.engine.run import STOP, EngineProcess, Stop, scratch
from operations.engine.unfinished import Ask, complete, drop_pending_releases, unread
from operations.engine.waiting import Waiting, hopeless
from operations.interrupts import undisturbed
from operations.settings import own_settings
from operations.toolchain import Toolchain
from shared.errors import Refusal
from shared.stacks import Stack

_SAVED_ONCE = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""For the engine to save the state once, at the end, and not after each object.
Source: https://github.com/pulumi/pulumi/issues/10668"""

_MISSING = "no stack named"
_CREATING_SECONDS = 15.0


class StackMissing(Refusal):
    """The backend has no such stack: it was never deployed."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(f"{stack.label} was never deployed.", f"Deploy it first: {stack.command('up')}")


class EngineStack:
    """A stack, and the engine to run it with; what its runs may give up is `Kind/name`, separated by commas.

    The kubeconfig is that of its cluster; empty until its program has told it.
    """

    def __init__(self, stack: Stack, toolchain: Toolchain, *, allow: str = "") -> None:
        self.stack = stack
        self.kubeconfig = ""
        self._allow = allow
        self._pulumi = toolchain.path("pulumi")
        self._programs = checkout.LOCAL / "bin"
        self._environment = engine_environment()
        self.backend = backend_folder(self._environment["PULUMI_BACKEND_URL"])
        # An infrastructure stack may be another checkout's: what it exports can be read from any folder.
        is_ours = project_folder(stack).is_dir()
        self._folder = project_folder(stack) if is_ours else ROOT
        self._selection = ("--stack", stack.name if is_ours else stack.reference, "--non-interactive")

    def create(self) -> bool:
        """Create the stack, empty, and return whether it was created; it may exist already."""
        with scratch() as (folder, _):
            # The engine reads the settings, and writes what encrypts the stack, in the folder that it runs in.
            shutil.copyfile(project_folder(self.stack) / "Pulumi.yaml", folder / "Pulumi.yaml")
            settings = copy_settings(self.stack, folder)
            encryption = encryption_of(settings)
            provider = encryption.get("secretsprovider", "default")
            salt = "" if encryption else self._shared_salt()
            if salt:
                with settings.open("a") as stream:
                    stream.write(f"\nencryptionsalt: {salt}\n")
            arguments = ["stack", "init", self.stack.name, "--no-select", "--secrets-provider", provider]
            result = self._init(arguments, folder)
            if salt and "incorrect passphrase" in result.stderr:
                copy_settings(self.stack, folder)
                result = self._init(arguments, folder)
        if result.returncode and "already exists" not in result.stderr:
            raise_for(f"{self.stack.label}: init", [result.stderr])
        return result.returncode == 0

    def _init(self, arguments: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
        """Create the stack, once nobody else does: the engine locks what does not exist yet, too."""
        recovery = Recovery(self.stack, self.backend, self.cancel)
        with alive(self.stack, self.backend) as mark:
            while True:
                result = self._call_once(arguments, folder, mark=mark)
                if not holders([result.stderr]) or not recovery.can_go_on([result.stderr]):
                    return result

    def _shared_salt(self) -> str:
        """The salt of another stack of the checkout's own passphrase; empty where there is none.

        To derive a key from a salt costs a run 0.2 s of CPU; see "State and backends" in docs/operations.md.
        """
        own = self._environment.get("PULUMI_CONFIG_PASSPHRASE_FILE") == str(checkout.LOCAL / "passphrase")
        if not own or "PULUMI_CONFIG_PASSPHRASE" in self._environment or not self.backend:
            return ""
        for file in reversed(state_files(self.backend).values()):
            match read_state_file(file):
                case {
                    "deployment": {"secrets_providers": {"type": "passphrase", "state": {"salt": str(salt)}}}
                }:
                    return salt
        return ""

    def preview(self, *, save_plan: Path | None = None) -> tuple[Step, ...]:
        """Preview an update; nothing is changed, and no step is printed. StackMissing where it was never created.

        The plan is saved with mode 0600, so that an update does this and nothing else.
        """
        # The engine would take a second to find that out.
        if self.backend and not state_files(self.backend, str(self.stack)):
            raise StackMissing(self.stack)
        arguments = ["preview"]
        if save_plan:
            save_plan.touch(mode=0o600)
            arguments += ["--save-plan", str(save_plan)]
        # The engine writes a preview's state for each object as well, to nowhere.
        return self._follow("preview", arguments, saved_once=True)

    def update(self, *, plan: Path | None = None) -> tuple[Step, ...]:
        """Update the stack by the plan that a preview saved; without one, to what the program says now."""
        arguments = ["up", "--yes", "--skip-preview", *(["--plan", str(plan)] if plan else [])]
        # To write the state for each of many namespaces takes the square of their number. What a killed update created
        # on a cluster is found again by name and field manager; the cluster that a stack creates would not be.
        cluster = own_settings(self.stack).get("cluster") if self.stack.is_infrastructure else None
        return self._follow("update", arguments, saved_once=cluster in ("local", "existing"))

    def destroy(
        self, *, keep: Sequence[str] = (), kubeconfig: Callable[[], str] | None = None
    ) -> tuple[Step, ...]:
        """Delete the stack's objects, but leave those of the URNs to keep in the state and on the cluster.

        `kubeconfig` gives the cluster's, to tell what a deletion waits for.
        """
        excluded = [argument for urn in keep for argument in ("--exclude", urn)]
        arguments = ["destroy", "--yes", "--skip-preview", *excluded]
        return self._follow("delete", arguments, kubeconfig=kubeconfig)

    def refresh(self) -> tuple[Step, ...]:
        """Make the state agree with the cluster, without changing anything on it."""
        return self._follow("refresh", ["refresh", "--yes", "--skip-preview"])

    def import_unfinished(self, ask: Callable[[], Ask]) -> None:
        """Import what a killed run was creating in AWS, once that has created it; `ask` begins to ask there.

        To create it again fails, or makes a second one. Stopped on the way, the next run goes on.
        """
        deployment = self.state().get("deployment") or {}
        if deployment.get("pending_operations"):
            # A run that is under way has such operations as well.
            recovery = Recovery(self.stack, self.backend, self.cancel)
            with alive(self.stack, self.backend) as mark:
                while recovery.can_go_on([self._rename().stderr]):
                    pass
                end_orphans(self._programs)
                exported = json.loads(self._call("export", ["stack", "export"]))
                drop_pending_releases(exported["deployment"])
                for urn in complete(exported["deployment"], ask()):
                    *_, types, name = urn.split("::")
                    told = f"a killed run was creating {types.rpartition(':')[2]}/{name}, which AWS may have"
                    err.print(f"{self.stack.label}: {told}; look for it by its tags.", markup=False)
                given = json.dumps(exported)
                result = self._call_once(["stack", "import", *self._selection], given=given, mark=mark)
            if result.returncode:
                raise_for(f"{self.stack.label}: import", [result.stderr])
            deployment = self.state()["deployment"]
        begun = time.monotonic()
        while deployment and (urns := unread(deployment)):
            arguments = ["refresh", "--yes", "--skip-preview", *(f"--target={urn}" for urn in urns)]
            self._follow("import of what a killed run was creating", arguments)
            deployment = self.state()["deployment"]
            if left := unread(deployment):
                names = ", ".join(urn.rpartition("::")[2] for urn in left)
                told = f"AWS is creating {names} ({time.monotonic() - begun:.0f} s) ..."
                err.print(f"{self.stack.label}: {told}", markup=False)
                time.sleep(_CREATING_SECONDS)

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """What the stack exports; secrets are masked unless asked for. Empty where it was never deployed."""
        arguments = ["stack", "output", "--json", *(["--show-secrets"] if show_secrets else [])]
        found: dict[str, Any] = json.loads(self._call("outputs", arguments) or "{}")
        return found

    def state(self) -> dict[str, Any]:
        """The stack's state as the engine exports it, secrets encrypted. Empty where it was never deployed."""
        if self.backend:
            file = state_files(self.backend, str(self.stack)).get(self.stack)
            # One that is being written, or was cut off, is left to the engine: it waits, and this repairs it.
            if (state := read_state_file(file) if file else {}) is not None:
                return state
        exported: dict[str, Any] = json.loads(self._call("export", ["stack", "export"]) or "{}")
        return exported

    def forget(self) -> None:
        """Remove the stack's state, whatever is in it; nothing on any cluster is touched."""
        self._call("forget", ["stack", "rm", "--yes", "--force", "--preserve-config"])

    def _follow(
        self,
        verb: str,
        arguments: list[str],
        *,
        saved_once: bool = False,
        kubeconfig: Callable[[], str] | None = None,
    ) -> tuple[Step, ...]:
        """Run a verb and follow it to its end, again where what kept it from starting was repaired."""
        title = f"{self.stack.label}: {verb}"
        refuse_full_disk(self.backend)
        end_orphans(self._programs)
        environment = {**self._environment, **(_SAVED_ONCE if saved_once else {})}
        recovery = Recovery(self.stack, self.backend, self.cancel)
        stop = STOP.get() or Stop()
        changed = False
        with ExitStack() as around:
            progress = around.enter_context(Progress(title, show_steps=verb != "preview"))
            # A preview takes no lock.
            marked = None if verb == "preview" else around.enter_context(alive(self.stack, self.backend))

            def listen(event: Event) -> None:
                nonlocal changed
                if verb != "preview":
                    # The engine begins each update with the stack itself, which is nothing outside of its state.
                    if isinstance(event, Step) and event.done:
                        changed = changed or (event.is_change and event.kind != "Stack")
                    waiting(event)
                progress(event)

            while True:
                stop.check()
                with (
                    self._started(arguments, environment, marked) as process,
                    stop.reaching(process),
                    Waiting(
                        kubeconfig or (lambda: self.kubeconfig), progress.tell, process.interrupt
                    ) as waiting,
                ):
                    code, steps, errors = process.follow(listen)
                if waiting.reason:
                    raise hopeless(waiting.reason)
                if code == 0:
                    return steps
                if code < 0:
                    end_orphans(self._programs)
                if any(_MISSING in error for error in errors):
                    raise StackMissing(self.stack)
                if not recovery.can_go_on(errors):
                    raise_for(title, errors, changed=changed)

    @contextmanager
    def _started(
        self, arguments: list[str], environment: Mapping[str, str], marked: tuple[int, list[str]] | None
    ) -> Iterator[EngineProcess]:
        """Start a run, with its program served and a temporary folder of its own; stopped, it ends in order."""
        with ExitStack() as resources:
            folder, descriptor = resources.enter_context(scratch())
            mark, before = marked or (descriptor, [])
            settings = copy_settings(self.stack, folder)
            options = [*self._selection, "--json", "--config-file", str(settings)]
            if arguments[0] in ("preview", "up"):
                # Loads the SDKs, which takes 0.3 s, and the other verbs do without.
                from operations.engine.program import serve_program  # noqa: PLC0415

                program = serve_program(
                    self.stack, folder / "program", allow=self._allow, connected=self._connected
                )
                options.append(f"--client={resources.enter_context(program)}")
            process = None
            try:
                with undisturbed():
                    process = EngineProcess(
                        [*before, self._pulumi, *arguments, *options],
                        folder=project_folder(self.stack),
                        environment={**environment, "TMPDIR": str(folder)},
                        descriptors=[descriptor, mark],
                    )
                yield process
            except BaseException as error:
                if process and process.is_running:
                    if not isinstance(error, Exception):
                        err.print(f"{self.stack.label}: stopping; what has begun is finished and saved ...")
                    process.end()
                raise

    def _call(self, what: str, arguments: list[str]) -> str:
        """Run what needs no program and shows no progress; what it printed, nothing where there is no such stack."""
        recovery = Recovery(self.stack, self.backend, self.cancel)
        while True:
            result = self._call_once([*arguments, *self._selection])
            if result.returncode == 0 or _MISSING in result.stderr:
                return result.stdout
            if not recovery.can_go_on([result.stderr]):
                raise_for(f"{self.stack.label}: {what}", [result.stderr])

    def locked_by(self) -> list[LockHolder]:
        """The holders of the stack's locks, as the engine names them; nothing is changed.

        To give a stack the name that it has, the engine locks it first.
        """
        return holders([self._rename().stderr])

    def _rename(self) -> "subprocess.CompletedProcess[str]":
        return self._call_once(["stack", "rename", self.stack.name, *self._selection])

    def cancel(self) -> "subprocess.CompletedProcess[str]":
        """Remove all of the stack's locks."""
        return self._call_once(["cancel", "--yes", *self._selection])

    def _connected(self, kubeconfig: str) -> None:
        self.kubeconfig = kubeconfig

    def _call_once(
        self,
        arguments: Sequence[str],
        folder: Path | None = None,
        *,
        given: str = "",
        mark: tuple[int, list[str]] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        descriptor, before = mark or (None, [])
        return subprocess.run(
            [*before, self._pulumi, *arguments],
            cwd=folder or self._folder,
            env=self._environment,
            input=given,
            pass_fds=[descriptor] if descriptor is not None else [],
            capture_output=True,
            text=True,
            check=False,
        )
