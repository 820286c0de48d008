"""From the engine's words to a refusal that says what to do, or to a failure that says what went wrong."""

import pytest

from operations.engine.events import EngineFailure, raise_for
from shared.errors import Failure, Refusal

RUN = "day/dev: update"
NOISE = [
    "an unhandled error occurred: program exited with non-zero exit code: 1",
    "preview failed",
    "update failed",
    "error: preview failed",
    "step application failed: 1 error occurred: one or more resources failed",
]
GUARD = (
    "kubernetes:core/v1:Namespace resource 'dev' has a problem: the server rejected our request: "
    "ValidatingAdmissionPolicy 'owner-change.platform.internal' with binding 'b' denied request: "
    "Refused: 'dev' is owned by day-service-app.dev. Whoever takes it over has to name that owner"
)


@pytest.mark.parametrize("error", ["error: Refused: This is wrong.\n  Do that.\n", "no space left on device"])
def test_after_a_change_it_is_a_failure_and_no_refusal(error: str) -> None:
    with pytest.raises(Failure) as caught:
        raise_for(RUN, [error], changed=True)
    assert not isinstance(caught.value, EngineFailure)
    assert caught.value.exit_code == 1


def refusal_of(*errors: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        raise_for(RUN, errors)
    return caught.value


def failure_of(*errors: str) -> str:
    with pytest.raises(EngineFailure) as caught:
        raise_for(RUN, errors)
    return str(caught.value)


def test_a_programs_refusal_is_told_in_its_own_words() -> None:
    refusal = refusal_of(*NOISE, "error: Refused: This is wrong.\n  Do that.\n")
    assert (refusal.fact, refusal.remedy) == ("This is wrong.", "Do that.")


def test_a_refusal_of_many_lines_keeps_its_last_as_the_remedy() -> None:
    refusal = refusal_of("Refused: 2 wrong settings:\n    a\n    b\n  Correct the file.")
    assert (refusal.fact, refusal.remedy) == ("2 wrong settings:\n    a\n    b", "Correct the file.")


def test_a_guards_refusal_is_taken_out_of_the_api_servers_message() -> None:
    refusal = refusal_of("update failed", GUARD)
    assert refusal.fact == (
        "'dev' is owned by day-service-app.dev. Whoever takes it over has to name that owner"
    )
    assert refusal.remedy == ""


@pytest.mark.parametrize(
    ("error", "fact", "remedy"),
    [
        (
            'unknown stack "organization/service-infrastructure/dev"',
            "The infrastructure stack service-infrastructure/dev does not exist.",
            "make infra-up ENV=dev",
        ),
        (
            'unknown stack "organization/dusk-service-app/dev"',
            "The stack dusk-service-app/dev does not exist.",
            "Deploy it first",
        ),
        (
            "no resource plugin 'pulumi-resource-aws' found in the workspace at version v7.51.1 or on your $PATH",
            "The stack needs the Pulumi plugin aws 7.51.1, which is not installed.",
            "pulumi plugin install resource aws 7.51.1",
        ),
        (
            'Apply failed with 1 conflict: conflict with "dusk-service-app.dev" using v1:\n'
            "- .metadata.labels.platform.internal/owner",
            "Another stack, dusk-service-app.dev, owns an object of the same name.",
            "adopt it from its owner",
        ),
    ],
)
def test_a_known_fault_says_what_to_do(error: str, fact: str, remedy: str) -> None:
    refusal = refusal_of(*NOISE, error)
    assert refusal.fact.startswith(fact)
    assert remedy in refusal.remedy


@pytest.mark.parametrize(
    "error",
    ['conflict with "x" using v1: .spec.replicas', "connection refused", "refused: lower case", "yaml"],
)
def test_an_unknown_fault_is_a_failure_in_the_engines_words(error: str) -> None:
    assert failure_of(*NOISE, error) == f"{RUN} failed.\n  {error}"


@pytest.mark.parametrize("noise", [*NOISE, "", "warning: using pulumi-language-python from $PATH at /x"])
def test_noise_is_never_told(noise: str) -> None:
    assert failure_of(noise, "real") == f"{RUN} failed.\n  real"
    assert failure_of(noise).startswith(f"{RUN} failed.\n  The engine gave no reason.")
