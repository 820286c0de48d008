"""The cluster that settings name: found by its kubeconfig, or refused with what to do."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from infrastructure import cluster
from infrastructure.cluster import ClusterAccess, find_cluster
from infrastructure.settings import InfrastructureSettings
from shared.errors import Refusal
from shared.stacks import Stack
from shared.state import State
from tests.unit.infrastructure.conftest import KUBECONFIG

FILE = "infrastructure/Pulumi.dev.yaml"


HERE = Stack("service-infrastructure", "dev")


def found(**values: Any) -> ClusterAccess:
    return find_cluster(settings(**values), HERE, State(), FILE)


def settings(**values: Any) -> InfrastructureSettings:
    return InfrastructureSettings.model_validate(values)


def refusal_of(**values: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        found(**values)
    return caught.value


def test_a_local_cluster_that_was_never_started_is_refused_with_how_to_start_it(kubeconfig: Path) -> None:
    kubeconfig.unlink()
    refusal = refusal_of(cluster="local")
    assert refusal.fact == f"{FILE} sets cluster: local, but the local cluster was never started."
    assert "make cluster-up" in refusal.remedy


def test_an_existing_cluster_without_a_path_is_refused_with_the_setting() -> None:
    with pytest.raises(ValidationError, match="cluster is existing, which needs the setting kubeconfig_path"):
        settings(cluster="existing")


def test_an_existing_cluster_with_a_wrong_path_is_refused_with_setting_and_file(tmp_path: Path) -> None:
    refusal = refusal_of(cluster="existing", kubeconfig_path=str(tmp_path / "none"))
    assert refusal.fact.startswith(f"kubeconfig_path in {FILE} names {tmp_path / 'none'}")


def test_an_unknown_context_is_refused_with_those_that_there_are(kubeconfig: Path) -> None:
    refusal = refusal_of(cluster="existing", kubeconfig_path=str(kubeconfig), kubeconfig_context="x")
    assert refusal.remedy == "Set kubeconfig_context to one of: first."


def test_the_local_cluster_is_reached_by_its_own_kubeconfig(kubeconfig: Path) -> None:
    access = found(cluster="local")
    assert isinstance(access.kubeconfig, str)
    assert yaml.safe_load(access.kubeconfig) == KUBECONFIG
    assert (access.contract.cluster_name, access.contract.ingress_class) == ("platform", "local")


@pytest.mark.parametrize("given", ["absolute", "of the checkout", "of the home"])
def test_an_existing_clusters_path_is_read_as_people_write_it(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr(cluster, "LOCAL_KUBECONFIG", Path("/nowhere"))
    monkeypatch.setattr(cluster, "_ROOT", kubeconfig.parent)
    monkeypatch.setenv("HOME", str(kubeconfig.parent))
    paths = {"absolute": str(kubeconfig), "of the checkout": "kubeconfig", "of the home": "~/kubeconfig"}
    access = found(cluster="existing", kubeconfig_path=paths[given])
    assert (access.contract.cluster_name, access.contract.ingress_class) == ("platform", "nginx")


@pytest.mark.parametrize("kind", ["local", "existing"])
def test_an_ingress_class_that_is_named_wins(kubeconfig: Path, kind: str) -> None:
    access = found(cluster=kind, kubeconfig_path=str(kubeconfig), ingress_class="traefik")
    assert access.contract.ingress_class == "traefik"


def test_a_credential_is_never_shown_by_accident(kubeconfig: Path) -> None:
    assert "secret token" not in repr(found(cluster="local"))


def test_a_kind_of_cluster_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'local', 'existing' or 'eks'"):
        settings(cluster="gke")


def test_a_kubeconfig_of_the_checkout_that_runs_a_command_is_refused_with_its_setting(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load(kubeconfig.read_text())
    document["users"][0]["user"] = {"exec": {"command": "./evil"}}
    kubeconfig.write_text(yaml.safe_dump(document))
    monkeypatch.setattr(cluster, "_ROOT", kubeconfig.parent)
    fact = refusal_of(cluster="existing", kubeconfig_path="kubeconfig").fact
    assert fact.startswith(f"kubeconfig_path in {FILE} names {kubeconfig}")
    assert "whose exec may run a command" in fact
    monkeypatch.setattr(cluster, "_ROOT", kubeconfig.parent / "checkout")
    assert found(cluster="existing", kubeconfig_path=str(kubeconfig)).kubeconfig
