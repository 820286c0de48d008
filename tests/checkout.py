"""A checkout of its own for tests: own folder, own cluster, own state, driven by the Makefile as a person would."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

ROOT = Path(__file__).resolve().parent.parent
_OWN = (
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "KUBECONFIG",
    "ALLOW",
    "ONLY",
    "MAKEFLAGS",
)
"""Variables of the person who runs the tests, which must not lead a test to that person's stacks. What was given to
make for the tests or the bench is no variable of the commands in them."""


@dataclass(frozen=True)
class Run:
    """How a make target ended.

    Args:
        code: make's exit code.
        text: all that was printed.
    """

    code: int
    text: str


class Checkout:
    """A copy of the repository's files in a folder of its own.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def create(cls, root: Path) -> Self:
        """Copy the files that git knows or would add, and share the tools and Python packages."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for name in listed:
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        (root / ".venv").symlink_to(ROOT / ".venv")
        return cls.prepared(root)

    @classmethod
    def prepared(cls, root: Path) -> Self:
        """Prepare files that are there already; without a .venv among them they get one of their own."""
        checkout = cls(root)
        for folder in (root / ".local", checkout.temporary):
            folder.mkdir(mode=0o700)
        checkout.make("setup")
        return checkout

    @property
    def kubeconfig(self) -> Path:
        """The local cluster's admin kubeconfig."""
        return self.root / ".local" / "kubeconfig"

    @property
    def temporary(self) -> Path:
        """What its commands have for the system's temporary folder."""
        return self.root / ".local" / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        """The environment for its commands."""
        inherited = {key: value for key, value in os.environ.items() if key not in _OWN}
        return {
            **inherited,
            "PULUMI_HOME": str(self.root / ".local" / "pulumi-home"),
            "TMPDIR": str(self.temporary),
        }

    @property
    def left_behind(self) -> list[Path]:
        """The scratch folders that runs of the engine left: none, once one has ended."""
        return list((self.root / ".local" / "scratch").glob("*"))

    def start(self, target: str, *, before: Sequence[str] = (), **variables: str) -> "subprocess.Popen[str]":
        """Start a make target in a process group of its own, to be watched or killed; `before` comes before make."""
        given = [f"{key}={value}" for key, value in variables.items()]
        return subprocess.Popen(
            [*before, "make", "--no-print-directory", target, *given],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def make(self, target: str, *, code: Any = 0, **variables: str) -> Run:
        """Run a make target.

        Args:
            target: the target.
            code: the exit code that is expected; None for any.
            variables: make's variables.
        """
        process = self.start(target, **variables)
        text, _ = process.communicate()
        if code is not None:
            assert process.returncode == code, f"make {target} {variables}: {process.returncode}\n{text}"
        return Run(process.returncode, text)

    def by_hand(self, script: str) -> str:
        """Run lines of bash in a shell that `make env` prepared for `pulumi`, and return what they printed."""
        done = subprocess.run(
            ["bash", "-euc", f'eval "$(make --no-print-directory env)"\n{script}'],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def create_stack(self, folder: str, name: str) -> None:
        """Create a stack by hand, where the engine has no settings file to write into."""
        project = self.temporary / folder
        project.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / folder / "Pulumi.yaml", project)
        self.by_hand(f"cd {project} && pulumi stack init {name} --no-select")

    def app_up(self, service: str, environment: str, **variables: str) -> str:
        """Deploy an application and return what was printed."""
        return self.make("app-up", SERVICE=service, ENV=environment, **variables).text

    def discard(self, service: str, environment: str) -> None:
        """Discard a stack: its state, its lock and its settings, without a run of the engine."""
        state = self.root / ".local" / "state" / ".pulumi"
        project = f"{service}-service-app"
        for file in (state / "stacks" / project).glob(f"{environment}.json*"):
            file.unlink()
        shutil.rmtree(state / "locks" / "organization" / project / environment, ignore_errors=True)
        self.settings_file(service, environment).unlink()

    def refused(self, target: str, **variables: str) -> str:
        """Run a target that has to be refused, and return what was printed: no stack trace, exit code 2."""
        text = self.make(target, code=2, **variables).text
        assert "Traceback" not in text, text
        # Make itself ends with 2 whatever the command's exit code is, and says that one.
        assert "Error 2" in text.splitlines()[-1], text
        return text

    def settings_file(self, service: str, environment: str) -> Path:
        """The settings file of a service, or of `infrastructure`."""
        folder = self.root / "infrastructure" if service == "infrastructure" else self.root / "apps" / service
        return folder / f"Pulumi.{environment}.yaml"

    def settings(self, service: str, environment: str, values: Mapping[str, Any]) -> None:
        """Write a settings file anew."""
        project = "service-infrastructure" if service == "infrastructure" else f"{service}-service-app"
        config = {f"{project}:{key}": value for key, value in values.items()}
        self.settings_file(service, environment).write_text(
            yaml.safe_dump({"config": config}, sort_keys=False)
        )
