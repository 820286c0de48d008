"""One file per promise, kept on the real engine and a real control plane."""
