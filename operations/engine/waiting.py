"""What a run waits for, in the cluster's own words while it lasts; and the end of a wait that cannot succeed."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote

from operations.engine.events import Event, Step
from shared.errors import Failure, PlatformError
from shared.kube.client import ClusterApi, Json, cluster_api, collection_of

_QUIET_SECONDS, _POLL_SECONDS = 4.0, 3.0
"""How long a step may take before the cluster is asked about it, and how often it is asked."""

_HOPELESS_SECONDS, _ROLLOUT_SECONDS = 15.0, 600.0
"""How long a reason has to last that time alone does not change, and a rollout, until it is given up."""

_STARTING = ("ContainerCreating", "PodInitializing")
_HOPELESS = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
"""Why a container waits: until it has started, and until somebody changes something."""


class Waiting:
    """Looks at the cluster beside a run of the engine, and tells why a step lasts.

    The kubeconfig is empty while it is not known. `give_up` is called once where no time will help; `reason` says why.
    """

    def __init__(
        self, kubeconfig: Callable[[], str], tell: Callable[[str], None], give_up: Callable[[], None]
    ) -> None:
        self._kubeconfig, self._tell, self._give_up = kubeconfig, tell, give_up
        self._pending: dict[str, tuple[Step, float]] = {}
        self._ended = threading.Event()
        self.reason = ""

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def __call__(self, event: Event) -> None:
        """Take an event of the engine."""
        match event:
            case Step(done=True):
                self._pending.pop(event.urn, None)
            case Step(is_change=True, retained=False) if _type(event).startswith("kubernetes:"):
                self._pending[event.urn] = event, time.monotonic()

    def _watch(self) -> None:
        told: dict[str, tuple[str, float]] = {}
        while not self._ended.wait(_POLL_SECONDS):
            now = time.monotonic()
            late = [step for step, begun in list(self._pending.values()) if now - begun > _QUIET_SECONDS]
            if not late:
                continue
            # The run itself tells what keeps it from the cluster.
            with suppress(PlatformError), cluster_api(self._kubeconfig()) as api:
                for step in late:
                    reason, is_hopeless = _reason(api, step)
                    before, since = told.get(step.urn, ("", now))
                    if reason and reason != before:
                        self._tell(f"{step.title}: {reason}")
                    told[step.urn] = reason, since if is_hopeless else now
                    if is_hopeless and now - since > _HOPELESS_SECONDS:
                        self.reason = f"{step.title} cannot become ready: {reason}"
                        self._give_up()
                        return


def await_rollout(kubeconfig: str, step: Step, tell: Callable[[str], None]) -> None:
    """Wait until the Deployment of a step is rolled out, and tell why it lasts; Failure where it cannot succeed."""
    deadline = time.monotonic() + _ROLLOUT_SECONDS
    with Waiting(lambda: kubeconfig, tell, lambda: None) as waiting, cluster_api(kubeconfig) as api:
        waiting(step)
        while (live := api.get(_path(step))) and not _is_rolled_out(live):
            if waiting.reason or time.monotonic() > deadline:
                raise hopeless(waiting.reason or f"{step.title} does not become ready")
            time.sleep(_POLL_SECONDS / 10)


def hopeless(reason: str) -> Failure:
    """The end of a wait that cannot succeed."""
    return Failure(f"{reason.rstrip('.')}.", "Correct that, and run the command again: it goes on.")


def _type(step: Step) -> str:
    return step.urn.split("::")[2].rsplit("$", 1)[-1] if step.urn.count("::") > 1 else ""


def _path(step: Step) -> str:
    return f"{collection_of(_type(step), step.namespace)}/{step.name}"


def _is_rolled_out(live: Json) -> bool:
    """As `kubectl rollout status` has it."""
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    counts = [status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas")]
    return status.get("observedGeneration", 0) >= live["metadata"]["generation"] and set(counts) == {wanted}


def _reason(api: ClusterApi, step: Step) -> tuple[str, bool]:
    """Why a step lasts, empty where the cluster does not say; and whether no time will help."""
    live = api.get(_path(step)) or {}
    metadata = live.get("metadata") or {}
    if metadata.get("deletionTimestamp"):
        held = ", ".join(metadata.get("finalizers") or ())
        setters = {entry["manager"] for entry in metadata["managedFields"] if "f:finalizers" in str(entry)}
        by = f" (set by {', '.join(sorted(setters))})" if setters else ""
        wait = "is being deleted, and waits until its finalizers are removed"
        return (f"{wait}: {held}{by}; see kubectl get {step.title} -o yaml" if held else ""), False
    return _unready(api, live) if live and step.kind == "Deployment" else ("", False)


def _unready(api: ClusterApi, live: Json) -> tuple[str, bool]:
    """Why a Deployment is not ready: its own condition, a pod's, or the last event."""
    name, namespace = live["metadata"]["name"], live["metadata"]["namespace"]
    for condition in (live.get("status") or {}).get("conditions") or ():
        if (condition["type"], condition["status"]) == ("ReplicaFailure", "True"):
            return str(condition.get("message") or condition.get("reason")), True
    selector = ",".join(f"{key}={value}" for key, value in live["spec"]["selector"]["matchLabels"].items())
    for pod in api.list(f"/api/v1/namespaces/{namespace}/pods?labelSelector={quote(selector)}"):
        status = pod.get("status") or {}
        every = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
        waits: list[dict[str, Any]] = [(one.get("state") or {}).get("waiting") or {} for one in every]
        waits += [one for one in status.get("conditions") or () if one.get("reason") == "Unschedulable"]
        for one in waits:
            if (reason := one.get("reason", "")) not in ("", *_STARTING):
                return (
                    f"{pod['metadata']['name']}: {reason} {one.get('message', '')}".strip(),
                    reason in _HOPELESS,
                )
    events = api.list(f"/api/v1/namespaces/{namespace}/events?fieldSelector=type%3DWarning")
    about = [one for one in events if one["involvedObject"].get("name", "").startswith(name)]
    last = max(about, key=lambda one: one.get("lastTimestamp") or one.get("eventTime") or "", default={})
    return str(last.get("message", "")), False
