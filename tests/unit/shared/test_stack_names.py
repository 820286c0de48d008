"""Stack names: as references, as owners, and as people write them."""

import pytest

from shared.errors import Refusal
from shared.program import refusals
from shared.stacks import Stack, parse_stack, this_stack
from tests.unit.shared.graph import Graph, refused, run

SETTING = "infra_stack_name in apps/day/Pulumi.dev.yaml"


def parse(text: str) -> Stack:
    return parse_stack(text, default_project="service-infrastructure", setting=SETTING)


def test_a_name_is_read_in_three_forms() -> None:
    for text in ("dev", "service-infrastructure/dev", "acme/service-infrastructure/dev"):
        assert parse(text) == Stack("service-infrastructure", "dev")
    assert parse("acme/platform/dev").reference == "acme/platform/dev"


@pytest.mark.parametrize("text", ["", "/dev", "dev/", "a/b/c/d", "a b", "-dev", "dév"])
def test_what_is_not_a_stack_name_is_refused_with_its_setting_and_an_example(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert caught.value.fact == f"{SETTING} is '{text}', which is not a valid stack name."
    assert "service-infrastructure/dev" in caught.value.remedy


def owner_of_running(stack: str) -> str:
    found: list[str] = []

    def program() -> None:
        with refusals():
            found.append(this_stack().owner)

    run(Graph(), program, project="day-service-app", stack=stack, config={})
    return found[0]


@pytest.mark.parametrize("stack", ["e" * 48, "-", "dev-", "dev.", "dev_"])
def test_a_running_stack_whose_name_is_not_a_label_value_is_refused(stack: str) -> None:
    assert "not a valid label value" in refused(lambda: owner_of_running(stack))


@pytest.mark.parametrize("stack", ["e" * 47, "pr-7", "a.b_c"])
def test_another_is_an_owner_by_its_name(stack: str) -> None:
    assert owner_of_running(stack) == f"day-service-app.{stack}"
