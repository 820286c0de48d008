"""The resource graph of a program under SDK mocks: what it declares, with which options, and what it exports."""

import asyncio
import json
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
from pulumi.runtime.config import CONFIG
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.proto.resource_pb2 import RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _sync_await

from shared.kube.observed import ObservedCluster

ROOT = Path(__file__).resolve().parents[3]
"""The checkout."""

READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire's mark of a secret, no secret


def secret(value: Any) -> dict[str, Any]:
    """A secret value as the engine passes it."""
    return {_SIGNATURE: _SECRET, "value": value}


def is_secret(value: Any) -> bool:
    """Whether a value of the wire is a secret."""
    return isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET


def plain(value: Any) -> Any:
    """A value of the wire without its marks of secrets."""
    if is_secret(value):
        return plain(value["value"])
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


class EngineError(grpc.RpcError):  # type: ignore[misc]
    """The engine's answer where it cannot do what it is asked for, or hands on what a provider says."""

    def code(self) -> grpc.StatusCode:
        """The answer's status."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The engine's message."""
        return str(self)


@dataclass(frozen=True)
class Declared:
    """One resource as the program registered it."""

    type: str
    name: str
    urn: str
    wire: Mapping[str, Any]
    depends_on: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    retained: bool
    protected: bool
    aliases: tuple[str, ...]

    @property
    def inputs(self) -> dict[str, Any]:
        """Its inputs, secrets in plain."""
        found: dict[str, Any] = plain(dict(self.wire))
        return found

    @property
    def kind(self) -> str:
        """Its type's last part."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def metadata(self) -> dict[str, Any]:
        """A Kubernetes object's metadata."""
        found: dict[str, Any] = self.inputs["metadata"]
        return found


@dataclass
class Graph(Mocks):
    """Takes what a program declares, and answers what it asks.

    Args:
        stacks: what other stacks export, by their full names.
        state: the running stack's own state, by URN.
        preview: whether the engine only previews.
        cluster: what is observed on the cluster, where a test says so.
    """

    stacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    preview: bool = False
    cluster: ObservedCluster | None = None
    declared: list[Declared] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    transforms: list[pulumi.ResourceTransform] = field(default_factory=list)

    def register_transform(self, transform: pulumi.ResourceTransform) -> None:
        """Take a transform of all that is declared from here on."""
        self.transforms.append(transform)

    def call(self, args: MockCallArgs) -> Any:
        """Answer the engine's own functions: a stack's state, and what a stack exports."""
        if args.token == READ_OUTPUTS:
            outputs = self.stacks.get(args.args["name"], {})
            return {
                "outputs": dict(outputs),
                "secretOutputNames": [name for name, value in outputs.items() if is_secret(value)],
            }
        return {"outputs": dict(self.state)} if args.token == READ_STATE else {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer a resource as a cluster would: with its UID."""
        state = dict(args.inputs)
        if "metadata" in state:
            state["metadata"] = {**state["metadata"], "uid": f"uid-of-{args.name}"}
        return args.name, state

    @property
    def objects(self) -> list[Declared]:
        """The Kubernetes objects that were declared."""
        return [item for item in self.declared if item.type.startswith("kubernetes:")]

    def one(self, kind: str) -> Declared:
        """The only resource of a kind."""
        (found,) = self.of(kind)
        return found

    def of(self, kind: str) -> list[Declared]:
        """The resources of a kind."""
        return [item for item in self.declared if item.kind == kind]


class _Monitor(MockMonitor):
    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            wire, options = self._transformed(request)
            self._graph.declared.append(
                Declared(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    wire=wire,
                    depends_on=tuple(request.dependencies),
                    ignore_changes=tuple(request.ignoreChanges),
                    retained=request.retainOnDelete or bool(options.retain_on_delete),
                    protected=request.protect,
                    aliases=tuple(map(str, options.aliases or ())),
                )
            )
        return answer

    def _transformed(self, request: Any) -> tuple[Any, pulumi.ResourceOptions]:
        """What the engine makes of a resource by the program's transforms: its properties, and options."""
        wire, options = _struct(request.object), pulumi.ResourceOptions()
        for transform in self._graph.transforms:
            args = pulumi.ResourceTransformArgs(request.custom, request.type, request.name, wire, options)
            result: Any = transform(args)
            wire, options = (result.props, result.opts) if result else (wire, options)
        return wire, options

    def GetDeploymentInfo(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        """A resource that is given to another one is passed by its id: the mocks' own loop could not look it up."""
        info = super().GetDeploymentInfo(request)  # type: ignore[no-untyped-call]
        info.supportedFeatures.remove(RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES)
        return info

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the SDK's name
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._graph.exports.update(_struct(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _struct(value: Any) -> Any:
    if hasattr(value, "fields"):
        return {key: _struct(item) for key, item in value.fields.items()}
    which = value.WhichOneof("kind")
    if which == "struct_value":
        return _struct(value.struct_value)
    if which == "list_value":
        return [_struct(item) for item in value.list_value.values]
    if which == "null_value":
        return None
    found = getattr(value, which)
    return int(found) if isinstance(found, float) and found.is_integer() else found


def run(
    graph: Graph, program: Callable[[], object], *, project: str, stack: str, config: Mapping[str, Any]
) -> Graph:
    """Run a program against a graph; RunError where it refuses."""
    settings = {f"{project}:{key}": _text(value) for key, value in config.items()}

    def quietly() -> None:
        program()

    with _runtime(graph, project, stack, settings):
        _sync_await(run_in_stack(quietly))
    return graph


def run_file(graph: Graph, folder: str, *, project: str, stack: str, config: Mapping[str, Any]) -> Graph:
    """Run a project's `__main__.py` as the engine would."""
    file = ROOT / folder / "__main__.py"
    return run(graph, lambda: runpy.run_path(str(file)), project=project, stack=stack, config=config)


def refused(act: Callable[[], object]) -> str:
    """The message by which a program refuses."""
    with pytest.raises(pulumi.RunError) as caught:
        act()
    return str(caught.value)


@contextmanager
def _runtime(graph: Graph, project: str, stack: str, config: Mapping[str, str]) -> Iterator[None]:
    before = dict(CONFIG.get())
    loop = asyncio.new_event_loop()
    # A refusal fails every output that waits for it; the first one to fail is what the test sees.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    SETTINGS.outputs.clear()
    monitor = _Monitor(graph)
    set_mocks(graph, project, stack, preview=graph.preview, monitor=monitor, organization="organization")
    set_root_resource(None)  # type: ignore[arg-type]
    pulumi.runtime.set_all_config(dict(config))
    try:
        # The engine passes them by this variable too, which says which there are.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PULUMI_CONFIG", json.dumps(dict(config)))
            yield
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)
        pulumi.runtime.set_all_config(before)
        SETTINGS.outputs.clear()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
