"""The namespaces that the platform owns, by the same rules as everybody's."""

from collections.abc import Mapping
from typing import Any

import pulumi_kubernetes as kubernetes

from infrastructure.settings import PlatformNamespace
from shared.cluster.live import LiveCluster
from shared.held import HeldState
from shared.ownership.claim import Claim
from shared.ownership.namespace import declare_namespace, namespace_record
from shared.ownership.owned import Ownership, grant
from shared.refusal import Refusal
from shared.settings.source import settings_file
from shared.stack_name import StackName


def grant_namespaces(
    wanted: Mapping[str, PlatformNamespace], here: StackName, held: HeldState, live: LiveCluster
) -> dict[str, Ownership]:
    """Grant the claims to all namespaces that the settings name, or refuse all of them in one message.

    Args:
        wanted: the namespaces by name.
        here: the infrastructure stack.
        held: its own state.
        live: what a look at the cluster found.

    Raises:
        Refusal: one of them or more cannot be granted.
    """
    granted: dict[str, Ownership] = {}
    refusals: list[Refusal] = []
    for name, settings in wanted.items():
        claim = Claim(
            name=name,
            claimant=here.owner,
            file=settings_file(),
            adopt_from=settings.adopt_from,
            adopt_setting=f"namespaces.{name}.adopt_from",
            refresh=f"make infra-refresh ENV={here.stack}",
        )
        try:
            granted[name] = (
                grant(claim, held.namespace(name), live.namespaces.get(name)) if live.looked else Ownership()
            )
        except Refusal as refusal:
            refusals.append(refusal)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Refusal(
            f"{len(refusals)} namespaces cannot be owned by {here.owner}:\n"
            + "\n".join(f"  - {refusal}" for refusal in refusals),
            "Nothing was changed.",
        )
    return granted


def declare_namespaces(
    wanted: Mapping[str, PlatformNamespace],
    granted: Mapping[str, Ownership],
    here: StackName,
    provider: kubernetes.Provider,
) -> dict[str, dict[str, Any]]:
    """Declare the namespaces and return the contract's records of them, by name."""
    records: dict[str, dict[str, Any]] = {}
    for name, settings in wanted.items():
        namespace = declare_namespace(name, here.owner, granted[name], provider)
        records[name] = namespace_record(namespace, here.owner, settings.tenants)
    return records
