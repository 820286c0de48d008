"""Who owns a namespace: the rules, one file each, and the one place that declares a Namespace."""
