"""From settings, exports and the live cluster to one owner, before anything is declared."""

from collections.abc import Callable
from functools import partial

import pytest

from shared.cluster.live import NOT_LOOKED, LiveCluster, LiveNamespace
from shared.contract import Contract, Infrastructure, NamespaceRecord
from shared.held import HeldObject, HeldState
from shared.isolation.labels import namespace_labels
from shared.isolation.resolution import resolve
from shared.isolation.specification import IsolationSpecification
from shared.ownership import settlement
from shared.ownership.claim import Claim
from shared.ownership.owned import Ownership
from shared.ownership.settlement import settle
from shared.refusal import Refusal
from shared.settings.application import ApplicationSettings
from shared.settings.isolation import GovernedBy
from shared.stack_name import StackName
from shared.web_service.scaling import largest_demand

HERE = StackName("organization", "day-service-app", "dev")
SOURCE = StackName("organization", "service-infrastructure", "dev")
CLAIM = Claim("dev", HERE.owner, "apps/day/Pulumi.dev.yaml")
RECORD = NamespaceRecord(owner=SOURCE.owner, uid="uid-1")
CONTRACT = Contract(
    Infrastructure(
        kubeconfig="given", cluster_identifier="cluster-1", cluster_name="local", ingress_class="nginx"
    ),
    {"dev": RECORD},
)
SEEN: list[tuple[str, list[str]]] = []
"""By which kubeconfig a look was had at which namespaces."""

TOLD: list[str | None] = []
"""Which identifier of the cluster each look was told; None to find it out."""

Looks = Callable[..., None]

claim_settled = partial(
    settle, settings=ApplicationSettings(), demand=largest_demand("day-service", ApplicationSettings())
)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Set what a look at the cluster finds."""
    SEEN.clear()
    TOLD.clear()

    def finds(*namespaces: LiveNamespace, identifier: str = "cluster-1", looked: bool = True) -> None:
        live = LiveCluster(identifier, {live.name: live for live in namespaces}) if looked else NOT_LOOKED

        def look(kubeconfig: str, names: list[str], *, into: str, identifier: str | None) -> LiveCluster:
            assert into == "dev"
            SEEN.append((kubeconfig, list(names)))
            TOLD.append(identifier)
            return live

        monkeypatch.setattr(settlement, "look", look)

    return finds


def test_an_owner_is_granted_by_a_look_through_the_kubeconfig_that_was_given(looks: Looks) -> None:
    looks()
    settled = claim_settled(CLAIM, HERE, None, CONTRACT, HeldState())
    resolved = resolve(ApplicationSettings(), CONTRACT.infrastructure.organization)
    assert settled == settlement.Settlement(
        HERE.owner,
        Ownership(),
        "nginx",
        "cluster-1",
        isolation=IsolationSpecification("dev", HERE.owner, None, resolved),
        labels=namespace_labels(resolved),
    )
    assert SEEN == [("given", ["dev"])]


def test_an_owner_is_refused_where_the_live_object_is_anothers(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner))
    with pytest.raises(Refusal, match="cannot own it too"):
        claim_settled(CLAIM, HERE, None, CONTRACT, HeldState())


def test_the_state_counts_in_a_claim(looks: Looks) -> None:
    looks()
    held = HeldState((HeldObject("urn", "kubernetes:core/v1:Namespace", "dev", uid="uid-1"),))
    with pytest.raises(Refusal, match="is gone from the cluster"):
        claim_settled(CLAIM, HERE, None, CONTRACT, held)


def test_a_reader_lives_by_the_leave_of_the_owner_and_owns_nothing(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner))
    settled = claim_settled(CLAIM, HERE, SOURCE, CONTRACT, HeldState())
    assert (settled.owner, settled.ownership) == (SOURCE.owner, None)


def test_a_reader_is_refused_where_the_live_object_names_another_owner(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner="dusk-service-app.dev"))
    with pytest.raises(Refusal, match=r"owned by dusk-service-app\.dev"):
        claim_settled(CLAIM, HERE, SOURCE, CONTRACT, HeldState())


def test_a_reader_is_refused_before_the_cluster_is_asked_where_the_source_does_not_own_it(
    looks: Looks,
) -> None:
    looks()
    with pytest.raises(Refusal, match="does not own it"):
        claim_settled(CLAIM, HERE, SOURCE, Contract(CONTRACT.infrastructure, {}), HeldState())
    assert not SEEN


def test_a_flip_from_before_the_rules_is_refused(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner))
    held = HeldState((HeldObject("urn", "kubernetes:core/v1:Namespace", "dev", uid="uid-1"),))
    with pytest.raises(Refusal, match="would delete it"):
        claim_settled(CLAIM, HERE, SOURCE, CONTRACT, held)


def tenanted(record: NamespaceRecord, *, infrastructures: bool = True) -> Contract:
    """A contract in which day has a credential of its own, and a namespace that it reads."""
    infrastructure = CONTRACT.infrastructure.model_copy(
        update={
            "namespaces": {"dev": record} if infrastructures else {},
            "tenant_kubeconfigs": {HERE.owner: "its own"},
        }
    )
    return Contract(infrastructure, {"dev": record})


READS = ApplicationSettings(create_namespace=False)
NAMED = RECORD.model_copy(update={"tenants": (HERE.owner, "dusk-service-app.dev")})


def test_a_tenant_uses_its_own_credential_where_infrastructures_namespace_names_it(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner))
    settled = claim_settled(CLAIM, HERE, SOURCE, tenanted(NAMED), HeldState(), settings=READS)
    assert settled.own_kubeconfig == "its own"
    assert SEEN == [("its own", ["dev"])]
    assert TOLD == ["cluster-1"]


def test_a_tenant_of_one_namespace_uses_the_platforms_credential_where_none_names_it(looks: Looks) -> None:
    """It has rights by its own in the namespaces that name it, and in no other."""
    dusk = StackName("organization", "dusk-service-app", "dev")
    theirs = NAMED.model_copy(update={"owner": dusk.owner})
    for source, contract in ((SOURCE, tenanted(RECORD)), (dusk, tenanted(theirs, infrastructures=False))):
        looks(LiveNamespace("dev", "uid-1", owner=source.owner))
        settled = claim_settled(CLAIM, HERE, source, contract, HeldState(), settings=READS)
        assert settled.own_kubeconfig is None
    assert SEEN == [("given", ["dev"])] * 2


def test_whoever_governs_a_namespace_that_names_it_uses_the_platforms_credential(looks: Looks) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner))
    left = tenanted(NAMED.model_copy(update={"governed_by": GovernedBy.APPLICATION}))
    settings = READS.model_copy(update={"governed_by": GovernedBy.APPLICATION})
    settled = claim_settled(CLAIM, HERE, SOURCE, left, HeldState(), settings=settings)
    assert settled.own_kubeconfig is None
    assert settled.isolation is not None
    assert settled.isolation.tenants == NAMED.tenants


@pytest.mark.parametrize("source", [None, SOURCE])
def test_a_kubeconfig_that_leads_elsewhere_is_refused_in_either_mode(
    looks: Looks, source: StackName | None
) -> None:
    looks(LiveNamespace("dev", "uid-1", owner=SOURCE.owner if source else ""), identifier="cluster-2")
    with pytest.raises(Refusal, match="leads to the cluster cluster-2, not to cluster-1"):
        claim_settled(CLAIM, HERE, source, CONTRACT, HeldState())


@pytest.mark.parametrize("source", [None, SOURCE])
def test_on_eks_no_right_to_look_at_the_kube_system_namespace_is_needed(
    looks: Looks, source: StackName | None
) -> None:
    """A team's access entry has rights in its team's namespaces alone."""
    arn = "arn:aws:eks:eu-central-1:111122223333:cluster/platform"
    infrastructure = CONTRACT.infrastructure.model_copy(update={"cluster_identifier": arn})
    looks(*([LiveNamespace("dev", "uid-1", owner=source.owner)] if source else []))
    settled = claim_settled(CLAIM, HERE, source, Contract(infrastructure, {"dev": RECORD}), HeldState())
    assert settled.cluster_identifier == arn
    assert [arn] == TOLD


def test_elsewhere_the_platforms_credential_finds_out_which_cluster_it_is(looks: Looks) -> None:
    looks()
    claim_settled(CLAIM, HERE, None, CONTRACT, HeldState())
    assert TOLD == [None]


def test_a_replaced_cluster_is_refused_with_the_command_that_forgets_it(looks: Looks) -> None:
    looks()
    with pytest.raises(Refusal, match="make app-forget SERVICE=day ENV=dev"):
        claim_settled(CLAIM, HERE, None, CONTRACT, HeldState(outputs={"cluster_identifier": "cluster-0"}))


@pytest.mark.parametrize(("source", "ownership"), [(None, Ownership()), (SOURCE, None)])
def test_without_a_cluster_to_look_at_the_api_server_decides(
    looks: Looks, source: StackName | None, ownership: Ownership | None
) -> None:
    looks(looked=False)
    assert claim_settled(CLAIM, HERE, source, CONTRACT, HeldState()).ownership == ownership
