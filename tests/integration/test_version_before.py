"""Stacks that the version before the redesign deployed come over with nothing deleted, replaced or created again.

`version_before/` has three states as that version (commit 030120f) left them: an infrastructure stack that took a
namespace over, a day service that owns its namespace, and one that lives in the infrastructure's after the move. What
is different on each cluster is left out of them, and so is what can be read from it: an object's outputs are the live
object. The objects are applied as they were then, by the field managers that the states name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kubernetes import config
from kubernetes.dynamic import DynamicClient

from shared.state import exported_state
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.local_cluster import checkout_with_cluster

STATES = Path(__file__).parent / "version_before"
INFRASTRUCTURE, DAY, READER = ("infrastructure", "dev"), ("apps/day", "dev"), ("apps/day", "moved")
FILES = {INFRASTRUCTURE: "infrastructure.json", DAY: "day.json", READER: "day-reader.json"}

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""What the engine marks a secret by."""

NEW = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
"""What the version of today has in addition."""

Resource = dict[str, Any]
Uids = Mapping[str, str]


class Recorded:
    """The recorded stacks, and the objects that they deployed to a cluster."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout, self.cluster = checkout, LiveCluster(checkout.kubeconfig)
        connection = config.new_client_from_config(config_file=str(checkout.kubeconfig))
        self._api: Any = DynamicClient(connection)
        self.states: dict[tuple[str, str], list[Resource]] = {
            stack: json.loads((STATES / file).read_text()) for stack, file in FILES.items()
        }

    def restore(self) -> None:
        """Deploy the objects, and give the backend the states."""
        for resource in self.objects:
            self._apply(resource["inputs"])
        for namespace in ("dev", "moved"):
            until(partial(self._is_ready, namespace), f"day-service ready in {namespace}")
        for (folder, name), resources in self.states.items():
            self._import(folder, name, [self._as_exported(resource) for resource in resources])

    @property
    def objects(self) -> list[Resource]:
        """The resources of all stacks that are objects on the cluster."""
        return [
            item for state in self.states.values() for item in state if item["type"].startswith("kubernetes:")
        ]

    def in_state(self, folder: str, name: str) -> set[tuple[str, str, str]]:
        """The objects that a stack has in its state now, by kind, namespace and name."""
        text = self.checkout.by_hand(f"cd {folder} && pulumi stack export --stack {name}")
        return {(item.kind, item.namespace, item.name) for item in exported_state(json.loads(text)).objects}

    @property
    def uids(self) -> Uids:
        """The UID of each object as it is now on the cluster, by its URN."""
        return {item["urn"]: self._live(item["inputs"])["metadata"]["uid"] for item in self.objects}

    def _apply(self, inputs: Resource) -> None:
        annotations = inputs["metadata"]["annotations"]
        manager, before = (
            annotations.get(key)
            for key in ("pulumi.com/patchFieldManager", "platform.internal/previous-owner")
        )
        if inputs["kind"] == "Namespace" and before:
            # Its owner before the move left what both had agreed on to both.
            labels = {k: v for k, v in inputs["metadata"]["labels"].items() if k != "platform.internal/owner"}
            metadata = {"name": inputs["metadata"]["name"], "labels": labels}
            self._server_side(inputs, {**inputs, "metadata": metadata}, before)
        self._server_side(inputs, inputs, manager)

    def _server_side(self, inputs: Resource, body: Resource, manager: str) -> None:
        self._kind(inputs).server_side_apply(
            body=body,
            name=inputs["metadata"]["name"],
            namespace=inputs["metadata"].get("namespace"),
            field_manager=manager,
        )

    def _kind(self, inputs: Resource) -> Any:
        return self._api.resources.get(api_version=inputs["apiVersion"], kind=inputs["kind"])

    def _live(self, inputs: Resource) -> Resource:
        metadata = inputs["metadata"]
        found = self._kind(inputs).get(name=metadata["name"], namespace=metadata.get("namespace"))
        live: Resource = found.to_dict()
        return live

    def _is_ready(self, namespace: str) -> bool:
        status = self.cluster.apps.read_namespaced_deployment("day-service", namespace).status
        return bool(status.available_replicas)

    def _as_exported(self, resource: Resource) -> Resource:
        if resource["type"].startswith("kubernetes:"):
            inputs = resource["inputs"]
            outputs = {
                **self._live(inputs),
                "__inputs": inputs,
                "__initialApiVersion": inputs["apiVersion"],
                "__fieldManager": inputs["metadata"]["annotations"]["pulumi.com/patchFieldManager"],
            }
            return {**resource, "outputs": outputs}
        text = json.dumps(resource)
        text = text.replace("<cluster_identifier>", self.cluster.namespace("kube-system").metadata.uid)
        for namespace in ("dev", "moved"):
            text = text.replace(f"<uid of {namespace}>", self.cluster.namespace(namespace).metadata.uid)
        kubeconfig = json.dumps(self.checkout.kubeconfig.read_text())
        exported: Resource = json.loads(
            text.replace('{"secret": "kubeconfig"}', json.dumps({**SECRET, "plaintext": kubeconfig}))
        )
        return exported

    def _import(self, folder: str, name: str, resources: list[Resource]) -> None:
        self.checkout.create_stack(folder, name)
        file = self.checkout.temporary / "state.json"
        # The new stack has no resources, but it does have what encrypts it.
        export = json.loads(self.checkout.by_hand(f"cd {folder} && pulumi stack export --stack {name}"))
        export["deployment"]["resources"] = resources
        file.write_text(json.dumps(export))
        self.checkout.by_hand(f"cd {folder} && pulumi stack import --stack {name} --file {file}")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A checkout whose stacks the version before deployed."""
    with checkout_with_cluster(tmp_path_factory.mktemp("before")) as checkout:
        checkout.settings("infrastructure", "dev", {"cluster": "local", "namespaces": {"moved": {}}})
        settings = {"infra_stack_name": "dev", "namespace": "moved", "create_namespace": False}
        checkout.settings("day", "moved", settings)
        made = Recorded(checkout)
        made.restore()
        yield made


def test_nothing_is_deleted_replaced_or_created_again(recorded: Recorded) -> None:
    before, checkout = recorded.uids, recorded.checkout
    in_states = {stack: recorded.in_state(*stack) for stack in FILES}
    deployments: tuple[tuple[str, dict[str, str]], ...] = (
        ("infra-up", {}),
        ("app-up", {"SERVICE": "day"}),
        ("app-up", {"SERVICE": "day", "ENV": "moved"}),
    )
    for target, variables in deployments:
        text = checkout.make(target, **variables).text
        for lost in ("deleted", "replaced"):
            assert lost not in text, text
        assert set(re.findall(r"create (\w+)/", text)) <= NEW
    assert recorded.uids == before
    for stack, objects in in_states.items():
        new = recorded.in_state(*stack) - objects
        assert not objects - recorded.in_state(*stack)
        assert {kind.rpartition(":")[2] for kind, *_ in new} <= NEW
    assert recorded.cluster.owner("dev") == "day-service-app.dev"
    assert recorded.cluster.owner("moved") == "service-infrastructure.dev"
    for target, variables in deployments:
        text = checkout.make(target, **variables).text
        assert "unchanged" in text
        assert "updated" not in text


def test_the_moved_namespace_can_move_back(recorded: Recorded) -> None:
    recorded.checkout.make("infra-up")
    before = recorded.uids
    recorded.checkout.make("namespace-move", SERVICE="day", ENV="moved", TO="application")
    assert recorded.cluster.owner("moved") == "day-service-app.moved"
    assert recorded.uids == before
