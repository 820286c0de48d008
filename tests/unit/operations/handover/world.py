"""A checkout's settings files, and the facts of a handover between its stacks."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from operations.engine.project import Project, StackId
from operations.handover.facts import Facts
from operations.handover.intent import Intent
from operations.handover.proof import Picture
from operations.stacks.state import StateNamespace


class World:
    """An infrastructure stack and two services, with settings files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.platform = self._stack(folder / "infrastructure", "service-infrastructure", "infrastructure")
        self.day = self._stack(folder / "apps" / "day", "day-service-app", "day")
        self.dusk = self._stack(folder / "apps" / "dusk", "dusk-service-app", "dusk")

    @staticmethod
    def _stack(folder: Path, name: str, label: str) -> StackId:
        folder.mkdir(parents=True)
        stack = StackId(Project(folder, name, label), "dev")
        stack.project.settings_file("dev").write_text("config: {}\n")
        return stack

    def settings(self, stack: StackId, **values: Any) -> None:
        config = {f"{stack.project.name}:{key}": value for key, value in values.items()}
        stack.project.settings_file("dev").write_text(yaml.safe_dump({"config": config}))

    def facts(
        self,
        *,
        target: StackId,
        owner: str,
        holders: tuple[StackId, ...],
        intents: tuple[Intent, ...],
        previous: str = "",
        exported: bool = True,
        protected: bool = False,
        retained: bool = True,
        taken_from: Mapping[StackId, str] = MappingProxyType({}),
    ) -> Facts:
        return Facts(
            name="dev",
            platform=self.platform,
            target=target,
            picture=Picture("dev", "uid", owner, previous, (), {}),
            held={
                stack: StateNamespace("dev", "urn", retained, protected, taken_from.get(stack, ""))
                if stack in holders
                else None
                for stack in (self.platform, self.day, self.dusk)
            },
            intents=intents,
            exported=exported,
        )
