"""A claim: what one stack wants with one namespace, and where its settings say so."""

from dataclasses import dataclass

from shared.held import HeldObject


@dataclass(frozen=True)
class Claim:
    """A stack's wish to own a namespace, or to live in one that another stack owns.

    Args:
        name: the namespace's name.
        claimant: the stack that claims it, as `<project>.<stack>`.
        file: the settings file that says so, for refusals.
        adopt_from: the owner that it is to be taken over from, `unowned`, or None for no take-over.
        adopt_setting: the setting that holds `adopt_from`, for refusals.
        governed_setting: the setting by which an owner leaves the namespace's isolation to its application; empty
            for a claimant that has none.
        refresh: the command that makes the stack's state agree with the cluster, for refusals.
    """

    name: str
    claimant: str
    file: str
    adopt_from: str | None = None
    adopt_setting: str = "adopt_namespace_from"
    governed_setting: str = ""
    refresh: str = "pulumi refresh"

    def would_delete(self, held: HeldObject) -> bool:
        """Whether no longer declaring a Namespace of the claimant's state deletes it with everything in it.

        One that was never declared by these rules has no owner, and is not marked to be retained.
        """
        return held.owner != self.claimant
