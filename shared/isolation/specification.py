"""What a namespace's isolation is made of, as one immutable value."""

from dataclasses import dataclass

from shared.isolation.resolution import Resolved


@dataclass(frozen=True)
class IsolationSpecification:
    """A namespace's isolation, before it is declared.

    Args:
        namespace: the namespace's name.
        governor: the stack that declares it, as `<project>.<stack>`.
        previous_governor: whom the governor took it over from; None for nobody.
        resolved: its figures.
        tenants: the stacks, as `<project>.<stack>`, that deploy into it with a credential of their own.
    """

    namespace: str
    governor: str
    previous_governor: str | None
    resolved: Resolved
    tenants: tuple[str, ...] = ()
