"""`make bench`: our verbs against their competitors, on the same control plane, in the same run."""
