"""The plugins where the engine looks for them: below `plugins` of a Pulumi home, one folder a version.

A plugin is started by a launcher, which gives it a folder for its temporary files: the kubernetes plugin leaves a
kubeconfig there at every run, and what `.local` holds is removed by `make down`.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from local import whole_files
from local.toolchain.parts import Plugin

MARK = b"# mtlsedge: starts a plugin"
TEMPORARY = "tmp"


def install(plugins: Mapping[Plugin, Path], pulumi_home: Path) -> None:
    """Write each plugin's launcher, unless it is there as it should be."""
    temporary = pulumi_home / TEMPORARY
    temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    for plugin, executable in plugins.items():
        place = pulumi_home / "plugins" / plugin.folder_name / plugin.executable
        whole_files.write(place, launcher(executable, temporary), 0o755)


def launcher(executable: Path, temporary: Path) -> str:
    """A shell script that becomes the plugin. Where the folder cannot be written, as in a confined preview, TMPDIR stays."""
    place = shlex.quote(str(temporary))
    start = f'[ -w {place} ] && export TMPDIR={place}\nexec {shlex.quote(str(executable))} "$@"'
    return f"#!/bin/sh\n{MARK.decode()}, its temporary files in a folder that `make down` removes.\n{start}\n"


def is_launcher(executable: Path) -> bool:
    """Whether the file is one of these scripts; only the beginning of a plugin's hundreds of megabytes is read."""
    with executable.open("rb") as file:
        return MARK in file.read(len(MARK) + len("#!/bin/sh\n"))
