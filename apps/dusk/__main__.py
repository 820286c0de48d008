"""The dusk service, in a namespace that it owns or reads as its settings say."""

from shared.application import deploy

deploy("dusk-service")
