"""What of a live object differs from what a stack declares, by who set each field."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from operations.drift import Difference, compare
from shared.state import ISOLATION, StateObject

OWNER = {"platform.internal/owner": "day-service-app.dev"}
ME = "day-service-app.dev"
DECLARED: dict[str, Any] = {
    "metadata": {"name": "day", "namespace": "dev", "labels": {**OWNER, "app": "day"}},
    "spec": {
        "replicas": 2,
        "template": {
            "spec": {"containers": [{"name": "main", "image": "a:1", "resources": {"cpu": "1000m"}}]}
        },
    },
}
MAIN = 'k:{"name":"main"}'
MINE: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:platform.internal/owner": {}, "f:app": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:template": {
            "f:spec": {
                "f:containers": {MAIN: {".": {}, "f:name": {}, "f:image": {}, "f:resources": {"f:cpu": {}}}}
            }
        },
    },
}


def item(kind: str = "apps/v1:Deployment") -> StateObject:
    return StateObject(
        "urn", f"kubernetes:{kind}", "day", "dev", owner=ME, field_manager=ME, declared=DECLARED
    )


class Object:
    """A live object as its stack applied it, to be changed by others."""

    def __init__(self) -> None:
        self.fields = deepcopy(DECLARED)
        self.mine = deepcopy(MINE)
        self.entries: list[dict[str, Any]] = []
        # What the API server writes in its own way, and fills in.
        self.container["resources"] = {"cpu": "1"}
        self.container["imagePullPolicy"] = "IfNotPresent"
        self.fields["status"] = {"replicas": 2}

    @property
    def container(self) -> dict[str, Any]:
        containers = self.fields["spec"]["template"]["spec"]["containers"]
        one: dict[str, Any] = containers[0]
        return one

    def set_by(self, manager: str, fields: dict[str, Any], **more: Any) -> None:
        self.entries.append({"manager": manager, "time": "2026-11-27T10:00:00Z", "fieldsV1": fields, **more})

    def found(self, kind: str = "apps/v1:Deployment") -> list[Difference]:
        mine = {"manager": ME, "operation": "Apply", "fieldsV1": self.mine}
        metadata = {**self.fields["metadata"], "managedFields": [mine, *self.entries]}
        return compare(item(kind), {**self.fields, "metadata": metadata})


@pytest.fixture
def live() -> Object:
    return Object()


def in_container(fields: dict[str, Any]) -> dict[str, Any]:
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {MAIN: fields}}}}}


def test_a_webhooks_rewriting_of_what_its_stack_applied_is_no_difference(live: Object) -> None:
    live.container["image"] = "mirror/a:1"
    assert live.found() == []


def test_a_changed_field_is_told_with_its_value_and_who_set_it(live: Object) -> None:
    live.container["image"] = "b:2"
    del live.mine["f:spec"]["f:template"]["f:spec"]["f:containers"][MAIN]["f:image"]
    live.set_by("kubectl-set", in_container({"f:image": {}}))
    (one,) = live.found()
    assert str(one) == (
        'Deployment/day in \'dev\': spec.template.spec.containers[main].image is "b:2" (declared: "a:1"), '
        "set by kubectl-set on 2026-11-27 at 10:00:00 UTC"
    )
    assert one.is_ours
    live.entries[0]["manager"] = "rightsizer"
    (one,) = live.found()
    assert not one.is_ours
    (one,) = live.found("core/v1:ResourceQuota")
    assert one.is_ours


def test_a_field_that_was_removed_is_told(live: Object) -> None:
    del live.fields["metadata"]["labels"]["app"], live.mine["f:metadata"]["f:labels"]["f:app"]
    (one,) = live.found()
    assert str(one) == "Deployment/day in 'dev': metadata.labels.app is removed (declared: \"day\")"


def test_what_was_added_opens_what_protects_and_is_a_controllers_business_elsewhere(live: Object) -> None:
    live.fields["spec"]["paused"] = True
    live.set_by("some-controller", {"f:spec": {"f:paused": {}}})
    assert live.found() == []
    (one,) = live.found("networking.k8s.io/v1:NetworkPolicy")
    assert (one.is_extra, one.is_ours) == (True, True)
    live.entries[0]["manager"] = "kubectl-patch"
    (one,) = live.found()
    assert (one.is_extra, one.is_ours) == (True, False)
    assert one.remedy("up") == "Remove it, unless it is meant to be so: up TAKE_BACK=Deployment/day"


def test_an_autoscalers_replicas_and_foreign_labels_are_no_difference(live: Object) -> None:
    live.fields["spec"]["replicas"] = 5
    del live.mine["f:spec"]["f:replicas"]
    live.set_by("kube-controller-manager", {"f:spec": {"f:replicas": {}}}, subresource="scale")
    live.fields["metadata"]["labels"]["team"] = "a"
    live.set_by("kubectl-label", {"f:metadata": {"f:labels": {"f:team": {}}}})
    live.fields["spec"]["template"]["metadata"] = {"annotations": {"restartedAt": "now"}}
    annotations: dict[str, Any] = {"f:metadata": {"f:annotations": {".": {}, "f:restartedAt": {}}}}
    live.set_by("kubectl-rollout", {"f:spec": {"f:template": annotations}})
    assert live.found() == []
    # Scaled to nothing, an autoscaler does nothing either.
    live.fields["spec"]["replicas"] = 0
    assert [one.keys for one in live.found()] == [("f:spec", "f:replicas")]


def test_what_moved_with_its_namespace_is_not_this_stacks_to_restore(live: Object) -> None:
    live.fields["metadata"]["labels"]["platform.internal/owner"] = "other.dev"
    live.set_by("other.dev", {"f:metadata": {"f:labels": {"f:platform.internal/owner": {}}}})
    metadata = {**live.fields["metadata"], "managedFields": live.entries}
    isolation = replace(
        item("core/v1:ResourceQuota"), urn=f"urn::{ISOLATION}$kubernetes:core/v1:ResourceQuota::a"
    )
    namespace = replace(item("core/v1:Namespace"), namespace="")
    assert compare(isolation, {**live.fields, "metadata": metadata}) == []
    assert compare(namespace, {**live.fields, "metadata": metadata}) == []


def test_an_owner_label_that_was_taken_away_is_told_with_who_set_it(live: Object) -> None:
    live.fields["metadata"]["labels"]["platform.internal/owner"] = "other.dev"
    live.mine["f:metadata"]["f:labels"].pop("f:platform.internal/owner")
    live.set_by("other.dev", {"f:metadata": {"f:labels": {"f:platform.internal/owner": {}}}})
    (one,) = live.found()
    assert (
        'labels[platform.internal/owner] is "other.dev" (declared: "day-service-app.dev"), set by other.dev'
        in str(one)
    )
    assert not one.is_ours
