"""The plan gate: what a preview plans is judged before anything is done, and that alone is then done."""
