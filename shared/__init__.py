"""What every stack of this repository shares: one contract, one set of ownership rules, one web service."""
