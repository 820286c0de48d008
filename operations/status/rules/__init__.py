"""The rules that find disagreements: pure functions of the facts, grouped by what they look at."""
