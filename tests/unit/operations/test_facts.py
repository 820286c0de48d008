"""The facts that operations read: claims of settings, states of the backend, and the way to a cluster."""

import json
from contextlib import nullcontext
from typing import Any

import pytest

from operations import checkout, facts
from operations.facts import claims_of, cluster_of, kubeconfig_of, state_of, states
from shared.errors import Refusal
from shared.ownership.claim import Claim
from shared.stacks import Stack
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM, TOOLCHAIN, Workspace, namespace

DAY_FILE = "apps/day/Pulumi.dev.yaml"


def test_an_application_claims_its_namespace_by_default(workspace: Workspace) -> None:
    workspace.settings(DAY, namespace="mine")
    assert claims_of(DAY).claims == (Claim("mine", DAY, DAY, DAY_FILE),)
    assert claims_of(DAY).infrastructure == PLATFORM


@pytest.mark.parametrize("source", ["", "dusk-service-app/dev"])
def test_an_application_uses_what_another_stack_owns(workspace: Workspace, source: str) -> None:
    given = {"namespace_source": source} if source else {}
    workspace.settings(DAY, namespace="theirs", create_namespace=False, **given)
    (claim,) = claims_of(DAY).claims
    assert (claim.owner, claim.owns) == (DUSK if source else PLATFORM, False)


@pytest.mark.parametrize(
    ("named", "stack"),
    [
        ("shared", Stack("service-infrastructure", "shared")),
        ("other-infra/dev", Stack("other-infra", "dev")),
        ("acme/other-infra/dev", Stack("other-infra", "dev")),
    ],
)
def test_every_reader_gets_the_infrastructure_stack_that_the_settings_name(
    workspace: Workspace, named: str, stack: Stack
) -> None:
    workspace.settings(DAY, namespace="mine", create_namespace=False, infra_stack_name=named)
    settings = claims_of(DAY)
    assert settings.infrastructure == cluster_of(DAY) == settings.claims[0].owner == stack


def test_infrastructure_claims_its_namespaces(workspace: Workspace) -> None:
    workspace.settings(
        PLATFORM, namespaces={"a": {"adopt_namespace_from": DAY.owner, "tenants": [DUSK.owner]}, "b": {}}
    )
    one, two = claims_of(PLATFORM).claims
    assert (one.adopt_from, one.tenants, one.adopt_setting) == (
        DAY.owner,
        (DUSK.owner,),
        "namespaces.a.adopt_namespace_from",
    )
    assert (two.name, two.owns) == ("b", True)


def test_wrong_settings_are_told_and_still_lead_to_their_cluster(workspace: Workspace) -> None:
    workspace.settings(DAY, replicas=0, infra_stack_name="shared")
    found = claims_of(DAY)
    assert found.fault
    assert DAY_FILE in found.fault.fact
    assert (found.claims, found.infrastructure.name) == ((), "shared")
    assert cluster_of(DAY) == found.infrastructure


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("environment: [shared]\n", "may be imported"),
        ("config: {day-service-app:infra_stack_name: {secure: v1:x}}\n", "is encrypted"),
        ("config: {day-service-app:infra_stack_name: [dev]}\n", "infra_stack_name is"),
        ("config: [", "is not valid YAML"),
    ],
)
def test_a_cluster_that_the_file_does_not_tell_is_not_guessed(
    workspace: Workspace, text: str, told: str
) -> None:
    (workspace.root / DAY_FILE).write_text(text)
    with pytest.raises(Refusal, match=told):
        cluster_of(DAY)
    assert claims_of(DAY).fault
    (workspace.root / DAY_FILE).write_text(
        f"environment: [shared]\nconfig: {{{DAY.project}:infra_stack_name: a/b}}\n"
    )
    assert cluster_of(DAY) == Stack("a", "b")


def test_states_of_a_folder_have_those_of_other_checkouts_too(workspace: Workspace) -> None:
    night = Stack("night-service-app", "v1.2")
    workspace.state(DAY, "one", "dev")
    workspace.state(night, "one", "late")
    # One that was never a whole state is left out.
    (workspace.stacks / night.project / "other.json").write_text(json.dumps({"version": 9}))
    found = states([DAY, DUSK], TOOLCHAIN)
    assert set(found) == {DAY, night}
    assert (found[DAY].cluster, [item.name for item in found[DAY].namespaces]) == ("one", ["dev"])
    assert state_of(DAY, TOOLCHAIN) == found[DAY]
    assert state_of(DUSK, TOOLCHAIN).urns == ()


class _Engine:
    def __init__(self, stack: Stack, _: object) -> None:
        self.stack = stack

    def state(self) -> dict[str, Any]:
        """What the engine exports."""
        return {"deployment": {"resources": [namespace("exported", self.stack.owner)]}}

    def outputs(self, *, show_secrets: bool) -> dict[str, Any]:
        """What the stack exports."""
        assert show_secrets
        return {"kubeconfig": "opened"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that answers whatever the backend is."""
    monkeypatch.setattr(facts, "EngineStack", _Engine)


@pytest.mark.usefixtures("engine")
def test_the_engine_reads_what_is_being_written_and_what_is_not_in_a_folder(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.state(DAY, "one")
    file = workspace.stacks / DAY.project / "dev.json"
    file.write_text(file.read_text()[:40])
    assert states([], TOOLCHAIN)[DAY].namespace("exported")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    assert set(states([DAY, DUSK], TOOLCHAIN)) == {DAY, DUSK}


@pytest.mark.usefixtures("engine")
def test_a_kubeconfig_is_read_as_it_is_or_decrypted_by_the_engine(workspace: Workspace) -> None:
    workspace.deployed(PLATFORM, "one")
    assert kubeconfig_of(PLATFORM, TOOLCHAIN, states([], TOOLCHAIN)[PLATFORM]) == "kubeconfig-one"
    workspace.settings(PLATFORM)
    workspace.state(PLATFORM, "one", kubeconfig={"ciphertext": "v1:x"})
    assert kubeconfig_of(PLATFORM, TOOLCHAIN, states([], TOOLCHAIN)[PLATFORM]) == "opened"
    with pytest.raises(Refusal, match="make infra-up ENV=dev"):
        kubeconfig_of(PLATFORM, TOOLCHAIN)
    with pytest.raises(Refusal, match="deploy it from its own checkout"):
        kubeconfig_of(Stack("other-infra", "dev"), TOOLCHAIN)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("identifier", "taken"), [("one", "the local one"), ("two", "opened")])
def test_the_local_clusters_own_kubeconfig_is_taken_for_that_cluster_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, identifier: str, taken: str
) -> None:
    checkout.LOCAL.mkdir()
    (checkout.LOCAL / "kubeconfig").write_text("the local one")
    monkeypatch.setattr(facts, "cluster_api", nullcontext)
    monkeypatch.setattr(facts, "cluster_identifier", lambda api: "one")
    workspace.state(PLATFORM, identifier, kubeconfig={"ciphertext": "v1:x"})
    assert kubeconfig_of(PLATFORM, TOOLCHAIN, states([], TOOLCHAIN)[PLATFORM]) == taken
