"""A campaign of edits: what others do to a service's objects, at random, and what status and the next update say."""

import json
import random
import subprocess
from dataclasses import dataclass
from typing import Any

from operations.toolchain import locate
from tests.checkout import Checkout
from tests.cluster import LiveCluster

_PEOPLE, _CONTROLLERS = ("kubectl-edit", "kubectl-patch", "kubectl-set"), ("rightsizer", "argocd-controller")
_SERVICES: dict[str, tuple[dict[str, Any], ...]] = {
    "deployment/day-service": (
        {"spec": {"template": {"spec": {"containers": [{"name": "day-service", "image": "x:1"}]}}}},
        {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60}}}},
        {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 2}}}},
        {"metadata": {"labels": {"app": "other"}}},
    ),
    "service/day-service": ({"spec": {"selector": {"app": "other"}}},),
    "configmap/day-service-config": ({"data": {"LOG_LEVEL": "trace"}}, {"data": {"LOG_LEVEL": None}}),
    "hpa/day-service-hpa": ({"spec": {"maxReplicas": 9}}, {"spec": {"minReplicas": 1}}),
    "pdb/day-service": ({"spec": {"maxUnavailable": 2}},),
    "ingress/day-service": ({"metadata": {"labels": {"app": "other"}}},),
}
_ISOLATION: dict[str, tuple[dict[str, Any], ...]] = {
    "quota/platform-quota": ({"spec": {"hard": {"pods": "99"}}}, {"spec": {"hard": {"secrets": None}}}),
    "limitrange/platform-limits": ({"spec": {"limits": [{"type": "Container", "max": {"cpu": "64"}}]}},),
    "networkpolicy/platform-default-deny": ({"spec": {"ingress": [{}]}}, {"spec": {"policyTypes": ["Ingress"]}}),
    "networkpolicy/platform-dns": ({"spec": {"podSelector": {"matchLabels": {"a": "b"}}}},),
    "rolebinding/platform-read": (
        {"subjects": [{"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}]},
    ),
    "namespace": (
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
        {"metadata": {"labels": {"managed-by": "x", "name": "y"}}},
    ),
}  # fmt: skip
_HARMLESS: tuple[dict[str, Any], ...] = (
    {"metadata": {"labels": {"team": "a"}}},
    {"metadata": {"annotations": {"kubectl.kubernetes.io/note": "b"}}},
)

OBSTACLES = ("", "finalizer", "quota", "webhook")
"""What else others can leave: an object that is held while it is deleted, a quota of theirs, a webhook that is dead."""
_NAMED = {"finalizer": "example.com/held", "quota": "others-quota", "webhook": "others.example.com"}


@dataclass(frozen=True)
class Edit:
    """One edit: of what, by whom, and the patch; None where it is deleted. And what is in the way of a restore."""

    target: str
    manager: str
    patch: dict[str, Any] | None
    harmless: bool = False
    obstacle: str = ""


class Edits:
    """Plays rounds of edits against a deployed day service, by a seed."""

    def __init__(
        self, checkout: Checkout, cluster: LiveCluster, *, environment: str, namespace: str, seed: int
    ) -> None:
        self._checkout, self._cluster, self._namespace = checkout, cluster, namespace
        self._of = {"SERVICE": "day", "ENV": environment}
        self._random = random.Random(seed)  # noqa: S311 - a test's own
        self._before = self._uids()

    def play(self, obstacle: str | None = None) -> Edit:
        """Edit something, and see that it is named, that the next update restores it, and that nothing is lost.

        `obstacle` is one of OBSTACLES, by default any.
        """
        edit = self._next(self._random.choice(OBSTACLES) if obstacle is None else obstacle)
        try:
            self._do(edit)
            told = self._drift()
            assert bool(told) is not edit.harmless, (edit, told)
            run = self._checkout.make("app-up", code=None, **self._of)
            assert "Traceback" not in run.text, (edit, run.text)
        finally:
            self._remove(edit)
        if edit.obstacle:
            named = _NAMED[edit.obstacle] in run.text or edit.manager in _CONTROLLERS
            assert run.code == 0 or named, (edit, run.text)
            run = self._checkout.make("app-up", code=None, **self._of)
        if run.code:
            # A controller's: refused in one message, which leads out.
            (name,) = {
                line.partition("TAKE_BACK=")[2] for line in run.text.splitlines() if "TAKE_BACK=" in line
            }
            assert edit.manager in _CONTROLLERS, (edit, run.text)
            assert "Error 2" in run.text
            self._checkout.make("app-up", TAKE_BACK=name, **self._of)
        assert self._drift() == [], (edit, run.text)
        after = self._uids()
        if edit.patch is None:
            self._before = after
        assert after == self._before, edit
        status = self._cluster.apps.read_namespaced_deployment("day-service", self._namespace).status
        assert status.ready_replicas == status.replicas, edit
        return edit

    def _next(self, obstacle: str) -> Edit:
        choose = self._random.choice
        if obstacle == "quota":  # which bites where pods are needed
            return Edit("deployment/day-service", choose(_PEOPLE), None, obstacle=obstacle)
        kinds = choose((_SERVICES, _ISOLATION))
        target = choose([name for name in kinds if not obstacle or name != "namespace"])
        if obstacle == "finalizer":
            return Edit(target, choose(_PEOPLE), None, obstacle=obstacle)
        manager = choose(_PEOPLE + _CONTROLLERS)
        how = self._random.random()
        if how < 0.2 and target != "namespace":
            return Edit(target, manager, None, obstacle=obstacle)
        if how < 0.3:
            return Edit(target, manager, choose(_HARMLESS), harmless=True, obstacle=obstacle)
        return Edit(target, manager, choose(kinds[target]), obstacle=obstacle)

    def _do(self, edit: Edit) -> None:
        target = f"namespace/{self._namespace}" if edit.target == "namespace" else edit.target
        if edit.obstacle == "finalizer":
            self._kubectl("patch", target, "--type=merge", f"--patch={_finalizers(_NAMED['finalizer'])}")
        if edit.obstacle == "quota":
            self._kubectl("create", "quota", _NAMED["quota"], "--hard=pods=1")
        if edit.patch is None:
            self._kubectl("delete", target, "--wait=false")
        else:
            kind = "strategic" if "containers" in str(edit.patch) else "merge"
            patch = f"--patch={json.dumps(edit.patch)}"
            self._kubectl("patch", target, f"--type={kind}", patch, f"--field-manager={edit.manager}")
        if edit.obstacle == "webhook":
            self._kubectl("create", "--filename=-", text=json.dumps(_dead_webhook(self._namespace)))

    def _remove(self, edit: Edit) -> None:
        """Remove what was in the way."""
        if edit.obstacle == "finalizer":
            self._kubectl("patch", edit.target, "--type=merge", f"--patch={_finalizers()}")
        elif edit.obstacle == "quota":
            self._kubectl("delete", "quota", _NAMED["quota"])
        elif edit.obstacle == "webhook":
            self._kubectl("delete", "validatingwebhookconfiguration", _NAMED["webhook"])

    def _drift(self) -> list[str]:
        text = self._checkout.make("namespace-status", FORMAT="json", code=None, **self._of).text
        document, _ = json.JSONDecoder().raw_decode(text)
        return [one["fact"] for shown in document["clusters"] for one in shown["disagreements"]]

    def _uids(self) -> dict[str, str]:
        found = {**self._cluster.uids(self._namespace), **self._cluster.isolation_uids(self._namespace)}
        return {name: uid for name, uid in found.items() if not name.startswith("Pod/")}

    def _kubectl(self, *arguments: str, text: str = "") -> None:
        program = [str(locate().path("kubectl")), "--kubeconfig", str(self._checkout.kubeconfig)]
        command = [*program, "-n", self._namespace, *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def _finalizers(*names: str) -> str:
    return json.dumps({"metadata": {"finalizers": names}})


def _dead_webhook(namespace: str) -> dict[str, Any]:
    """One that is asked about everything in a namespace, and never answers."""
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE", "UPDATE"]}
    webhook = {
        "name": _NAMED["webhook"],
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 2,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _NAMED["webhook"]},
        "webhooks": [webhook],
    }
