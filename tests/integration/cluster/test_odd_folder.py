"""A first run in a folder whose name means something to shells, addresses and tools puts nothing elsewhere."""

from pathlib import Path

from tests.cluster import LiveCluster
from tests.local_cluster import checkout_with_cluster

NAME = "my #1? a%2Fb 'q'"


def test_a_first_run_a_move_and_pulumi_by_hand_work_in_an_odd_folder_and_stay_in_it(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with checkout_with_cluster(tmp_path / NAME) as checkout:
        checkout.make("infra-up")
        checkout.app_up("day", "dev")
        assert (checkout.root / ".local/state/.pulumi/stacks/day-service-app/dev.json").exists()
        checkout.make("namespace-move", SERVICE="day", ENV="dev", TO="infrastructure")
        assert LiveCluster(checkout.kubeconfig).owner("dev") == "service-infrastructure.dev"
        assert "no drift" in checkout.make("namespace-status").text.lower()
        assert "dev" in checkout.by_hand("cd apps/day && pulumi stack output namespace --stack dev")
        assert [path.name for path in tmp_path.iterdir()] == [NAME]
