"""Stack names: as references, as owners, and as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.refusal import Refusal
from shared.stack_name import StackName, parse_stack_name, this_stack
from tests.unit.shared.graph import Graph, run

SETTING = "infra_stack_name in apps/day/Pulumi.dev.yaml"


def parse(text: str) -> StackName:
    return parse_stack_name(text, default_project="service-infrastructure", setting=SETTING)


def here(project: str, stack: str) -> StackName:
    found: list[StackName] = []
    refusals: list[Refusal] = []

    def program() -> None:
        try:
            found.append(this_stack())
        except Refusal as refusal:
            refusals.append(refusal)

    run(Graph(), program, project=project, stack=stack, config={})
    if refusals:
        raise refusals[0]
    return found[0]


def test_a_stack_has_one_name_for_each_reader() -> None:
    name = StackName("organization", "day-service-app", "dev")
    assert name.reference == "organization/day-service-app/dev"
    assert name.owner == "day-service-app.dev"
    assert name.short == "day-service-app/dev"


@pytest.mark.parametrize(
    "text", ["dev", "service-infrastructure/dev", "organization/service-infrastructure/dev"]
)
def test_the_three_forms_of_a_name_mean_the_same_stack(text: str) -> None:
    found: list[StackName] = []
    run(Graph(), lambda: found.append(parse(text)), project="day-service-app", stack="dev", config={})
    assert found == [StackName("organization", "service-infrastructure", "dev")]


def test_an_organization_that_is_named_wins() -> None:
    assert parse("acme/platform/dev") == StackName("acme", "platform", "dev")


@pytest.mark.parametrize("text", ["", "/", "a//b", "/dev", "dev/", "a/b/c/d", "a b", "-dev", "a/ b", "dév"])
def test_what_names_no_stack_is_refused_with_its_setting_and_an_example(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(text)
    assert caught.value.fact == f"{SETTING} is '{text}', which names no stack."
    assert "service-infrastructure/dev" in caught.value.remedy


@given(st.text(alphabet="a./- \n", max_size=8).map("o/".__add__))
def test_any_text_is_a_stack_or_refused(text: str) -> None:
    try:
        parse(text)
    except Refusal:
        return
    except Exception as error:
        assert "organization" in str(error).lower()


def test_the_running_stack_knows_its_name() -> None:
    assert here("day-service-app", "dev") == StackName("organization", "day-service-app", "dev")


@pytest.mark.parametrize("stack", ["e" * 48, "-", "dev-", "dev.", "dev_"])
def test_a_stack_whose_name_makes_no_label_value_is_refused(stack: str) -> None:
    with pytest.raises(Refusal, match="no label value"):
        here("day-service-app", stack)


@pytest.mark.parametrize("stack", ["e" * 47, "pr-7", "a.b_c"])
def test_a_stack_whose_name_makes_a_label_value_is_not(stack: str) -> None:
    assert here("day-service-app", stack).owner == f"day-service-app.{stack}"
