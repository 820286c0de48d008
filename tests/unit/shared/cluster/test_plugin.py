"""A kubeconfig's exec plugin: one that is not there is told as that, with how to get it."""

from pathlib import Path

import pytest
import yaml

from infrastructure.eks.kubeconfig import eks_kubeconfig
from shared.cluster.api import cluster_api
from shared.cluster.plugin import refuse_missing_plugin
from shared.refusal import Refusal

KUBECONFIG = eks_kubeconfig(
    name="platform", region="eu-central-1", endpoint="https://127.0.0.1:1", certificate_authority="Q0E="
)


def test_a_plugin_that_is_not_there_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal) as caught, cluster_api(KUBECONFIG):
        pass
    assert "asks the command 'aws' for a credential, which is not on PATH" in caught.value.fact
    assert "Install the AWS CLI" in caught.value.remedy


def test_a_plugin_that_is_there_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\n")
    (tmp_path / "aws").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    refuse_missing_plugin(yaml.safe_load(KUBECONFIG), "https://127.0.0.1:1")


@pytest.mark.parametrize(
    "users", [None, [], [{"name": "x"}], [{"name": "x", "user": {"username": "y"}}]], ids=str
)
def test_a_kubeconfig_without_a_plugin_needs_none(users: object) -> None:
    refuse_missing_plugin({"users": users}, "https://127.0.0.1:1")
