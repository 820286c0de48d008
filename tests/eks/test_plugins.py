"""The plugins that the stack needs beside the Kubernetes provider's: AWS's and pulumi-eks' own."""

import shutil

import pytest

from tests.eks.production import EKS_PLUGIN, PLUGIN, Platform, plugin_folder


@pytest.mark.skipif(not plugin_folder(EKS_PLUGIN).exists(), reason="pulumi-eks' own plugin is not installed")
def test_the_stand_in_asks_of_aws_what_pulumi_eks_asks(platform: Platform) -> None:
    """Kinds, names and inputs: each difference would be a change."""
    platform.use_eks(real=False)
    try:
        assert not platform.preview()
    finally:
        platform.use_eks(real=True)


def test_missing_plugins_are_refused_with_the_commands_that_install_them(platform: Platform) -> None:
    for name in (PLUGIN, EKS_PLUGIN):
        shutil.move(platform.plugins / name, platform.plugins / f"away-{name}")
    try:
        told = platform.refused("infra-up", ENV="production")
    finally:
        for name in (PLUGIN, EKS_PLUGIN):
            shutil.move(platform.plugins / f"away-{name}", platform.plugins / name)
    assert "pulumi plugin install resource aws 7.51.1" in told
    assert "pulumi plugin install resource eks 4.4.0" in told
