"""The cluster that settings name: found by its kubeconfig, or refused with what to do."""

from pathlib import Path
from typing import Any

import pytest

from infrastructure import cluster
from infrastructure.cluster import ClusterAccess, find_cluster
from infrastructure.settings import InfrastructureSettings
from shared.errors import Refusal
from shared.stacks import Stack
from shared.state import State

FILE = "infrastructure/Pulumi.dev.yaml"


def found(**values: Any) -> ClusterAccess:
    settings = InfrastructureSettings.model_validate(values)
    return find_cluster(settings, Stack("service-infrastructure", "dev"), State(), FILE)


def test_a_local_cluster_that_was_never_started_is_refused_with_how_to_start_it(kubeconfig: Path) -> None:
    kubeconfig.unlink()
    with pytest.raises(Refusal) as caught:
        found(cluster="local")
    assert caught.value.fact == f"{FILE} sets cluster: local, but the local cluster was never started."
    assert "make cluster-up" in caught.value.remedy


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


def test_the_context_that_settings_name_is_read(kubeconfig: Path) -> None:
    with pytest.raises(Refusal, match="has no context 'x'"):
        found(cluster="existing", kubeconfig_path=str(kubeconfig), kubeconfig_context="x")


def test_a_credential_is_never_shown_by_accident(kubeconfig: Path) -> None:
    assert "secret token" not in repr(found(cluster="local"))
