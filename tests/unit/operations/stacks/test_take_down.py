"""Taking stacks down: a namespace goes only by its name and unused, and infrastructure only where it is unused."""

from dataclasses import replace
from typing import Any

import pytest

from operations.stacks import take_down as module
from operations.stacks.take_down import take_down, take_infrastructure_down
from shared.errors import Failure, Refusal
from shared.stacks import Stack
from shared.state import StateObject
from tests.unit.operations.stacks.conftest import NAMESPACE_URN, OTHER, STACK, Scene, item, state

PATH = "/api/v1/namespaces/dev"
ME = STACK.owner
PLATFORM = Stack("service-infrastructure", "dev")
OWNED = "/api/v1/namespaces?labelSelector=platform.internal/owner"
ISOLATION = "urn:pulumi:dev::day-service-app::platform:isolation:Isolation::dev"
TOOLCHAIN: Any = None


@pytest.fixture
def place(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A deployed stack that owns the namespace dev, with its own Deployment in it."""
    scene.state = state(outputs={"kubeconfig": "given"})
    scene.put("dev", owner=ME)
    scene.fill("dev", "/apis/apps/v1", "deployments", item("day-service", ME))
    monkeypatch.setattr(module, "EngineStack", lambda stack, toolchain: scene)
    monkeypatch.setattr(module, "state_of", lambda stack, toolchain: scene.state)
    monkeypatch.setattr(module, "cluster_api", scene.connected)
    monkeypatch.setattr(module, "cluster_of", lambda stack: PLATFORM)
    monkeypatch.setattr(module, "kubeconfig_of", lambda stack, toolchain, state=None: "given")
    return scene


def test_contents_that_cannot_be_listed_after_the_deletion_are_a_failure(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise Refusal("The cluster does not answer.", "Start it.")

    monkeypatch.setattr(module, "contents", refuse)
    with pytest.raises(Failure, match="does not answer"):
        take_down(STACK, TOOLCHAIN)


def test_isolation_outlives_its_application_in_a_namespace_of_another_owner(place: Scene) -> None:
    place.state = replace(place.state, objects=(), urns=(ISOLATION,))
    take_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", (ISOLATION,))]


@pytest.mark.parametrize("delete_namespace", ["", "dev"])
def test_what_holds_data_beside_the_namespace_stays_unless_it_is_named(
    place: Scene, capsys: pytest.CaptureFixture[str], delete_namespace: str
) -> None:
    beside = [
        f"urn:pulumi:dev::day-service-app::{kind}::{name}"
        for kind, name in (
            ("aws:s3/bucket:Bucket", "files"),
            (
                "kubernetes:helm.sh/v4:Chart$kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
                "dashboard:boards",
            ),
            ("aws:cloudwatch/logGroup:LogGroup", "audit"),
        )
    ]
    scope = () if delete_namespace else (NAMESPACE_URN,)
    kind = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    boards = StateObject(beside[1], kind, "boards.example.com")
    place.state = replace(place.state, urns=(NAMESPACE_URN, *beside), objects=(*place.state.objects, boards))
    place.fill("dev", "/apis/apps/v1", "deployments")
    take_down(STACK, TOOLCHAIN, delete_namespace=delete_namespace)
    take_down(STACK, TOOLCHAIN, delete_namespace=delete_namespace, allow="bucket/files")
    kept = [entry[1] for entry in place.done if entry[0] == "destroy"]
    assert kept == [(*scope, *beside[:2]), (*scope, beside[1])]
    told = capsys.readouterr().err
    assert "Bucket/files is kept; to delete it with its data: ALLOW=Bucket/files" in told
    assert "ALLOW=CustomResourceDefinition/boards.example.com\n" in told


def test_a_stack_without_resources_is_left_alone(place: Scene) -> None:
    place.state = replace(place.state, objects=(), urns=())
    take_down(STACK, TOOLCHAIN)
    assert place.done == []


def test_a_named_namespace_is_deleted_last_as_the_very_one_that_was_checked(place: Scene) -> None:
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    annotations = {"platform.internal/allow-deletion": "uid-1"}
    allowed = {"metadata": {"uid": "uid-1", "resourceVersion": "7", "annotations": annotations}}
    assert place.done == [("destroy", ()), ("merge", PATH, allowed), ("delete", PATH, "uid-1")]


@pytest.mark.parametrize(("owner", "told"), [(OTHER, f"{OTHER} owns"), ("", "No stack owns")])
def test_a_namespace_of_another_owner_is_not_deleted(place: Scene, owner: str, told: str) -> None:
    place.put("dev", owner=owner)
    with pytest.raises(Refusal, match=f"{told} the namespace 'dev', so {ME} does not delete it"):
        take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert place.done == []


def test_a_run_after_one_that_was_killed_goes_on_where_it_stopped(place: Scene) -> None:
    place.state = replace(place.state, objects=(), urns=())
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert [step[0] for step in place.done] == ["merge", "delete"]


@pytest.mark.parametrize("change", ["recreated", "adopted", "used"])
def test_a_namespace_that_changed_while_the_application_was_deleted_stays(
    place: Scene, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    destroy = place.destroy

    def meanwhile(**arguments: Any) -> Any:
        if change == "used":
            place.fill("dev", "/apis/apps/v1", "deployments", item("visitor", OTHER))
        else:
            place.put("dev", owner=OTHER, uid="uid-2" if change == "recreated" else "uid-1")
        return destroy(**arguments)

    monkeypatch.setattr(place, "destroy", meanwhile)
    if change == "recreated":
        take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    else:
        with pytest.raises(Failure, match="visitor" if change == "used" else f"{OTHER} owns"):
            take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert place.done == [("destroy", ())]
    assert PATH in place.objects


def test_a_mistyped_namespace_takes_nothing_down(place: Scene) -> None:
    with pytest.raises(Refusal, match=r"no namespace 'devv'.*it has: dev"):
        take_down(STACK, TOOLCHAIN, delete_namespace="devv")
    assert place.done == []


def test_a_namespace_with_objects_of_the_stack_that_its_state_lacks_is_not_deleted(place: Scene) -> None:
    place.put("old", owner=ME, uid="uid-of-old")
    workload = StateObject("urn", "kubernetes:apps/v1:Deployment", "day-service", "old")
    place.state = replace(place.state, objects=(*place.state.objects, workload))
    with pytest.raises(Refusal, match="has objects in the namespace 'old'"):
        take_down(STACK, TOOLCHAIN, delete_namespace="old")
    assert place.done == []


@pytest.fixture
def platform(place: Scene) -> Scene:
    """A deployed infrastructure stack; no stack owns a namespace on its cluster."""
    place.state = replace(place.state, objects=(), urns=("urn",))
    place.objects[OWNED] = {"items": []}
    return place


@pytest.fixture
def eks(platform: Scene) -> Scene:
    """One that creates its cluster, which is not protected any more."""
    platform.state = replace(platform.state, urns=("urn:pulumi:dev::x::pulumi:providers:aws::aws",))
    return platform


def refusal(platform: Scene) -> Refusal:
    with pytest.raises(Refusal) as caught:
        take_infrastructure_down(PLATFORM, TOOLCHAIN)
    assert platform.done == []
    return caught.value


def test_an_infrastructure_that_is_not_in_use_is_deleted(platform: Scene) -> None:
    platform.objects["/apis/networking.k8s.io/v1/ingresses"] = {"items": [item("shop")]}
    take_infrastructure_down(PLATFORM, TOOLCHAIN)
    assert platform.done == [("destroy", ())]


def test_an_infrastructure_in_use_stays_and_all_owned_namespaces_are_listed(eks: Scene) -> None:
    eks.objects[OWNED] = {"items": [item("dev", ME), item("x", OTHER)]}
    assert refusal(eks).fact.splitlines()[1:] == [f"    dev ({ME})", f"    x ({OTHER})"]


def test_an_infrastructure_that_was_never_deployed_is_left_alone(platform: Scene) -> None:
    platform.state = replace(platform.state, outputs={})
    take_infrastructure_down(PLATFORM, TOOLCHAIN)
    assert platform.done == []


def test_a_cluster_whose_load_balancers_would_be_left_behind_stays(eks: Scene) -> None:
    eks.objects["/apis/networking.k8s.io/v1/ingresses"] = {"items": [item("shop")]}
    services = [item("inner", spec={"type": "ClusterIP"}), item("outer", spec={"type": "LoadBalancer"})]
    eks.objects["/api/v1/services"] = {"items": services}
    assert refusal(eks).fact.splitlines()[1:] == ["    Ingress/shop in dev", "    Service/outer in dev"]


def test_a_cluster_that_was_deployed_with_protection_stays_whatever_the_settings_file_says_by_now(
    eks: Scene,
) -> None:
    urn = "urn:pulumi:dev::x::platform:eks:EksCluster$aws:eks/cluster:Cluster::cluster"
    eks.state = replace(eks.state, protected=(urn,))
    told = refusal(eks)
    assert told.fact.splitlines()[1:] == ["    Cluster cluster"]
    assert "Set eks.deletion_protection: false" in told.remedy


def test_a_cluster_whose_first_run_never_ended_is_deleted_too(eks: Scene) -> None:
    """Nothing was exported, so that no application could be deployed; what was created costs money all the same."""
    eks.state = replace(eks.state, outputs={})
    take_infrastructure_down(PLATFORM, TOOLCHAIN)
    assert eks.done == [("destroy", ())]


def test_a_namespace_that_would_be_deleted_with_its_stack_keeps_it(platform: Scene) -> None:
    platform.state = state(retained=False, outputs={"kubeconfig": "given"})
    assert "with everything in them: dev." in refusal(platform).fact
