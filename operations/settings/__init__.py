"""Settings as people wrote them: read strictly, checked before the engine runs, and shown with where each came from."""
