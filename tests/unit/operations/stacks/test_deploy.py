"""Deploying: which claims collide, what the gate keeps from running, and which plan binds the update."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.engine.events import EngineFailure, Step
from operations.engine.stack import StackMissing
from operations.stacks import deploy as module
from operations.stacks.deploy import colliding_claims, deploy, masked, preview
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.cluster import Objects
from tests.unit.operations.claims import PLATFORM, A, B, by_stack, faulty, settings_of
from tests.unit.operations.stacks.conftest import STACK

TOOLCHAIN: Any = None
URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day-service"
LOSS = Step("replace", URN, "Deployment", "day-service", "dev")
UPDATE = Step("update", URN, "Deployment", "day-service", "dev")
CONTENDED = (
    'conflict: Operation cannot be fulfilled on resourcequotas "platform-quota": the object has been modified'
)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
WRONG = Refusal("apps/day/Pulumi.dev.yaml has a wrong setting.", "Correct it.")


class Engine:
    """An engine that plans some steps, of a stack that exists or not."""

    def __init__(self) -> None:
        self.stack, self.exists, self.is_created_meanwhile = STACK, True, False
        self.steps: tuple[Step, ...] = (UPDATE,)
        self.planned: dict[str, Any] = {}
        self.done: list[str] = []
        self.plans: list[Path | None] = []
        self.error: Exception | None = None
        self.kubeconfig = ""

    def __call__(self, *_: object, **__: object) -> "Engine":
        return self

    def create(self) -> bool:
        self.done.append("create")
        self.exists = True
        return not self.is_created_meanwhile

    def preview(self, *, save_plan: Path | None = None) -> tuple[Step, ...]:
        self.done.append("preview")
        self.plans.append(save_plan)
        if self.error:
            raise self.error
        if not self.exists:
            raise StackMissing(STACK)
        if save_plan:
            save_plan.write_text(json.dumps({"resourcePlans": self.planned}))
        return self.steps

    def update(self, *, plan: Path | None = None) -> tuple[Step, ...]:
        self.done.append("update")
        self.plans.append(plan)
        return self.steps


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    made = Engine()
    monkeypatch.setattr("operations.checkout.LOCAL", tmp_path / ".local")
    monkeypatch.setattr(module, "EngineStack", made)
    monkeypatch.setattr(module, "eks_of", lambda stack: None)
    monkeypatch.setattr(module, "all_claims", lambda: by_stack(settings_of(STACK)))
    return made


@pytest.mark.parametrize("other", [B, PLATFORM])
def test_either_of_two_claims_to_own_one_namespace_collides(other: Stack) -> None:
    settings = by_stack(settings_of(A), settings_of(other), faulty(STACK))
    assert [claim.claimant for _, claim in colliding_claims(A, settings)] == [other]
    assert [claim.claimant for _, claim in colliding_claims(other, settings)] == [A]


@pytest.mark.parametrize(
    "other",
    [
        settings_of(B, reads_from=A),
        settings_of(B, "other"),
        settings_of(B, infrastructure=Stack("service-infrastructure", "production")),
        settings_of(B, adopt_from=A.owner),
        faulty(B),
    ],
)
def test_a_reader_another_name_another_cluster_and_a_transfer_do_not_collide(other: Any) -> None:
    settings = by_stack(settings_of(A), other)
    assert colliding_claims(A, settings) == colliding_claims(B, settings) == []


def test_a_change_is_made_by_the_plan_that_was_judged_and_leaves_no_plan_behind(
    engine: Engine, tmp_path: Path
) -> None:
    deploy(STACK, TOOLCHAIN)
    assert engine.done == ["preview", "update"]
    assert engine.plans[0] == engine.plans[1] is not None
    assert list((tmp_path / ".local" / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "goal", "binds"),
    [
        # What the provider adds to its objects is not in the plan: the engine would stop the update half-way.
        ("pulumi:providers:kubernetes", {"inputDiff": {"adds": {"kubeconfig": UNKNOWN}}}, False),
        # Outputs that refer to a resource which does not exist yet.
        ("eks:index:Cluster", {"outputDiff": {"adds": {"core": {"provider": {"id": ""}}}}}, False),
        ("eks:index:Cluster", {"outputDiff": {"adds": {"core": {"provider": {"id": "platform"}}}}}, True),
    ],
)
def test_a_plan_that_was_made_without_knowing_the_cluster_is_judged_and_does_not_bind(
    engine: Engine, kind: str, goal: dict[str, Any], binds: bool
) -> None:
    engine.planned = {f"urn:pulumi:dev::p::{kind}::cluster": {"goal": goal}}
    deploy(STACK, TOOLCHAIN)
    assert engine.done == ["preview", "update"]
    assert (engine.plans[1] is not None) == binds


@pytest.mark.parametrize("exists", [True, False])
def test_a_loss_that_is_not_allowed_by_name_changes_nothing(engine: Engine, exists: bool) -> None:
    """Neither of a stack that another command has created since this one looked."""
    engine.steps, engine.exists, engine.is_created_meanwhile = (UPDATE, LOSS), exists, True
    with pytest.raises(Refusal, match="ALLOW=Deployment/day-service"):
        deploy(STACK, TOOLCHAIN)
    assert "update" not in engine.done


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("as_markdown", [False, True])
def test_a_preview_changes_nothing_and_refuses_what_deploying_would_refuse(
    engine: Engine, exists: bool, as_markdown: bool
) -> None:
    engine.exists = exists
    preview(STACK, TOOLCHAIN, as_markdown=as_markdown)
    engine.steps = (LOSS,)
    preview(STACK, TOOLCHAIN, allow="Deployment/day-service", as_markdown=as_markdown)
    with pytest.raises(Refusal, match="ALLOW=Deployment/day-service"):
        preview(STACK, TOOLCHAIN, as_markdown=as_markdown)
    assert "update" not in engine.done


@pytest.mark.parametrize(
    ("error", "told"),
    [(WRONG, "day/dev: refused"), (EngineFailure("day/dev: preview", ["no answer"]), "day/dev: failed")],
)
def test_a_comment_tells_why_there_is_no_plan_and_ends_as_the_preview_does(
    engine: Engine, capsys: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    engine.error = error
    with pytest.raises(type(error)):
        preview(STACK, TOOLCHAIN, as_markdown=True)
    printed = capsys.readouterr().out
    assert told in printed
    assert str(error) in printed


@pytest.mark.parametrize(
    ("changed", "difference", "runs"),
    [
        (("spec.template.spec.containers",), {}, False),  # a webhook would rewrite it again
        (("spec.template.spec.containers",), {"updates": {"spec": 1}}, True),
        ((), {}, True),  # what failed the last time
        (("protect",), {}, True),
    ],
)
def test_what_is_declared_already_is_not_applied_again_but_what_failed_is(
    engine: Engine, changed: tuple[str, ...], difference: dict[str, Any], runs: bool
) -> None:
    engine.steps = (replace(UPDATE, changed=changed),)
    engine.planned = {URN: {"goal": {"type": "x", "inputDiff": difference}}}
    (step,) = deploy(STACK, TOOLCHAIN)
    assert engine.done == ["preview", *(["update"] if runs else [])]
    assert step.is_change is runs


@pytest.mark.parametrize(("error", "tries"), [(CONTENDED, 3), ("anything else", 1)])
def test_an_object_that_the_api_server_could_not_count_at_that_moment_is_tried_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, error: str, tries: int
) -> None:
    engine.error = EngineFailure("day/dev: update", [error])
    monkeypatch.setattr(module, "_failed_jobs", lambda *_: "")
    with pytest.raises(EngineFailure):
        deploy(STACK, TOOLCHAIN)
    assert engine.done == ["preview"] * tries


def test_a_log_is_told_without_what_its_pod_has_from_secrets() -> None:
    values = {"PASSWORD": "hunter2", "LONGER": "hunter2-and-more", "PEM": "-----\nMIIB\nAQAB\n", "PORT": "1"}
    data = {name: b64encode(value.encode()).decode() for name, value in values.items()}
    api: Any = Objects({"/api/v1/namespaces/dev/secrets/x": {"data": data}})
    whole = {"envFrom": [{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "x"}}]}
    one = {
        "env": [{"name": "Y", "value": "1"}, {"valueFrom": {"secretKeyRef": {"name": "x", "key": "PORT"}}}]
    }
    for spec in (
        {"containers": [whole]},
        {"containers": [{}], "initContainers": [one]},
        {"containers": [{}], "volumes": [{"emptyDir": {}}, {"secret": {"secretName": "x"}}]},
    ):
        log = "1 as hunter2-and-more, hunter2\nAQAB"
        told = masked(api, {"metadata": {"namespace": "dev"}, "spec": spec}, log)
        assert told == "1 as [secret], [secret]\n[secret]"
