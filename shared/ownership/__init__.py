"""Who owns a namespace, who manages its isolation, and what fits into it: the rules, one file each."""
