"""Tenants: who may live in a namespace against who does."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, wish_of
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import up


def tenant_does_not_read_it(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """A stack is named as a tenant, and its settings do not read the namespace from its owner."""
    name = namespace.name
    for owner in namespace.claimants:
        for tenant in wish_of(owner, name).tenants:
            stack = cluster.stack(tenant)
            if stack is None:
                yield Disagreement(
                    "tenant-unknown",
                    f"{owner.owner} names {tenant} as a tenant of the namespace '{name}'; "
                    "this checkout does not know that stack.",
                    f"Correct namespaces.{name}.tenants in {owner.file}, unless another checkout has it.",
                    name,
                    is_note=True,
                )
                continue
            wish = stack.wish(name)
            if stack.fault or (wish and (wish.owns or wish.source == owner.owner)):
                continue
            yield Disagreement(
                "tenant-does-not-read-it",
                f"{owner.owner} names {tenant} as a tenant of the namespace '{name}', "
                f"but {stack.file or tenant} does not read it from there.",
                f"Remove {tenant} from namespaces.{name}.tenants in {owner.file}, or set namespace: {name}, "
                f"create_namespace: false and namespace_source: {owner.short} in {stack.file or tenant}.",
                name,
            )


def reader_is_no_tenant(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """A stack reads a namespace that names its tenants, and is none of them."""
    name = namespace.name
    for stack in namespace.readers:
        source = cluster.stack(wish_of(stack, name).source)
        wish = source.wish(name) if source else None
        if source and wish and wish.tenants and stack.owner not in wish.tenants:
            yield Disagreement(
                "reader-is-no-tenant",
                f"{stack.file} reads the namespace '{name}' from {source.short}, "
                f"whose tenants there are {', '.join(wish.tenants)}.",
                f"Add {stack.owner} to namespaces.{name}.tenants in {source.file}, then {up(source)}",
                name,
            )
