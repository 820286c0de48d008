"""The cluster outlives the command and the terminal that started it, and holds neither's pipes open."""

import os

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import command


def test_a_reader_of_the_output_sees_its_end(disturbed: LocalCluster) -> None:
    disturbed.down()
    process = command(disturbed)
    # Returns at the end of the pipe, which a component that held it would never let come.
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    status = disturbed.status()
    assert status.state == "running"
    for component in status.components:
        assert component.pid is not None
        # A session of its own gets no hang-up from the terminal and no interrupt from the keyboard.
        assert os.getsid(component.pid) not in (os.getsid(0), process.pid)
