"""A plan as Markdown: the gate's table, in which nothing of the plan becomes markup."""

from markdown_it import MarkdownIt

from operations.engine.events import Step
from operations.gate.judgement import Verdict, judge
from operations.gate.markdown import end_as_markdown, marker, plan_as_markdown

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
    assert "<strong>Refused</strong>: 1 of these would lose what nobody asked to lose." in shown
    assert shown.index("delete Deployment/day-service") < shown.index("create Service/day-service")
    assert "<td><strong>refused</strong></td>" in shown


def test_what_was_asked_for_by_name_is_allowed() -> None:
    text = plan_as_markdown("day/dev", judge([LOSS], "Deployment/day-service"), "x")
    assert "allowed by name" in text
    assert "refused" not in text.lower()


def test_nothing_to_do_is_said() -> None:
    assert "Nothing to do." in plan_as_markdown("day/dev", [], "8 unchanged")


def test_no_name_becomes_markup() -> None:
    evil = Step("create", URN, "X", "<img src=x> **b** [a](b) `c` | d @team\n\n# h", "<b>")
    shown = html(plan_as_markdown("day/dev", [Verdict(evil, loses=False, allowed=False)], "x"))
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
    shown = html(end_as_markdown("day/dev", "refused", words))
    assert "<h3>day/dev: refused</h3>" in shown
    assert "The namespace '```' is owned by\n  &lt;b&gt;day&lt;/b&gt;." in shown
    assert len(end_as_markdown("day/dev", "failed", "x" * 100_000)) < 65_536
