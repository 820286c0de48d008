"""What the checks look at: the checkout's tools, states and clusters, each read once, by whichever check asks first."""

import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from operations import paths
from operations.engine.backend_folder import backend_folder
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.status.facts import GuardFacts
from operations.toolchain import Toolchain, locate
from shared.refusal import Refusal

GENERATED = ".local/passphrase"
"""The passphrase that a checkout makes for itself where the user chose no backend."""

_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Visit:
    """What a cluster answered.

    Args:
        platform: the infrastructure stack that leads to it.
        server: its API server's URL; empty where the kubeconfig could not be had.
        secret: whether the kubeconfig is a secret of the stack, which only the right passphrase or key opens.
        opened: whether it could be had.
        version: its Kubernetes version; empty where it did not answer.
        ahead: seconds that its clock is ahead of ours, to about one; None where it did not say.
        guards: its guards.
        silence: why it could not be looked at, as fact and remedy; None where it could.
    """

    platform: StackId
    server: str = ""
    secret: bool = False
    opened: bool = False
    version: str = ""
    ahead: float | None = None
    guards: tuple[GuardFacts, ...] = ()
    silence: tuple[str, str] | None = None


class Workplace:
    """A checkout, as it is now. Looking at it changes nothing: no passphrase and no folder is made."""

    def __init__(self) -> None:
        self.local = paths.LOCAL
        self._lock = threading.Lock()

    @property
    def backend(self) -> str:
        """The backend's URL: the user's own, or the checkout's."""
        return os.environ.get("PULUMI_BACKEND_URL") or f"file://{self.local / 'state'}"

    @property
    def is_own_backend(self) -> bool:
        """Whether the user chose the backend, and with it the passphrase or key."""
        return bool(os.environ.get("PULUMI_BACKEND_URL"))

    @property
    def pulumi_folder(self) -> Path | None:
        """The engine's own folder in the backend; None for a backend that is no folder."""
        return backend_folder(self.backend)

    @property
    def backend_folder(self) -> Path | None:
        """The folder that the backend is; None where it is none. It need not exist."""
        return self.pulumi_folder.parent if self.pulumi_folder else None

    @property
    def passphrase(self) -> tuple[str, Path | None]:
        """Where the passphrase comes from, in words, and its file; an empty text where there is none."""
        for name in _PASSPHRASES:
            if given := os.environ.get(name):
                return name, Path(given).expanduser() if name.endswith("_FILE") else None
        return ("", None) if self.is_own_backend else (GENERATED, self.local / "passphrase")

    @property
    def lacks_passphrase(self) -> bool:
        """Whether the checkout's generated passphrase is gone and states are there that need it."""
        source, file = self.passphrase
        if source != GENERATED or file is None or file.exists():
            return False
        return bool(self.pulumi_folder and any((self.pulumi_folder / "stacks").glob("*/*.json*")))

    @functools.cached_property
    def toolchain(self) -> Toolchain:
        """The tools.

        Raises:
            Refusal: they are not set up.
        """
        return locate()

    def visits(self) -> list[Visit]:
        """Visit the cluster of every deployed infrastructure stack.

        Raises:
            Refusal: the tools are not set up, or the states cannot be opened.
            EngineFailure: the backend cannot be read.
        """
        with self._lock:
            return self._visits

    @functools.cached_property
    def _visits(self) -> list[Visit]:
        from operations.engine.project import all_stacks  # noqa: PLC0415
        from operations.status.checkpoints import read_states  # noqa: PLC0415

        toolchain = self.toolchain
        if self.lacks_passphrase:
            raise Refusal(
                "The passphrase that the states are encrypted with is gone, so no kubeconfig can be read.",
                "Put .local/passphrase back from your copy.",
            )
        folder = self.pulumi_folder
        if folder is not None and not (folder / "stacks").is_dir():
            return []
        stacks = all_stacks()
        states = read_states(stacks, toolchain)
        deployed = [
            (stack, states[stack.owner].outputs["kubeconfig"])
            for stack in stacks
            if stack.is_infrastructure and "kubeconfig" in _outputs(states.get(stack.owner))
        ]
        with ThreadPoolExecutor(max(1, len(deployed))) as pool:
            return list(pool.map(lambda one: self._visit(*one), deployed))

    def _visit(self, platform: StackId, exported: object) -> Visit:
        secret = not isinstance(exported, str)
        try:
            kubeconfig = self._opened(platform) if secret else str(exported)
        except (Refusal, EngineFailure) as error:
            return Visit(platform, secret=secret, silence=_told(error))
        from operations.status.live import guards_of  # noqa: PLC0415
        from shared.cluster.api import cluster_api  # noqa: PLC0415
        from shared.cluster.kubeconfig import server_of  # noqa: PLC0415

        server = server_of(kubeconfig)
        try:
            with cluster_api(kubeconfig) as api:
                version = str((api.get("/version") or {}).get("gitVersion") or "")
                ahead = _ahead(api.clock)
                return Visit(platform, server, secret, True, version, ahead, guards_of(api))
        except Refusal as error:
            return Visit(platform, server, secret, opened=True, silence=_told(error))

    def _opened(self, platform: StackId) -> str:
        from operations.engine.stack import EngineStack  # noqa: PLC0415

        return str(EngineStack(platform, self.toolchain).outputs(show_secrets=True)["kubeconfig"])


def _outputs(state: object) -> Mapping[str, object]:
    return getattr(state, "outputs", {})


def _ahead(clock: Callable[[], str]) -> float | None:
    """Seconds that a clock is ahead of ours; it is read to the second, so half of one is added."""
    before = time.time()
    try:
        told = parsedate_to_datetime(clock())
    except ValueError:
        return None
    ours = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    return (told - ours).total_seconds() + 0.5


def _told(error: Exception) -> tuple[str, str]:
    if isinstance(error, Refusal):
        return error.fact, error.remedy
    fact, _, rest = str(error).partition("\n")
    return f"{fact} {' '.join(rest.split())}".strip(), "Read what the engine said, and run the doctor again."
