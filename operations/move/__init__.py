"""Moving a namespace from one owner to another, by ordinary updates in the right order."""
