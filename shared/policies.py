"""The names of the admission policies that infrastructure installs, for whoever looks whether they are there."""

DELETION_GUARD = "namespace-deletion.platform.internal"
"""The policy that refuses to delete an owned namespace."""

OWNER_GUARD = "owner-change.platform.internal"
"""The policy that makes every change of an owner a compare-and-swap."""

LABEL_GUARD = "namespace-labels.platform.internal"
"""The policy that refuses an owned namespace without the required labels."""

GUARDS = (DELETION_GUARD, OWNER_GUARD, LABEL_GUARD)
