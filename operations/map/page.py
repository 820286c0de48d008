"""The map: which stack owns which namespace, who uses it, what runs in it, and what disagrees; one HTML file.

Every value is escaped by the template engine. A content security policy names the page's own style and script by their
digests, so that nothing else runs and nothing is fetched: https://www.w3.org/TR/CSP3/
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from operations.checkout import ROOT, local_folder
from operations.console import step
from operations.facts import StackFacts
from operations.move.move import describe
from operations.move.plan import Facts, Step
from operations.status.disagreements import ClusterStatus, examine
from operations.status.facts import ClusterFacts, Live, NamespaceFacts, asked_for, gather
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


def draw_map(environment: str, out: str, toolchain: Toolchain) -> Path:
    """Write the map of an environment's cluster, or of all of them, and return its file.

    `out` is relative to the checkout; `.local/map.html` where empty.
    """
    file = _file(out)
    _, wanted = asked_for("", environment)
    with step("Observing stacks and clusters"):
        found, alone = gather(toolchain, wanted, with_workloads=True)
    clusters = list(map(examine, found))
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
    shown = [examine(found[0], only), examine(after_move(found[0], live, move), only)]
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


def page(
    title: str,
    clusters: Sequence[ClusterStatus],
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
        "lanes": _lanes,
        "neighbours": _neighbours,
        "stack": stack_of,
        "used": _used,
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


def _lanes(status: ClusterStatus) -> list[tuple[Stack | None, list[NamespaceFacts]]]:
    """The owners with their namespaces: infrastructure first, what has no owner last."""
    found: dict[Stack | None, list[NamespaceFacts]] = {}
    for one in status.namespaces:
        found.setdefault(_owner(one), []).append(one)

    def place(owner: Stack | None) -> tuple[bool, bool, str]:
        return owner is None, not (owner and owner.is_infrastructure), owner.label if owner else ""

    return [(owner, found[owner]) for owner in sorted(found, key=place)]


def _owner(namespace: NamespaceFacts) -> Stack | None:
    """The stack that owns a namespace; of one that does not exist, the stack that is to own it."""
    if namespace.live:
        return stack_of(namespace.live.owner) if namespace.live.owner else None
    claims = (*namespace.owning, *namespace.using)
    return next(iter([*namespace.in_state, *(claim.owner for claim in claims)]), None)


def _neighbours(namespace: NamespaceFacts) -> Iterator[tuple[Stack, str]]:
    """The other stacks that have to do with a namespace, each with what that is."""
    said = [
        *((stack, "still has it in its state") for stack in namespace.in_state),
        *((claim.claimant, "claims to own it") for claim in namespace.owning),
        *((claim.claimant, "uses it") for claim in namespace.using),
        *((stack_of(tenant), "may use it") for tenant in namespace.tenants),
    ]
    seen = {_owner(namespace)}
    for stack, words in said:
        if stack not in seen:
            seen.add(stack)
            yield stack, words


def _used(quota: ObservedQuota) -> Iterator[tuple[str, str, str, int]]:
    """The limited resources: how much of each is used, of how much, and how much of it that is in per cent."""
    for resource, hard in sorted(quota.hard.items()):
        used, limit = quota.used.get(resource, "0"), quantity_value(hard)
        yield resource, used, hard, min(100, round(quantity_value(used) / limit * 100)) if limit else 0


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def _ago(text: str, now: datetime) -> str:
    seconds = int((now - datetime.fromisoformat(text)).total_seconds())
    count, unit = in_largest_unit(seconds)
    return "just now" if unit == "second" else f"{count} {unit}{'s' if count > 1 else ''} ago"
