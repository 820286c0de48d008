"""An environment: what is refused after a change is a failure; any program's exports and late Ingresses are shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from operations.engine.events import Step
from operations.stacks import environment as module
from operations.stacks.environment import bring_up, select, show_overview, tell_unserved, unserved
from operations.stacks.parallel import FAILED, REFUSED
from shared.errors import Failure, Refusal
from shared.stacks import Stack
from tests.unit.operations.stacks.conftest import Scene, item
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM, TOOLCHAIN, Workspace

CHANGE = (Step("create", "urn::a", "Namespace", "dev"),)


@pytest.fixture
def given(workspace: Workspace, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A checkout with day, on an existing cluster."""
    workspace.settings(PLATFORM, cluster="existing", kubeconfig_path="x")
    workspace.settings(DAY)
    workspace.state(PLATFORM, "one", kubeconfig="given")
    monkeypatch.setattr(module, "cluster_api", scene.connected)
    return workspace


@pytest.mark.parametrize(("steps", "code", "error"), [((), REFUSED, Refusal), (CHANGE, FAILED, Failure)])
def test_services_that_are_refused_or_a_circle_after_infrastructure_was_changed_are_a_failure(
    given: Workspace, monkeypatch: pytest.MonkeyPatch, steps: Any, code: int, error: type[Exception]
) -> None:
    def refuse(*_: Any) -> int:
        raise Refusal("A circle.", "Break it.")

    monkeypatch.setattr(module, "deploy", lambda *_: steps)
    monkeypatch.setattr(module, "deploy_all", lambda *_: REFUSED)
    assert bring_up("dev", TOOLCHAIN) == code
    monkeypatch.setattr(module, "deploy_all", refuse)
    with pytest.raises(error, match="A circle"):
        bring_up("dev", TOOLCHAIN)


def test_infrastructure_of_another_checkout_is_left_to_it(
    given: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (given.root / "infrastructure" / "Pulumi.dev.yaml").unlink()
    given.settings(DAY, infra_stack_name="other-infra/dev")
    monkeypatch.setattr(module, "deploy_all", lambda *_: 0)
    assert bring_up("dev", TOOLCHAIN) == 0
    assert "other-infra/dev is deployed from its own checkout." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("exports", "cells"),
    [
        ({"namespace": "dev", "deployment_name": "day", "url": "http://day"}, ["dev", "me", "1/2"]),
        ({"namespace": "dev"}, ["dev", "me", "-"]),
        ({"anything": 1}, ["-", "-", "-"]),
        ({}, ["-", "-", "not deployed"]),
    ],
    ids=["web service", "no web service", "no namespace", "not deployed"],
)
def test_the_overview_shows_whatever_a_program_exports(
    given: Workspace, scene: Scene, capsys: pytest.CaptureFixture[str], exports: Any, cells: list[str]
) -> None:
    scene.put("dev", owner="me")
    deployment = {"status": {"readyReplicas": 1, "replicas": 2}}
    if "deployment_name" in exports:
        selected = f"labelSelector=platform.internal/owner%3D{DAY.owner}"
        scene.objects[f"/apis/apps/v1/namespaces/dev/deployments?{selected}"] = {"items": [deployment]}
    given.state(DAY, "one", **exports)
    show_overview("dev", TOOLCHAIN)
    row = next(line.split() for line in capsys.readouterr().out.splitlines() if DAY.label in line)
    assert " ".join(row) == " ".join([DAY.label, *cells])


@pytest.fixture
def services(workspace: Workspace) -> None:
    """Day in two environments, dusk in one and dawn in none."""
    for stack in (DAY, Stack(DAY.project, "production"), DUSK):
        workspace.settings(stack)
    (workspace.root / "apps/dawn").mkdir()
    (workspace.root / "apps/dawn/Pulumi.yaml").write_text("name: dawn-service-app\n")


def labels(environment: str, only: str = "") -> list[str]:
    return [stack.label for stack in select(environment, only)]


@pytest.mark.usefixtures("services")
def test_all_services_with_settings_for_the_environment_or_those_that_are_named() -> None:
    assert labels("dev") == ["day/dev", "dusk/dev"]
    assert labels("production") == ["day/production"]
    assert labels("dev", "dusk") == ["dusk/dev"]
    assert labels("dev", " dusk , day,dusk,") == ["dusk/dev", "day/dev"]


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize("only", ["moon", "day,moon", "dawn", "day;dusk", " , "])
def test_an_unknown_service_is_refused_with_the_known_ones_and_so_is_an_unknown_environment(
    only: str,
) -> None:
    with pytest.raises(Refusal, match="ONLY") as refused:
        select("dev", only)
    assert "day,dusk" in refused.value.remedy
    with pytest.raises(Refusal, match="'staging'"):
        select("staging", only)


NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


LISTED = "/apis/networking.k8s.io/v1/ingresses?labelSelector=platform.internal/owner"


def told_of(scene: Scene, created: str, **status: Any) -> list[str]:
    """What is told of a cluster with one Ingress."""
    ingress = item("day-service", spec={"ingressClassName": "alb"}, status={"loadBalancer": status})
    ingress["metadata"]["creationTimestamp"] = created
    scene.objects[LISTED] = {"items": [ingress]}
    return unserved(scene, NOW)  # type: ignore[arg-type]


def test_an_ingress_that_is_late_is_told_with_where_to_look_and_one_that_is_new_or_served_is_not(
    scene: Scene,
) -> None:
    (line,) = told_of(scene, "2026-01-01T11:50:00Z")
    assert line.startswith("Ingress day-service in dev has had no address for 10 minutes")
    assert "kubectl -n dev describe ingress day-service" in line
    assert "controller of class alb" in line
    assert told_of(scene, "2026-01-01T11:59:00Z") == []
    assert told_of(scene, "2026-01-01T11:00:00Z", ingress=[{"hostname": "x"}]) == []


def test_telling_comes_last_so_that_wrong_settings_and_other_checkouts_do_not_fail_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.settings(PLATFORM)
    workspace.settings(DAY, infra_stack_name="other-infra/dev")
    workspace.settings(DUSK, infra_stack_name="no/such/stack/name")
    asked: list[Stack] = []

    def kubeconfig(stack: Stack, _: object) -> str:
        asked.append(stack)
        raise Refusal("It exports none.", "Deploy it.")

    monkeypatch.setattr(module, "kubeconfig_of", kubeconfig)
    tell_unserved([PLATFORM, DUSK, DAY, Stack("elsewhere", "dev")], TOOLCHAIN)
    assert asked == [Stack("other-infra", "dev"), Stack("elsewhere", "dev")]
