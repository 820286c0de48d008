"""Showing a status: a table of 80 columns with what disagrees below it, or JSON for scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.status.disagreement import Disagreement
from operations.status.disagreements import ClusterStatus
from operations.status.facts import ClusterFacts, PolicyCounts
from operations.status.namespaces import NamespaceFacts

_SAME, _NOBODY, _NONE, _UNKNOWN = "same", "nobody", "-", "?"


def as_json(statuses: Sequence[ClusterStatus], now: datetime) -> dict[str, Any]:
    """Lay statuses out for scripts; the keys stay.

    Args:
        statuses: one for each cluster.
        now: the time to count ages from.

    Returns:
        `agree` (bool) and `clusters`, of which each has

        - `identifier`, `name`, `infrastructure` (its infrastructure stacks), `agree`, `answers` (bool);
        - `guards`: `name`, `installed`, `bound`;
        - `namespaces`: `name`, `uid`, `created`, `age_seconds`, `terminating`, `owner`, `previous_owner` (all of them
          of the live object, null where there is none), `held_by`, `claimed_by`, `read_by`, `tenants` (lists of
          `<project>.<stack>`), `policies` (`resource_quotas`, `limit_ranges`, `network_policies`, `role_bindings`);
        - `disagreements` and `notes`: `kind`, `namespace` (null for the cluster or a stack), `fact`, `remedy`.
    """
    return {
        "agree": all(status.agrees for status in statuses),
        "clusters": [
            {
                "identifier": status.cluster.identifier,
                "name": status.cluster.name,
                "infrastructure": [stack.owner for stack in status.cluster.stacks if stack.infrastructure],
                "agree": status.agrees,
                "answers": not status.cluster.silence,
                "guards": [asdict(guard) for guard in status.cluster.guards],
                "namespaces": [_namespace(namespace, now) for namespace in status.namespaces],
                "disagreements": [_disagreement(one) for one in status.disagreements if not one.is_note],
                "notes": [_disagreement(one) for one in status.disagreements if one.is_note],
            }
            for status in statuses
        ],
    }


def show(status: ClusterStatus, console: Console, now: datetime) -> None:
    """Print one cluster's status for people.

    Args:
        status: what to show.
        console: where to print it.
        now: the time to count ages from.
    """
    cluster = status.cluster
    platforms = ", ".join(stack.label for stack in cluster.stacks if stack.infrastructure)
    console.print(f"Cluster {cluster.name} ({platforms or cluster.identifier})", style="bold", markup=False)
    if status.namespaces:
        console.print(_table(status, now))
        console.print(
            "Live, state, settings: who owns it by each. Policies: q quotas, l limit ranges,\n"
            "n network policies, r role bindings.",
            style="dim",
        )
    notes = [one for one in status.disagreements if one.is_note and one.kind != "foreign"]
    disagreements = [one for one in status.disagreements if not one.is_note]
    _list("Disagreements", disagreements, console, style="yellow")
    _list("Notes", notes, console, style="none")
    console.print()
    count = len(disagreements)
    console.print(
        f"{count} disagreement{'s' if count != 1 else ''}."
        if count
        else "All agree, and all guards are in force."
    )


def _list(title: str, found: Iterable[Disagreement], console: Console, *, style: str) -> None:
    for position, one in enumerate(found):
        if position == 0:
            console.print(f"\n{title}:", style="bold")
        # Without a terminal each stays on its line, where scripts and eyes find it whole.
        for mark, text, shade in (("- ", one.fact, style), ("  ", one.remedy, "none")):
            if console.soft_wrap:
                console.print(f"{mark}{text}", style=shade, markup=False)
            else:
                console.print(_hanging(mark, Text(text, style=shade)))


def _hanging(mark: str, text: Text) -> Table:
    grid = Table.grid()
    grid.add_row(mark, text)
    return grid


def _table(status: ClusterStatus, now: datetime) -> Table:
    wrong = {one.namespace for one in status.disagreements if not one.is_note}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Namespace", overflow="fold", ratio=20)
    for heading in ("Live", "State", "Settings"):
        table.add_column(heading, overflow="fold", max_width=18)
    table.add_column("Tenants", overflow="fold", max_width=18)
    table.add_column("Policies", overflow="fold", max_width=11)
    table.add_column("Age", no_wrap=True, justify="right")
    for namespace in status.namespaces:
        style = "yellow" if namespace.name in wrong else "none"
        table.add_row(*(Text(cell) for cell in _row(namespace, status.cluster, now)), style=style)
    return table


def _row(namespace: NamespaceFacts, cluster: ClusterFacts, now: datetime) -> tuple[str, ...]:
    live = namespace.live
    owner = live.owner if live else ""
    mark = {True: " (deleting)", False: ""}[bool(live and live.terminating)]
    return (
        f"{namespace.name}{mark}",
        _live(owner, cluster) if live else _UNKNOWN if cluster.silence else "absent",
        _compared([stack.owner for stack in namespace.holders], owner, cluster),
        _compared([stack.owner for stack in namespace.claimants], owner, cluster),
        "\n".join(_label(tenant, cluster) for tenant in namespace.tenants) or _NONE,
        _policies(live.policies) if live else _NONE,
        _age(live.created, now) if live else _NONE,
    )


def _live(owner: str, cluster: ClusterFacts) -> str:
    return _label(owner, cluster) or _NOBODY


def _label(owner: str, cluster: ClusterFacts) -> str:
    stack = cluster.stack(owner)
    return stack.label if stack else owner


def _compared(owners: list[str], live: str, cluster: ClusterFacts) -> str:
    if owners == [live]:
        return _SAME
    return "\n".join(_label(owner, cluster) for owner in owners) or _NONE


def _policies(counts: PolicyCounts) -> str:
    shown = {
        "q": counts.resource_quotas,
        "l": counts.limit_ranges,
        "n": counts.network_policies,
        "r": counts.role_bindings,
    }
    return " ".join(f"{count}{letter}" for letter, count in shown.items() if count) or _NONE


def _age(created: str, now: datetime) -> str:
    seconds = _seconds(created, now)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _seconds(created: str, now: datetime) -> int:
    return (
        max(0, int((now - datetime.fromisoformat(created).astimezone(UTC)).total_seconds())) if created else 0
    )


def _namespace(namespace: NamespaceFacts, now: datetime) -> dict[str, Any]:
    live = namespace.live
    return {
        "name": namespace.name,
        "uid": live.uid if live else None,
        "created": live.created if live else None,
        "age_seconds": _seconds(live.created, now) if live else None,
        "terminating": live.terminating if live else None,
        "owner": (live.owner or None) if live else None,
        "previous_owner": (live.previous_owner or None) if live else None,
        "held_by": [stack.owner for stack in namespace.holders],
        "claimed_by": [stack.owner for stack in namespace.claimants],
        "read_by": [stack.owner for stack in namespace.readers],
        "tenants": list(namespace.tenants),
        "policies": asdict(live.policies) if live else None,
    }


def _disagreement(one: Disagreement) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "namespace": one.namespace or None,
        "fact": one.fact,
        "remedy": one.remedy,
    }
