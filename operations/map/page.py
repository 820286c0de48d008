"""The map: which stack owns which namespace, who uses it, what runs in it, and what disagrees; one HTML file.

Every value is escaped by the template engine. A content security policy names the page's own style and script by their
digests, so that nothing else runs and nothing is fetched: https://www.w3.org/TR/CSP3/
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from operations.checkout import ROOT, local_folder
from operations.console import step
from operations.facts import StackFacts
from operations.move.facts import Facts
from operations.move.move import describe
from operations.move.plan import Step
from operations.status.disagreements import ClusterStatus, Disagreement, examine
from operations.status.facts import ClusterFacts, Live, NamespaceFacts, Workload
from operations.status.gather import asked_for, gather
from operations.status.show import in_largest_unit
from operations.toolchain import Toolchain
from shared.atomic import write_whole
from shared.config.types import quantity_value
from shared.errors import Refusal
from shared.kube.observed import ObservedQuota
from shared.ownership.claim import Claim
from shared.stacks import Stack, stack_of
from shared.state import State, StateObject

HUES = 12
"""How many colours stacks have before they begin again; every colour has its stack's name beside it."""

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Quota:
    """A limited resource: how much of it is used, of how much."""

    resource: str
    used: str
    hard: str

    @property
    def percent(self) -> int:
        """How much of it is used in per cent."""
        limit = quantity_value(self.hard)
        return min(100, round(quantity_value(self.used) / limit * 100)) if limit else 0


@dataclass(frozen=True)
class Card:
    """A namespace.

    Args:
        presence: where it is not simply on the cluster, such as `being deleted`.
        owner: of one that does not exist, the stack that is to own it; None for no stack.
        previous: the stack that its owner adopted it from.
        neighbours: the other stacks that have to do with it, each with what that is.
    """

    facts: NamespaceFacts
    anchor: str
    presence: str
    owner: Stack | None
    previous: Stack | None
    neighbours: tuple[tuple[Stack, str], ...]
    workloads: tuple[Workload, ...]
    quotas: tuple[Quota, ...]
    disagreements: int


@dataclass(frozen=True)
class ClusterShown:
    """A cluster and its namespaces, those of infrastructure first, those without an owner last."""

    title: str
    anchor: str
    facts: ClusterFacts
    cards: tuple[Card, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def lanes(self) -> list[tuple[Stack | None, list[Card]]]:
        """The owners with their namespaces."""
        return [(owner, list(cards)) for owner, cards in groupby(self.cards, key=lambda card: card.owner)]


def draw_map(environment: str, out: str, toolchain: Toolchain) -> Path:
    """Write the map of an environment's cluster, or of all of them, and return its file.

    `out` is relative to the checkout; `.local/map.html` where empty.
    """
    file = _file(out)
    _, wanted = asked_for("", environment)
    with step("Observing stacks and clusters"):
        found, alone = gather(toolchain, wanted, with_workloads=True)
    clusters = [cluster_shown(examine(one), f"cluster-{number}") for number, one in enumerate(found)]
    apart = [facts for facts in alone if environment in ("", facts.stack.name)]
    write_whole(file, page("Who owns what", clusters, datetime.now(UTC), apart=apart).encode(), mode=0o600)
    return file


def draw_move(move: Facts, steps: Sequence[Step], out: str, toolchain: Toolchain) -> Path:
    """Write a planned move: the cluster before, the plan, and the cluster after it."""
    file = _file(out)
    with step("Observing stacks and clusters"):
        found, _ = gather(toolchain, [move.platform], with_workloads=True)
    live = found[0].live if found else None
    if live is None or move.name not in live.cluster.namespaces:
        fact = f"The cluster of {move.platform} does not answer, or has no namespace '{move.name}'."
        raise Refusal(fact, "Run the command again, or leave MAP out to see the plan alone.")
    only = {move.target, *move.other_owners}
    shown = [
        cluster_shown(examine(found[0], only), "before", "Before"),
        cluster_shown(examine(after_move(found[0], live, move), only), "after", "After"),
    ]
    title, plan = f"Moving {move.name} to {move.target.label}", [(one.title, describe(one)) for one in steps]
    write_whole(file, page(title, shown, datetime.now(UTC), steps=plan).encode(), mode=0o600)
    return file


def after_move(cluster: ClusterFacts, live: Live, move: Facts) -> ClusterFacts:
    """A cluster, of which that was observed, as it will be once a move is complete."""
    owner, namespace = move.target.owner, live.cluster.namespaces[move.name]
    if namespace.owner != owner:
        namespace = replace(namespace, owner=owner, previous_owner=namespace.owner, adopted="")
    observed = replace(live.cluster, namespaces={**live.cluster.namespaces, move.name: namespace})
    has = StateObject("", "kubernetes:core/v1:Namespace", move.name, uid=namespace.uid, owner=owner)
    stacks = tuple(_after(facts, move, has) for facts in cluster.stacks)
    return replace(cluster, stacks=stacks, live=replace(live, cluster=observed))


def _after(facts: StackFacts, move: Facts, has: StateObject) -> StackFacts:
    """What concerns a stack, once the target has the namespace and every other one uses it."""
    if facts.stack not in (move.target, *move.other_owners, *move.readers):
        return facts
    claim = facts.claim(move.name)
    claims = [one for one in facts.claims if one != claim]
    in_state = [item for item in facts.state.namespaces if item.name != move.name]
    if facts.stack == move.target:
        in_state.append(has)
    if facts.stack == move.target or not facts.stack.is_infrastructure:
        tenants = claim.tenants if claim else ()
        claims.append(Claim(move.name, facts.stack, move.target, facts.file, tenants=tenants))
    return replace(facts, claims=tuple(claims), state=State(tuple(in_state)))


def _file(out: str) -> Path:
    """Where the page is to be written; Refusal where it is not a file in a folder that exists."""
    file = ROOT / Path(out).expanduser() if out else local_folder() / "map.html"
    if file.is_dir() or not file.parent.is_dir():
        fact = "is a folder" if file.is_dir() else "is in no folder that exists"
        raise Refusal(f"The page cannot be written: {file} {fact}.", "Name a file in a folder that exists.")
    return file


def cluster_shown(status: ClusterStatus, anchor: str, title: str = "") -> ClusterShown:
    """Show a cluster; no two clusters of a page have the same anchor."""

    def place(card: Card) -> tuple[bool, bool, str]:
        owner = card.owner
        return owner is None, not (owner and owner.is_infrastructure), owner.label if owner else ""

    cards = (_card(one, status, f"{anchor}-{number}") for number, one in enumerate(status.namespaces))
    in_order = tuple(sorted(cards, key=place))
    name = status.cluster.name
    return ClusterShown(title or f"Cluster {name}", anchor, status.cluster, in_order, status.disagreements)


def page(
    title: str,
    clusters: Sequence[ClusterShown],
    now: datetime,
    *,
    apart: Sequence[StackFacts] = (),
    steps: Sequence[tuple[str, Sequence[str]]] | None = None,
) -> str:
    """Write the page.

    `apart` are the stacks on no cluster, `steps` those of a planned move, whose clusters are before and after it.
    """
    loader = FileSystemLoader(_TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    hues: dict[Stack, str] = {}
    environment.filters |= {
        "moment": _moment,
        "ago": lambda text: _ago(text, now),
        "hue": lambda stack: (
            "platform" if stack.is_infrastructure else hues.setdefault(stack, str(len(hues) % HUES))
        ),
    }
    # Nothing in them comes from outside.
    style = Markup(environment.get_template("map.css").render(hues=HUES))  # noqa: S704
    script = Markup((_TEMPLATES / "map.js").read_text("utf-8"))  # noqa: S704
    return environment.get_template("map.html.j2").render(
        title=title,
        clusters=clusters,
        apart=apart,
        steps=steps,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        now=now.astimezone(UTC).isoformat(timespec="seconds"),
    )


def _card(namespace: NamespaceFacts, status: ClusterStatus, anchor: str) -> Card:
    live, observed = namespace.live, status.cluster.live
    presence = "" if live else "not on the cluster" if observed else "not observed"
    if live:
        owner = stack_of(live.owner) if live.owner else None
    else:
        claimed = (claim.owner for claim in (*namespace.owning, *namespace.using))
        owner = next(iter([*namespace.in_state, *claimed]), None)
    quota = (observed.cluster.quotas.get(namespace.name) if observed else None) or ObservedQuota()
    return Card(
        namespace,
        anchor,
        "being deleted" if live and live.terminating else presence,
        owner,
        stack_of(live.previous_owner) if live and live.previous_owner else None,
        tuple(_neighbours(namespace, owner)),
        observed.workloads.get(namespace.name, ()) if observed else (),
        tuple(Quota(name, quota.used.get(name, "0"), hard) for name, hard in sorted(quota.hard.items())),
        sum(one.namespace == namespace.name for one in status.disagreements),
    )


def _neighbours(namespace: NamespaceFacts, owner: Stack | None) -> Iterator[tuple[Stack, str]]:
    said = [
        *((stack, "still has it in its state") for stack in namespace.in_state),
        *((claim.claimant, "claims to own it") for claim in namespace.owning),
        *((claim.claimant, "uses it") for claim in namespace.using),
        *((stack_of(tenant), "may use it") for tenant in namespace.tenants),
    ]
    seen = {owner}
    for stack, words in said:
        if stack not in seen:
            seen.add(stack)
            yield stack, words


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def _ago(text: str, now: datetime) -> str:
    seconds = int((now - datetime.fromisoformat(text)).total_seconds())
    count, unit = in_largest_unit(seconds)
    return "just now" if unit == "second" else f"{count} {unit}{'s' if count > 1 else ''} ago"
