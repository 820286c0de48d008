"""Running the Pulumi engine: where from, with which settings, and what its events mean."""
