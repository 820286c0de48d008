"""The verbs that a person uses on one stack."""
