"""The proof names whatever is not as it was."""

from dataclasses import replace

import pytest

from operations.handover.proof import Picture, losses
from operations.stacks.contents import LiveObject

BEFORE = Picture(
    name="dev",
    uid="namespace-uid",
    owner="day-service-app.dev",
    previous_owner="",
    objects=(LiveObject("Deployment", "day-service", "day-service-app.dev", "deployment-uid"),),
    pods={"pod-uid": 1},
)


def test_the_same_objects_under_another_owner_are_no_loss() -> None:
    assert losses(BEFORE, replace(BEFORE, owner="service-infrastructure.dev")) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (replace(BEFORE, uid="another"), "another UID"),
        (replace(BEFORE, objects=()), "Deployment/day-service is gone"),
        (
            replace(
                BEFORE,
                objects=(LiveObject("Deployment", "day-service", "day-service-app.dev", "made-again"),),
            ),
            "Deployment/day-service is gone",
        ),
        (replace(BEFORE, pods={}), "a pod is gone"),
        (replace(BEFORE, pods={"pod-uid": 2}), "restarted"),
    ],
)
def test_whatever_is_lost_made_again_or_restarted_is_named(after: Picture, told: str) -> None:
    assert told in "\n".join(losses(BEFORE, after))
