"""What a killed run was creating in AWS is known by its name, asked for there, or told."""

from typing import Any

from operations.engine.unfinished import complete, unread


def creating(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"type": "creating", "resource": {"urn": f"urn:s::p::{kind}::x", "type": kind, "inputs": inputs}}


def test_what_a_killed_run_was_creating_is_found_or_told() -> None:
    pending = [
        creating("aws:eks/nodeGroup:NodeGroup", clusterName="c", nodeGroupName="g-1"),
        creating("aws:ec2/natGateway:NatGateway", subnetId="subnet-1"),
        creating("aws:ec2/vpc:Vpc", tags={"Name": "a b"}),
        creating("aws:kms/key:Key"),
        creating("aws:iam/role:Role", name="x-2"),  # its predecessor has its URN
        creating("aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
    ]
    role = {**pending[4]["resource"], "id": "x-1", "outputs": {"id": "x-1"}}
    deployment = {"resources": [role], "pending_operations": [*pending, pending[0]]}
    answers = {"Name=subnet-id,Values=subnet-1": ["nat-1"], "Name=tag:Name,Values=a b": []}
    group, nat, _, key, again, _ = (one["resource"]["urn"] for one in pending)
    assert complete(deployment, lambda command: answers[command[3]]) == [key, again, group]
    assert [one["id"] for one in deployment["resources"][1:]] == ["c:g-1", "nat-1"]
    assert unread(deployment) == [group, nat]
    assert unread({"manifest": {}}) == []
