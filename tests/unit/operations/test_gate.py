"""The gate: which steps lose something, that each is allowed by its name alone, and the verdicts as Markdown."""

import pytest
from markdown_it import MarkdownIt

from operations.engine.events import Step
from operations.gate import (
    PROTECTED,
    Verdict,
    enforce,
    error_as_markdown,
    judge,
    marker,
    plan_as_markdown,
)
from shared.errors import Refusal

LOSING = ["delete", "delete-replaced", "discard-replaced", "replace", "create-replacement"]
HARMLESS = ["create", "update", "import", "same", "read", "refresh"]
UNCHANGED = ["same", "read", "refresh", "read-discard"]


def step(
    operation: str = "delete",
    kind: str = "Deployment",
    name: str = "day-service",
    namespace: str = "dev",
    *,
    retained: bool = False,
) -> Step:
    return Step(operation, f"urn::{kind}::{name}", kind, name, namespace, retained)


def refused(planned: Step, allow: str = "") -> bool:
    (verdict,) = judge([planned], allow)
    return verdict.refused


def refusal_of(*steps: Step, allow: str = "") -> Refusal:
    with pytest.raises(Refusal) as caught:
        enforce("day/dev", judge(steps, allow))
    return caught.value


@pytest.mark.parametrize("operation", LOSING)
@pytest.mark.parametrize("kind", sorted(PROTECTED))
def test_the_loss_of_anything_protected_is_refused(kind: str, operation: str) -> None:
    assert refused(step(operation, kind))


def test_namespaces_workloads_data_and_the_cluster_below_them_are_protected() -> None:
    workloads = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}
    below = {"Cluster", "NodeGroup", "Vpc", "Subnet", "Key"}
    assert {"Namespace", "PersistentVolumeClaim"} | workloads | below <= PROTECTED


def replaced(*operations: str, kind: str = "NodeGroup") -> list[bool]:
    return [verdict.refused for verdict in judge([step(operation, kind) for operation in operations], "")]


def test_a_node_group_that_is_created_again_first_loses_nothing_and_one_that_goes_first_is_an_outage() -> (
    None
):
    order = ("create-replacement", "replace", "delete-replaced")
    assert replaced(*order) == [False, False, False]
    assert replaced(*reversed(order)) == [True, True, True]
    assert replaced("delete") == [True]


@pytest.mark.parametrize("kind", ["Cluster", "Vpc", "Subnet", "Key", "Deployment", "Namespace"])
def test_no_other_replacement_is_harmless_in_any_order(kind: str) -> None:
    assert all(replaced("create-replacement", "replace", "delete-replaced", kind=kind))


def test_one_node_groups_replacement_does_not_excuse_anothers() -> None:
    new, other = (
        step("create-replacement", "NodeGroup", "a", ""),
        step("delete-replaced", "NodeGroup", "b", ""),
    )
    assert [verdict.refused for verdict in judge([new, other], "")] == [True, True]


@pytest.mark.parametrize(
    ("operations", "kinds"),
    [
        (LOSING, ["ConfigMap", "Service", "HorizontalPodAutoscaler", "Ingress", "Provider"]),
        (HARMLESS, ["Namespace"]),
    ],
    ids=["the loss of anything else", "what keeps an object"],
)
def test_nothing_else_is_refused(operations: list[str], kinds: list[str]) -> None:
    planned = [step(operation, kind) for operation in operations for kind in kinds]
    assert not any(verdict.refused for verdict in judge(planned, ""))


@pytest.mark.parametrize("operation", UNCHANGED)
def test_what_changes_nothing_is_not_judged(operation: str) -> None:
    assert judge([step(operation)], "") == []


@pytest.mark.parametrize("operation", LOSING)
def test_a_retained_object_outlives_its_drop_and_not_its_replacement(operation: str) -> None:
    kept = operation in ("delete", "delete-replaced", "discard-replaced")
    assert refused(step(operation, "Namespace", "dev", "", retained=True)) is not kept


@pytest.mark.parametrize(
    "allow",
    ["Deployment/day-service", "deployment/DAY-service", "x/y, Deployment/day-service ,", "Namespace/dev"],
)
def test_a_loss_that_was_asked_for_by_name_is_allowed(allow: str) -> None:
    (verdict,) = judge([step()], allow)
    assert verdict.words == "allowed by name"
    assert not verdict.refused


@pytest.mark.parametrize(
    "allow",
    [
        *("", ",", "day-service", "Deployment/day", "Deployment/*", "Deployment", "Deployment/day-service-2"),
        *("StatefulSet/day-service", "Namespace/production", "Namespace/", "dev", "all"),
    ],
)
def test_a_loss_that_another_name_allows_is_refused(allow: str) -> None:
    assert refused(step(), allow)


def test_a_namespaces_name_allows_for_the_workloads_in_it_and_no_others() -> None:
    here, elsewhere = step("replace"), step("replace", namespace="production")
    namespace = step("delete", "Namespace", "dev", "")
    verdicts = judge([here, elsewhere, namespace], "NAMESPACE/dev")
    assert [verdict.refused for verdict in verdicts] == [False, True, False]


@pytest.mark.parametrize("allow", ["Deployment/day-service", "Namespace/, namespace/"])
def test_neither_a_workloads_name_nor_an_empty_one_allows_for_a_namespace(allow: str) -> None:
    assert refused(step("delete", "Namespace", "dev", ""), allow)


def test_a_refused_plan_names_every_loss_and_how_to_ask_for_it() -> None:
    refusal = refusal_of(
        step("delete", "Namespace", "dev", ""), step("replace"), step("update", "Deployment", "other")
    )
    assert refusal.fact.splitlines() == [
        "The plan for day/dev deletes or replaces protected resources:",
        "    delete Namespace/dev",
        "    replace Deployment/day-service",
    ]
    assert refusal.remedy.endswith("ALLOW=Deployment/day-service,Namespace/dev")
    assert "Nothing was changed." in refusal.remedy


def test_a_replacements_steps_are_one_line_and_what_was_asked_for_is_not_named_again() -> None:
    steps = [step(one) for one in ("create-replacement", "replace", "delete-replaced")]
    refusal = refusal_of(*steps, step("delete", "Job", "migrate"), allow="Job/migrate")
    assert refusal.fact.splitlines()[1:] == ["    replace Deployment/day-service"]
    assert "Job/migrate" not in str(refusal)


def test_the_remedy_that_a_refusal_gives_is_enough() -> None:
    planned = [step("delete", "Namespace", "dev", ""), step("replace"), step("delete", "Job", "migrate")]
    allow = refusal_of(*planned).remedy.rsplit("ALLOW=", 1)[1]
    enforce("day/dev", judge(planned, allow))


URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day-service"
CREATE = Step("create", URN, "Service", "day-service", "dev")
LOSS = Step("delete", f"{URN}2", "Deployment", "day-service", "dev")
KEPT = Step("delete", f"{URN}3", "Namespace", "dev", retained=True)
UPDATE = Step("update", f"{URN}4", "ConfigMap", "day|service", "dev", changed=("data", "metadata"))


def html(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_it_begins_with_the_stacks_marker_and_has_a_row_for_each_step() -> None:
    text = plan_as_markdown("day/dev", judge([CREATE, UPDATE, KEPT], ""), "1 created")
    assert text.splitlines()[0] == marker("day/dev") == "<!-- plan for day/dev -->"
    shown = html(text)
    assert "<h3>day/dev: 1 created</h3>" in shown
    assert shown.count("<tr>") == 4
    assert "<td>create Service/day-service</td>" in shown
    assert "<td>update ConfigMap/day|service (data, metadata)</td>" in shown
    assert "<td>keep, and no longer own Namespace/dev</td>" in shown
    assert "<td>kept on the cluster</td>" in shown


def test_what_is_refused_comes_first_and_is_counted() -> None:
    shown = html(plan_as_markdown("day/dev", judge([CREATE, LOSS], ""), "x"))
    assert "<strong>Refused</strong>: 1 of these would delete or replace protected resources." in shown
    assert shown.index("delete Deployment/day-service") < shown.index("create Service/day-service")
    assert "<td><strong>refused</strong></td>" in shown


def test_what_was_asked_for_by_name_is_allowed_and_nothing_to_do_is_said() -> None:
    text = plan_as_markdown("day/dev", judge([LOSS], "Deployment/day-service"), "x")
    assert "allowed by name" in text
    assert "refused" not in text.lower()
    assert "Nothing to do." in plan_as_markdown("day/dev", [], "8 unchanged")


def test_no_name_becomes_markup() -> None:
    evil = Step("create", URN, "X", "<img src=x> **b** [a](b) `c` | d @team\n\n# h", "<b>")
    shown = html(plan_as_markdown("day/dev", [Verdict(evil, "fine")], "x"))
    for markup in ("<img", "<strong>", "<a ", "<code>", "<h1>", "<b>"):
        assert markup not in shown


def test_a_plan_of_any_size_fits_into_a_comment() -> None:
    steps = [Step("create", f"{URN}{n}", "ConfigMap", f"{n}-{'x' * 200}", "dev") for n in range(1000)]
    text = plan_as_markdown("day/dev", judge(steps, ""), "1000 created")
    assert len(text) < 65_536
    rows = text.count("| create ConfigMap")
    assert f"… and {1000 - rows} more" in text


def test_a_refusal_stands_as_it_was_said() -> None:
    words = "The namespace '```' is owned by\n  <b>day</b>."
    shown = html(error_as_markdown("day/dev", "refused", words))
    assert "<h3>day/dev: refused</h3>" in shown
    assert "The namespace '```' is owned by\n  &lt;b&gt;day&lt;/b&gt;." in shown
    assert len(error_as_markdown("day/dev", "failed", "x" * 100_000)) < 65_536
