"""Verbs that need more than a line of make: tool chain, local cluster, running stacks, handover, status."""
