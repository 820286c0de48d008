"""`make setup` provides every tool, builds nothing twice and goes on where it was stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from operations.paths import ROOT
from operations.toolchain import locate, processes
from operations.toolchain.cache import write_whole
from operations.toolchain.commands import build_helm, setup
from operations.toolchain.tools import ETCD, KUBERNETES, PULUMI, SETUP
from tests.unit.operations.toolchain.conftest import Place

PROVIDER = "."
KUBE_APISERVER = "k8s.io/kubernetes/cmd/kube-apiserver"

RUN = """
import sys
from pathlib import Path
from operations import paths
from operations.toolchain import keys
paths.LOCAL, keys.MODULES = Path(sys.argv[1]), Path(sys.argv[2])
from operations.toolchain.commands import setup
setup()
"""


def _start(place: Place, local: str = "local") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(place.root / local), str(place.modules)]
    # A runner in the background has its children ignore Ctrl-C, and Python leaves that as it is.
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - of one thread
    )


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _half_built(place: Place) -> bool:
    """All else is done and the provider's build hangs with a part of its program written."""
    half = place.cache / "provider.partial" / "bin" / "pulumi-resource-kubernetes"
    return bool(list(place.cache.glob("kubernetes-*"))) and half.exists() and half.read_text() == "half"


def _children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(process.pid).children()
    return children


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_every_tool_is_built_where_none_is_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.go()
    setup()
    assert all(tool.source == "built" for tool in locate().tools.values())
    lines = capsys.readouterr().err.splitlines()
    for recipe in SETUP:
        assert any(line.startswith(f"{recipe.label}: built in ") for line in lines)
    assert not list(place.cache.glob("*.partial"))


def test_the_providers_source_is_staged_with_what_it_embeds(place: Place) -> None:
    place.write(place.modules / "provider" / "main.go", "package main\n")
    place.go()
    go = place.bin / "go"
    go.write_text(go.read_text().replace("target=$2", 'target=$2; echo "$PWD:" * >> "$place/calls"'))
    setup()
    (staged,) = (line for line in place.calls("/") if "schema.json" in line)
    assert staged.split()[1:] == ["go.mod", "go.sum", "main.go", "schema.json", "terraform-mapping.json"]


def test_a_second_setup_neither_builds_nor_asks_go(place: Place) -> None:
    place.go()
    setup()
    (place.root / "calls").unlink()
    begun = time.monotonic()
    setup()
    assert time.monotonic() - begun < 2
    assert place.calls("") == []


def test_another_checkout_builds_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.go()
    setup()
    (place.root / "calls").unlink()
    (place.root / "local" / "toolchain.json").unlink()
    setup()
    assert place.calls("build") == []


def test_a_changed_pin_builds_that_recipe_alone(place: Place) -> None:
    place.go()
    setup()
    (place.root / "calls").unlink()
    (place.modules / "etcd" / "go.mod").write_text("module etcd\n\ngo 1.26\n")
    setup()
    assert [line.split()[-1] for line in place.calls("build")] == ["go.etcd.io/etcd/server/v3"]


def test_tools_on_path_are_used_and_not_built(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.go()
    mine = place.program("etcd", f"etcd Version: {ETCD}")
    setup()
    assert locate().path("etcd") == mine
    assert not any("etcd" in line for line in place.calls("build"))
    assert f"etcd v{ETCD}: found at" in capsys.readouterr().err


def test_no_go_is_needed_where_everything_is_on_path_or_in_the_cache(place: Place) -> None:
    place.go()
    setup()
    (place.bin / "go").unlink()
    (place.root / "local" / "toolchain.json").unlink()
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
        place.program(name, f"v{PULUMI}")
    for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        place.program(name, f"Kubernetes v{KUBERNETES}")
    setup()
    assert locate().tools["pulumi"].source == "path"
    assert locate().tools["etcd"].source == "built"


def test_killed_half_way_it_goes_on(place: Place) -> None:
    place.go()
    place.hang(PROVIDER)
    killed = _start(place)
    _until(lambda: _half_built(place))
    killed.kill()
    killed.communicate()
    (place.root / "hang").unlink()
    done = len(place.calls("build"))
    setup()
    assert locate().path("pulumi-resource-kubernetes").read_text() == "built"
    assert not list(place.cache.glob("*.partial"))
    again = place.calls("build")[done:]
    assert not any(KUBE_APISERVER in line for line in again)
    assert sum(line.endswith(f" {PROVIDER}") for line in again) == 1


def test_a_killed_setups_compiler_is_ended_by_the_next(place: Place) -> None:
    place.go()
    place.hang(PROVIDER)
    killed = _start(place)
    _until(lambda: _half_built(place))
    (compiler,) = (one for one in _children(killed) if "provider.partial" in " ".join(one.cmdline()))
    killed.kill()
    killed.communicate()
    assert compiler.is_running()
    place.hang("nothing")
    compiler.suspend()
    setup()
    assert not compiler.is_running() or compiler.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal_it_leaves_no_compiler_and_no_part(place: Place, number: signal.Signals) -> None:
    place.go()
    place.hang(PROVIDER)
    stopped = _start(place)
    _until(lambda: _half_built(place))
    children = _children(stopped)
    os.kill(stopped.pid, number)
    _, err = stopped.communicate(timeout=10)
    assert stopped.returncode != 0
    assert "Kubernetes provider v4.25.0: stopped after" in err
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert not list(place.cache.glob("*.partial"))
    assert not (place.root / "local" / "toolchain.json").exists()


def test_stopped_while_a_compiler_starts_it_leaves_none(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.go()
    place.hang(PROVIDER)
    started: list[psutil.Process] = []

    def stopped(note: Path, content: dict[str, int]) -> None:
        compiler = psutil.Process(content["group"])
        if "provider" in str(note) and "build" in compiler.cmdline():
            started.append(compiler)
            os.kill(os.getpid(), signal.SIGTERM)
        write_whole(note, content)

    monkeypatch.setattr(processes, "write_whole", stopped)
    with pytest.raises(SystemExit):
        setup()
    (compiler,) = started
    assert not compiler.is_running()
    assert not list(place.cache.glob("*.partial"))


def test_of_two_setups_at_once_the_second_waits_and_builds_nothing(place: Place) -> None:
    place.go()
    place.hang(PROVIDER)
    first = _start(place)
    _until(lambda: _half_built(place))
    second = _start(place, "other")
    assert second.stderr is not None
    assert any("Another set-up: begun" in line for line in second.stderr)
    (place.root / "hang").unlink()
    assert (first.wait(20), second.wait(20)) == (0, 0)
    first.communicate()
    second.communicate()
    assert len(place.calls("build")) == sum(1 for recipe in SETUP if recipe.packages)
    assert (place.root / "other" / "toolchain.json").exists()


def test_at_most_two_builds_run_at_a_time(place: Place) -> None:
    place.go()
    place.hang(PROVIDER)
    running = _start(place)
    most = 0
    while not _half_built(place) or len(list(place.cache.glob("*-*/entry.json"))) < len(SETUP) - 1:
        assert running.poll() is None
        most = max(most, len(_children(running)))
        time.sleep(0.002)
    (place.root / "hang").unlink()
    running.communicate()
    assert running.returncode == 0
    assert most == 2


def test_the_link_that_takes_most_of_the_memory_runs_after_all_else(place: Place) -> None:
    place.go()
    setup()
    verbs = [line for line in place.calls("") if line.startswith(("build", "list", "mod"))]
    assert verbs[-1].startswith("build")
    assert verbs[-1].endswith(f" {PROVIDER}")


def test_all_is_compiled_before_it_is_linked(place: Place) -> None:
    place.go()
    setup()
    (compiled, linked) = (line for line in place.calls("") if line.endswith("cmd/kube-scheduler"))
    assert compiled.startswith("list -export -deps -trimpath")
    assert linked.startswith("build -trimpath -p 1")


def test_it_says_how_long_a_build_took_here_before(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.go()
    place.write(place.cache / "durations.json", '{"engine": 162.3}')
    setup()
    lines = capsys.readouterr().err.splitlines()
    assert f"Pulumi v{PULUMI}: begun, took 2 min 42 s here before" in lines
    assert f"etcd v{ETCD}: begun, about 32 s on 2 cores" in lines


def test_helm_is_built_on_demand_and_is_no_part_of_setup(place: Place) -> None:
    place.go()
    setup()
    assert not any("helm.sh" in line for line in place.calls("build"))
    assert build_helm().read_text() == "built"
    assert build_helm() == build_helm()
    assert sum("helm.sh" in line for line in place.calls("build")) == 1


def test_nothing_is_written_outside_the_cache_and_the_checkouts_own_folder(place: Place) -> None:
    place.go()
    before = _files(place.root)
    setup()
    new = {path.split("/")[0] for path in _files(place.root) - before}
    assert new == {"calls", "home", "local"}
    assert (place.root / "local").stat().st_mode & 0o777 == 0o700
