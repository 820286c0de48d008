"""From what the engine says to what a person can do: refusals known by their words, and failures."""

import re
from collections.abc import Sequence

from shared.refusal import REFUSED, Refusal


class EngineFailure(Exception):
    """The engine failed while it worked; what it had done by then stands in the state.

    Args:
        what: the run that failed, such as `day/dev: update`.
        errors: what went wrong, in the words of whoever said it.
    """

    def __init__(self, what: str, errors: Sequence[str]) -> None:
        super().__init__("\n".join([f"{what} failed.", *(f"  {line}" for line in errors)]))


_NOISE = re.compile(
    r"^warning: using pulumi-\S+ from \$PATH"
    r"|an unhandled error occurred: program exited with non-zero exit code"
    r"|^(preview|update|destroy|refresh) failed$"
    r"|^error: (preview|update) failed"
    r"|step application failed: .*one or more resources failed"
)

_NO_REASON = (
    "The engine gave no reason. Where it ran a saved plan, something changed between the preview and the update, "
    "and it stopped rather than do something else. Run the command again."
)

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"unknown stack \"?(?:[^/\"]+/)?service-infrastructure/([^\"\s]+?)\"?(\s|$)",
        "The infrastructure stack service-infrastructure/{0} does not exist.",
        "Deploy it first: make infra-up ENV={0}",
    ),
    (
        r"unknown stack \"?(?:[^/\"]+/)?([^\"\s]+?)\"?(\s|$)",
        "The stack {0} does not exist.",
        "Deploy it first, or name another one.",
    ),
    (
        r"incorrect passphrase",
        "The passphrase does not open this stack's secrets.",
        "Set PULUMI_CONFIG_PASSPHRASE_FILE (or PULUMI_CONFIG_PASSPHRASE) to the one that it was made with; "
        "teams share one by a KMS key (secretsprovider in the settings file).",
    ),
    (
        r"passphrase must be set",
        "No passphrase was given for this stack's secrets.",
        "Set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.",
    ),
    (
        r"resource \S*\$?kubernetes:core/v1:Namespace::(\S+)-namespace\S* cannot be deleted",
        "The namespace '{0}' is protected, so its stack does not let go of it.",
        "Set protect_namespace: false and deploy once; then let go of it.",
    ),
    (
        r"no resource plugin 'pulumi-resource-(\S+)' found in the workspace at version v(\S+)",
        "The stack needs the Pulumi plugin {0} {1}, which is not installed.",
        "Install it (pulumi plugin install resource {0} {1}), or put pulumi-resource-{0} of that version on PATH.",
    ),
    (
        r"no space left on device",
        "The disk is full.",
        "Free some space and run the command again; it goes on where it stopped.",
    ),
    (
        r"Stack '[^']+' is missing configuration value '([^']+)'",
        "The setting {0} is missing in the stack's settings file.",
        "Add it; its meaning stands in the project's Pulumi.yaml.",
    ),
    (
        r"Stack '[^']+' with configuration key '([^']+)' must be of type '([^']+)'",
        "The setting {0} is not of the type {1}.",
        "Correct it in the stack's settings file.",
    ),
    (
        r"could not unmarshal '([^']+)'|error unmarshalling|yaml: (?:line|unmarshal)",
        "The settings file is no YAML that the engine can read.",
        "Correct the file; pulumi config shows what the engine understands of it.",
    ),
    (
        r"conflict with \"([^\"]+)\".*platform\.internal/owner",
        "Another stack, {0}, owns an object of the same name.",
        "Give the object another name, or take it over from its owner.",
    ),
)


def raise_for(what: str, errors: Sequence[str]) -> None:
    """Raise what a failed run's errors amount to.

    Args:
        what: the run that failed, such as `day/dev: update`.
        errors: the engine's errors.

    Raises:
        Refusal: the program, the API server's guards or the engine refused, and it is known what to do.
        EngineFailure: anything else.
    """
    told = [error for error in errors if error and not _NOISE.search(error)]
    for error in told:
        if REFUSED in error:
            fact, _, remedy = error.split(REFUSED, 1)[1].strip().rpartition("\n")
            raise Refusal(fact, remedy.strip()) if fact else Refusal(remedy, "Nothing was changed by it.")
    for error in told:
        for pattern, fact, remedy in _KNOWN:
            match = re.search(pattern, error, re.DOTALL)
            if match:
                groups = [group or "" for group in match.groups()]
                raise Refusal(fact.format(*groups), remedy.format(*groups))
    raise EngineFailure(what, told or [_NO_REASON])
