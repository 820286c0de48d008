"""Showing a status: a table of 80 columns with what disagrees below it, or JSON for scripts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.status.disagreements import ClusterStatus, Disagreement
from operations.status.facts import ClusterFacts, NamespaceFacts
from shared.stacks import stack_of

_POLICIES = {
    "ResourceQuota": ("q", "resource_quotas"),
    "LimitRange": ("l", "limit_ranges"),
    "NetworkPolicy": ("n", "network_policies"),
    "RoleBinding": ("r", "role_bindings"),
}
"""What isolates a namespace, by its letter in the table and its key in JSON."""


def as_json(statuses: Sequence[ClusterStatus], now: datetime) -> dict[str, Any]:
    """Lay statuses out for scripts; the keys stay. Ages are counted from `now`.

    Returns:
        `agree` (bool) and `clusters`, of which each has

        - `identifier`, `name`, `infrastructure` (its infrastructure stacks), `agree`, `answers` (bool);
        - `guards` (its admission policies): `name`, `installed`, `bound`;
        - `namespaces`: `name`, `uid`, `created`, `age_seconds`, `terminating`, `owner`, `previous_owner` (all of them
          of the live object, null where there is none), `held_by` (in whose state it is), `claimed_by`, `read_by`,
          `tenants` (lists of `<project>.<stack>`), `policies` (`resource_quotas`, `limit_ranges`, `network_policies`,
          `role_bindings`);
        - `disagreements` and `notes`: `kind`, `namespace` (null for the cluster or a stack), `fact`, `remedy`.
    """
    return {
        "agree": not any(status.disagreements for status in statuses),
        "clusters": [
            {
                "identifier": status.cluster.identifier,
                "name": status.cluster.name,
                "infrastructure": [stack.owner for stack in status.cluster.infrastructure],
                "agree": not status.disagreements,
                "answers": status.cluster.live is not None,
                "guards": list(map(asdict, status.cluster.live.policies)) if status.cluster.live else [],
                "namespaces": [_namespace(namespace, status.cluster, now) for namespace in status.namespaces],
                "disagreements": [_told(one) for one in status.disagreements],
                "notes": [_told(one) for one in status.notes],
            }
            for status in statuses
        ],
    }


def show(status: ClusterStatus, console: Console, now: datetime) -> None:
    """Print one cluster's status for people; ages are counted from `now`."""
    cluster = status.cluster
    stacks = ", ".join(stack.label for stack in cluster.infrastructure)
    console.print(f"Cluster {cluster.name} ({stacks})", style="bold", markup=False)
    if status.namespaces:
        console.print(_table(status, now))
        console.print(
            "Live, state, settings: who owns it by each. Policies: q quotas, l limit ranges,\n"
            "n network policies, r role bindings.",
            style="dim",
        )
    _list("Disagreements", status.disagreements, console, style="yellow")
    _list("Notes", [one for one in status.notes if one.kind == "not-created"], console, style="none")
    count = len(status.disagreements)
    told = f"{count} disagreement{'s' if count != 1 else ''}."
    console.print(f"\n{told if count else 'No drift; all admission policies are active.'}")


def _list(title: str, found: Sequence[Disagreement], console: Console, *, style: str) -> None:
    if found:
        console.print(f"\n{title}:", style="bold")
    for one in found:
        # Without a terminal each stays on its line, where scripts and eyes find it whole.
        for mark, text, shade in (("- ", one.fact, style), ("  ", one.remedy, "none")):
            if console.soft_wrap:
                console.print(f"{mark}{text}", style=shade, markup=False)
            else:
                hanging = Table.grid()
                hanging.add_row(mark, Text(text, style=shade))
                console.print(hanging)


def _table(status: ClusterStatus, now: datetime) -> Table:
    wrong = {one.namespace for one in status.disagreements}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Namespace", overflow="fold", ratio=20)
    for heading in ("Live", "State", "Settings", "Tenants"):
        table.add_column(heading, overflow="fold", max_width=18)
    table.add_column("Policies", overflow="fold", max_width=11)
    table.add_column("Age", no_wrap=True, justify="right")
    for namespace in status.namespaces:
        style = "yellow" if namespace.name in wrong else "none"
        table.add_row(*(Text(cell) for cell in _row(namespace, status.cluster, now)), style=style)
    return table


def _row(namespace: NamespaceFacts, cluster: ClusterFacts, now: datetime) -> tuple[str, ...]:
    live, counts = namespace.live, _counts(namespace.name, cluster)
    count, unit = in_largest_unit(_seconds(live.created if live else "", now))

    def label(owner: str) -> str:
        return stack_of(owner).label

    def compared(owners: list[str]) -> str:
        same = live is not None and owners == [live.owner]
        return "same" if same else "\n".join(map(label, owners)) or "-"

    return (
        f"{namespace.name}{' (deleting)' if live and live.terminating else ''}",
        (label(live.owner) if live.owner else "no stack") if live else "absent" if cluster.live else "?",
        compared([stack.owner for stack in namespace.in_state]),
        compared([claim.claimant.owner for claim in namespace.owning]),
        "\n".join(map(label, namespace.tenants)) or "-",
        " ".join(f"{counts[kind]}{letter}" for kind, (letter, _) in _POLICIES.items() if counts[kind]) or "-",
        f"{count}{unit[0]}" if live else "-",
    )


def _counts(name: str, cluster: ClusterFacts) -> Counter[str]:
    return Counter(cluster.live.isolation.get(name) if cluster.live else None)


def in_largest_unit(seconds: int) -> tuple[int, str]:
    """A duration as a number of `day`, `hour`, `minute` or `second`, the largest that it has one of."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return seconds // size, unit
    return seconds, "second"


def _seconds(created: str, now: datetime) -> int:
    return max(0, int((now - datetime.fromisoformat(created)).total_seconds())) if created else 0


def _namespace(namespace: NamespaceFacts, cluster: ClusterFacts, now: datetime) -> dict[str, Any]:
    live, counts = namespace.live, _counts(namespace.name, cluster)
    return {
        "name": namespace.name,
        "uid": live.uid if live else None,
        "created": live.created if live else None,
        "age_seconds": _seconds(live.created, now) if live else None,
        "terminating": live.terminating if live else None,
        "owner": (live.owner or None) if live else None,
        "previous_owner": (live.previous_owner or None) if live else None,
        "held_by": [stack.owner for stack in namespace.in_state],
        "claimed_by": [claim.claimant.owner for claim in namespace.owning],
        "read_by": [claim.claimant.owner for claim in namespace.using],
        "tenants": list(namespace.tenants),
        "policies": {key: counts[kind] for kind, (_, key) in _POLICIES.items()} if live else None,
    }


def _told(one: Disagreement) -> dict[str, Any]:
    return {**asdict(one), "namespace": one.namespace or None}
