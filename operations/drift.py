"""Drift: what others changed or deleted of what a stack declares, who it was, and what of it is put back.

The API server keeps who set each field (`managedFields`), so that neither defaults nor what an admission webhook
rewrites counts: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from operations.console import err
from operations.engine.events import Step
from operations.engine.stack import EngineStack
from operations.engine.waiting import await_rollout
from operations.facts import state_of
from operations.toolchain import Toolchain
from shared.errors import PlatformError, Refusal
from shared.kube.client import ClusterApi, Json, cluster_api, collection_of
from shared.labels import OWNER
from shared.program import parse_allowed
from shared.stacks import stack_of
from shared.state import ISOLATION, StateObject

_BY_PEOPLE = re.compile(r"kubectl|k9s|Lens|node-fetch|Mozilla|before-first-apply")
"""The beginnings of field managers that stand for a person's tool, not for a controller that is to set the field."""

_PROTECTS = re.compile(
    r"kubernetes:(core/v1:(Namespace|ResourceQuota|LimitRange)|networking\.k8s\.io/v1:NetworkPolicy"
    r"|rbac\.authorization\.k8s\.io/|admissionregistration\.k8s\.io/)"
)
"""The types of what protects namespaces: a field more opens them, and nobody else is meant to set one."""

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - how the engine marks one
_ABSENT: Any = object()
_FEW, _AT_ONCE, _LONGEST = 20, 4, 120
"""Up to how many objects of a kind are read one by one, how many requests run at once, and characters of a value."""


@dataclass(frozen=True)
class Difference:
    """One field that is not as its stack declares it; without keys, the object itself, which is gone or on its way.

    Args:
        keys: the path of the field, as `managedFields` has it.
        live: its value, as below; absent where it was removed. Of an object that is being deleted, its finalizers.
        declared: absent where another has added it.
        manager: the field manager that set it; empty where nobody holds it, and `since` when it did (RFC 3339).
    """

    item: StateObject
    keys: tuple[str, ...] = ()
    live: Any = _ABSENT
    declared: Any = _ABSENT
    manager: str = ""
    since: str = ""

    def __str__(self) -> str:
        place = f" in '{self.item.namespace}'" if self.item.namespace else ""
        if self.is_terminating:
            return f"{self.item.title}{place} is being deleted, which waits for {', '.join(self.live)}"
        if self.is_missing:
            return f"{self.item.title}{place} no longer exists"
        field = "".join(map(_label, self.keys)).lstrip(".")
        live, declared = self.live, self.declared
        if isinstance(live, list) and isinstance(declared, list):
            # Of lists, what only one of the two has.
            live = [one for one in self.live if one not in self.declared]
            declared = [one for one in self.declared if one not in self.live]
        now = "removed" if live is _ABSENT else _shown(live)
        was = "not declared" if self.is_extra else f"declared: {_shown(declared)}"
        when = f" on {datetime.fromisoformat(self.since):%Y-%m-%d at %H:%M:%S} UTC" if self.since else ""
        who = f", set by {self.manager}{when}" if self.manager else ""
        return f"{self.item.title}{place}: {field} is {now} ({was}){who}"

    def remedy(self, command: str) -> str:
        """What restores it, by the command that deploys its stack."""
        if self.is_missing or self.is_ours:
            return f"{'Create it again' if self.is_missing else 'Put it back'}: {command}"
        if self.is_terminating:
            return (
                f"Nothing undoes that. Have what it waits for end, or its finalizer removed; then: {command}"
            )
        how = "Remove it" if self.is_extra else "Take it back"
        return f"{how}, unless it is meant to be so: {command} TAKE_BACK={self.item.title}"

    @property
    def is_missing(self) -> bool:
        """Whether the object no longer exists."""
        return not self.keys and self.live is _ABSENT

    @property
    def is_terminating(self) -> bool:
        """Whether the object is being deleted: it can be created again once that has ended."""
        return not self.keys and self.live is not _ABSENT

    @property
    def is_extra(self) -> bool:
        """Whether another added what the stack does not declare."""
        return bool(self.keys) and self.declared is _ABSENT

    @property
    def is_ours(self) -> bool:
        """Whether it is put back without being asked: it protects a namespace, or a person set what is declared."""
        by_person = not self.manager or bool(_BY_PEOPLE.match(self.manager))
        protects = bool(_PROTECTS.match(self.item.type))
        return not self.is_terminating and (protects or (by_person and not self.is_extra))


def differences(api: ClusterApi, objects: Iterable[StateObject]) -> list[Difference]:
    """Compare what stacks declare with the live objects. A patch of an object of others is not compared."""
    # A Job that has ended is deleted by its time to live, and is not to run again.
    ours = [item for item in objects if item.declared and not item.type.endswith(("Patch", ":Job"))]
    by_type = groupby(sorted(ours, key=lambda item: item.type), key=lambda item: item.type)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        parts = pool.map(lambda group: _read(api, group), [list(group) for _, group in by_type])
    live = {urn: one for part in parts for urn, one in part.items()}
    return [found for item in ours if item.urn in live for found in compare(item, live[item.urn])]


def _read(api: ClusterApi, group: Sequence[StateObject]) -> dict[str, Json | None]:
    """The live objects of one kind by URN; many of them by one list."""
    found: dict[str, Json | None] = {}
    if len(group) <= _FEW:
        for item in group:
            # What this user may not read is not compared, such as a Secret by one who may only create it.
            with suppress(PlatformError):
                found[item.urn] = api.get(_path_of(item))
        return found
    listed = {
        (one["metadata"].get("namespace") or "", one["metadata"]["name"]): one
        for one in api.list(collection_of(group[0].type))
    }
    return {item.urn: listed.get((item.namespace, item.name)) for item in group}


def _path_of(item: StateObject) -> str:
    return f"{collection_of(item.type, item.namespace)}/{item.name}"


def compare(item: StateObject, live: Json | None) -> list[Difference]:
    """What is different about one object; nothing of one that was moved, nor of a secret that is there.

    Of one that is being deleted, only what holds it counts, and of a namespace not even that: `deletion` tells it. A
    namespace moves to another owner together with its isolation. The owner label of anything else is a field like
    others.
    """
    if live is None:
        return [Difference(item)]
    metadata = live["metadata"]
    moves = item.kind == "core:Namespace" or ISOLATION in item.urn
    is_others = moves and (metadata.get("labels") or {}).get(OWNER, item.owner) != item.owner
    is_secret = item.kind == "core:Secret" or _SECRET in json.dumps(item.declared)
    if is_others:
        return []
    if metadata.get("deletionTimestamp"):
        held_by = metadata.get("finalizers") if item.kind != "core:Namespace" else None
        return [Difference(item, live=held_by)] if held_by else []
    if is_secret:
        return []
    entries = [one for one in metadata.get("managedFields") or () if one.get("subresource") != "status"]
    ours = [one["fieldsV1"] for one in entries if one["manager"] == item.field_manager]
    # The items of a list do not say what they are.
    declared = {name: value for name, value in item.declared.items() if name not in ("apiVersion", "kind")}
    found: list[Difference] = []
    for entry in entries:
        if entry["manager"] == item.field_manager:
            continue
        for keys, now, wanted in _set_by_other(entry["fieldsV1"], live, declared, ours, ()):
            other = Difference(item, keys, now, wanted, entry["manager"], entry.get("time") or "")
            # What a controller adds to a workload is its own business.
            if other.is_ours or not other.is_extra or _BY_PEOPLE.match(other.manager):
                found.append(other)
    told = {one.keys for one in found}
    removed = (
        Difference(item, keys, declared=value)
        for keys, value in _removed(declared, live, ours, ())
        if not any(keys[:length] in told for length in range(len(keys)))
    )
    return [*found, *removed]


def put_back(api: ClusterApi, item: StateObject, *, extras: bool) -> None:
    """Make an object as it is declared: apply that by force, and remove what others added where `extras` says so."""
    stack = stack_of(item.owner)
    if _SECRET in json.dumps(item.declared):
        fact = f"{item.title} no longer exists, and its values are secrets, which only the engine can read."
        remedy = f"Have the engine create it: {stack.command('refresh')}, then {stack.command('up')}"
        raise Refusal(fact, remedy)
    _, version, kind = item.type.split(":")
    declared = {**deepcopy(item.declared), "apiVersion": version.removeprefix("core/"), "kind": kind}
    if "replicas" in (declared.get("spec") or {}):
        live = api.get(_path_of(item)) or {}
        # The autoscaler's; scaled to nothing, it does nothing either.
        if replicas := (live.get("spec") or {}).get("replicas"):
            declared["spec"]["replicas"] = replicas
    now = api.apply(_path_of(item), declared, manager=item.field_manager)
    while extras and (extra := next((one for one in compare(item, now) if one.is_extra), None)):
        path = "".join(f"/{part}" for part in _pointer(extra.keys, now))
        seen = {"op": "test", "path": path, "value": extra.live}
        now = api.amend(_path_of(item), [seen, {"op": "remove", "path": path}])


def drift_of(engine: EngineStack, toolchain: Toolchain, take_back: str) -> list[Difference]:
    """What others changed of a stack's objects, where the program came as far as to tell its cluster.

    By the state as the engine keeps it: there a secret is encrypted, which a program reads in plain text. Refusal where
    a controller holds what the stack declares, and `take_back` does not name the object.
    """
    if not engine.kubeconfig:
        return []
    with cluster_api(engine.kubeconfig) as api:
        found = differences(api, state_of(engine.stack, toolchain).objects)
    held = [one for one in found if not (one.is_extra or one.is_terminating or _is_taken(one, take_back))]
    if held:
        names = ",".join(dict.fromkeys(one.item.title for one in held))
        raise Refusal(
            f"{engine.stack.label} has fields that another controller has set since it was deployed:\n"
            + "\n".join(f"    {one}" for one in held),
            "Nothing was changed. Declare the same, have that controller leave them alone, or take them back: "
            f"{engine.stack.command('up')} TAKE_BACK={names}",
        )
    return found


def restore(engine: EngineStack, toolchain: Toolchain, take_back: str, *, wait: bool = True) -> bool:
    """Put back what differs from what the stack declared last, and tell it; whether there was anything to put back."""
    with cluster_api(engine.kubeconfig) as api:
        found = differences(api, state_of(engine.stack, toolchain).objects)
        tell(engine, found, take_back, "put back", "left alone")
        taken = [one for one in found if _is_taken(one, take_back)]
        for urn, group in groupby(taken, key=lambda one: one.item.urn):
            ours = list(group)
            item = ours[0].item
            put_back(api, item, extras=any(one.is_extra for one in ours))
            if wait and item.kind == "apps:Deployment":
                step = Step("update", urn, "Deployment", item.name, item.namespace)
                await_rollout(engine.kubeconfig, step, _say)
    return bool(taken)


def tell(engine: EngineStack, found: Iterable[Difference], take_back: str, taken: str, left: str) -> None:
    """Tell each difference, and what is done about it."""
    for one in found:
        if _is_taken(one, take_back):
            _say(f"{engine.stack.label}: {'created again' if one.is_missing else taken}: {one}")
        else:
            remedy = one.remedy(engine.stack.command("up"))
            _say(f"{engine.stack.label}: {left}: {one}. {remedy}")


def _is_taken(one: Difference, take_back: str) -> bool:
    is_named = one.item.title.lower() in parse_allowed(take_back)
    return one.is_missing or one.is_ours or (is_named and not one.is_terminating)


def _say(line: str) -> None:
    err.print(line, style="yellow", markup=False, soft_wrap=True)


def _set_by_other(
    fields: Json, live: Any, declared: Any, ours: Sequence[Json], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The fields of another manager whose value is not the declared one: path, value, declared value."""
    for key, inner in fields.items():
        now, wanted, keys = _child(live, key), _child(declared, key), (*path, key)
        mine = [tree[key] for tree in ours if key in tree]
        foreign = wanted is _ABSENT and "f:metadata" in keys
        scaled = keys == ("f:spec", "f:replicas") and now
        if key == "." or foreign or scaled or keys == ("f:status",):
            continue
        if isinstance(wanted, dict | list) and inner.keys() - {"."}:
            yield from _set_by_other(inner, now, wanted, mine, keys)
        elif not mine and not _same(now, wanted):
            yield keys, now, wanted


def _removed(
    declared: Any, live: Any, ours: Sequence[Json], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The declared fields that are no longer there and that nobody holds: path, declared value."""
    if path and not all(ours):
        return  # all of it is held by the stack
    children: list[tuple[str, Any]] = []
    if isinstance(declared, list) and isinstance(live, list):
        for one in declared:
            is_named = isinstance(one, Mapping) and "name" in one
            if is_named or isinstance(one, str):
                key = f'k:{{"name":{json.dumps(one["name"])}}}' if is_named else f"v:{json.dumps(one)}"
                children.append((key, one))
    elif isinstance(declared, Mapping) and isinstance(live, Mapping):
        children = [(f"f:{name}", value) for name, value in declared.items()]
    for key, value in children:
        now, mine = _child(live, key), [tree[key] for tree in ours if key in tree]
        if now is not _ABSENT:
            yield from _removed(value, now, mine, (*path, key))
        elif value not in ({}, [], "", None, False, 0) and not mine:
            yield (*path, key), value


def _child(node: Any, key: str) -> Any:
    """The part of an object that a key of `managedFields` leads to."""
    if key.startswith("f:"):
        return node.get(key[2:], _ABSENT) if isinstance(node, Mapping) else _ABSENT
    index = _index(node, key)
    return _ABSENT if index is None else node[index]


def _index(node: Any, key: str) -> int | None:
    """Where a list has the item that a key leads to."""
    how, _, text = key.partition(":")
    if not isinstance(node, list) or how not in ("k", "v", "i"):
        return None
    wanted = json.loads(text)
    for index, item in enumerate(node):
        if how == "k" and isinstance(item, Mapping):
            # A part of the key may be a default, which is not declared.
            same = all(item.get(name, value) == value for name, value in wanted.items())
        else:
            same = (index if how == "i" else item) == wanted
        if same:
            return index
    return None


def _pointer(keys: Sequence[str], node: Any) -> Iterator[str]:
    """A path as the parts of a JSON pointer into an object."""
    for key in keys:
        index = _index(node, key)
        yield key[2:].replace("~", "~0").replace("/", "~1") if index is None else str(index)
        node = _child(node, key)


def _same(now: Any, wanted: Any) -> bool:
    """Whether two values are the same, with what is empty left out."""
    if isinstance(now, Mapping) and isinstance(wanted, Mapping):
        return all(_same(now.get(name, _ABSENT), wanted.get(name, _ABSENT)) for name in {*now, *wanted})
    if isinstance(now, list) and isinstance(wanted, list):
        return len(now) == len(wanted) and all(map(_same, now, wanted))
    if now is _ABSENT or wanted is _ABSENT:
        return (wanted if now is _ABSENT else now) in (_ABSENT, {}, [], "", None)
    return bool(now == wanted)


def _label(key: str) -> str:
    how, _, text = key.partition(":")
    if how == "f":
        return f"[{text}]" if re.search(r"[./]", text) else f".{text}"
    value = json.loads(text)
    return f"[{value.get('name', '/'.join(map(str, value.values()))) if isinstance(value, dict) else value}]"


def _shown(value: Any) -> str:
    # A program reads every number of its state as one with a fraction.
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
