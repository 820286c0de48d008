"""Permissions: can nobody else on this machine read what is secret?"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SECRETS = ("passphrase", "kubeconfig", "settings/*/Pulumi.*.yaml")
_FOLDERS = ("state", "cluster")
"""What is secret below `.local`: files as patterns, and the folders of states and of the cluster's keys."""


def permissions(workplace: Workplace) -> Iterator[Finding]:
    """Look at `.local`, at the secrets in it and at the passphrase's file."""
    local = workplace.local
    if not local.is_dir():
        yield Finding(
            "ok", "There is no .local yet; the first verb makes it, for its owner alone.", str(local)
        )
        return
    secrets = {path for pattern in _SECRETS for path in local.glob(pattern)}
    _, given = workplace.passphrase
    if given is not None and given.is_file():
        secrets.add(given)
    folders = [local, *(local / name for name in _FOLDERS if (local / name).is_dir())]
    wrong = [*_wrong(folders, "700"), *_wrong(sorted(secrets), "600")]
    yield from wrong
    if not wrong:
        yield Finding(
            "ok",
            f"{len(folders)} folders and {len(secrets)} files with secrets are this user's alone.",
            f"{local} and in it {', '.join((*_FOLDERS, *_SECRETS))}",
        )


def _wrong(paths: list[Path], mode: str) -> Iterator[Finding]:
    for path in paths:
        status = path.stat()
        if status.st_uid != os.getuid():
            yield Finding(
                "failure",
                f"{path} belongs to another user (UID {status.st_uid}).",
                str(path),
                f"Give it back to this user: sudo chown -R {os.getuid()} {path}",
            )
        elif status.st_mode & _OTHERS:
            yield Finding(
                "failure",
                f"Others on this machine may use {path} (mode {stat.S_IMODE(status.st_mode):04o}, not 0{mode}).",
                str(path),
                f"chmod {mode} {path}",
            )
