"""Where the program of a pull request runs: apart from what judges it.

Engine, plugins and program see what they need to run, read-only, and one folder of their own that they may write. They
have no network and see no other process; everything they started ends with the engine. So a program can change neither
the judge's code, nor its findings, nor a cache that the next job uses, and reads no file of the machine that holds it.
bubblewrap makes this place from Linux's namespaces, without root.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mtlsedge.errors import CommandError

FLAG = "--program-unconfined"
SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/group", "/etc/hosts", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl",
)  # fmt: skip
"""What programs need of the system. The rest of /etc, and every home, stays out."""
FILE_BYTES = 512 * 1024 * 1024
"""Largest file, the engine's output included: a program that prints without end is stopped here. A thousand resources
print some 5 MB."""
SECONDS = 600
"""Longest wait for a request's preview, unless `--longest` says another: for a program that never ends, or that leaves a process which keeps its output open, for
the engine waits for that as well. A thousand resources take minutes."""
SCRIPT_BYTES = 65_536
"""A plugin that is larger is a program, not a script that starts one."""
FIRST = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
"""The place's first process: it starts the engine and waits for it. When it ends, Linux ends all others in the place,
and only then does bubblewrap. bubblewrap's own first process would outlive the command by a moment."""
TEST_SECONDS = 30
"""How long the machine may take to make an empty place."""


def command(reads: Iterable[Path], writes: Path) -> tuple[str, ...]:
    """The words before a command that put it into such a place. Raises CommandError where none can be made.

    `reads` are files and folders that it may read besides the system's, `writes` the folder that it may write.
    """
    if not (tool := shutil.which("bwrap")) or not shutil.which("prlimit"):
        raise CommandError(_refusal("found no `bwrap` on PATH; on Debian and Ubuntu `apt-get install bubblewrap`"))
    place = (tool, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--as-pid-1")
    view = [word for path in SYSTEM for word in ("--ro-bind-try", path, path)]
    view += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108  (an empty one, inside)
    view += [word for path in _topmost(reads) for word in ("--ro-bind", str(path), str(path))]
    view += ["--bind", str(writes), str(writes)]
    _try((*place, *view, "--", "/bin/true"))
    return ("prlimit", f"--fsize={FILE_BYTES}", "--core=0", "--", *place, *view, "--", *FIRST)


def needed(environment: Mapping[str, str]) -> Iterator[Path]:
    """What this Python, the engine and its plugins are made of, wherever they lie."""
    yield from (Path(sys.prefix), Path(sys.prefix).resolve(), Path(sys.base_prefix))
    if engine := shutil.which("pulumi", path=environment.get("PATH")):
        yield from (Path(engine).parent, Path(engine).resolve().parent)
    plugins = Path(environment["PULUMI_HOME"]) / "plugins"
    if plugins.is_dir():
        yield plugins.resolve()
        for entry in (entry for folder in plugins.iterdir() for entry in (folder, *_entries(folder))):
            yield entry.resolve()
            yield from _started(entry)
    yield from (Path(environment[key]) for key in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if key in environment)


def _entries(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()


def _started(plugin: Path) -> Iterator[Path]:
    """What a plugin that is a script names by its whole path: the plugin that it starts, elsewhere."""
    if not plugin.is_file() or plugin.stat().st_size > SCRIPT_BYTES or not plugin.read_bytes().startswith(b"#!"):
        return
    try:
        words = shlex.split(plugin.read_text(errors="replace"), comments=True)
    except ValueError:  # a quote without its end
        return
    for word in words:
        if word.startswith("/") and Path(word).is_file():
            yield Path(word)


def _topmost(paths: Iterable[Path]) -> list[Path]:
    """Paths that exist, each once, without those below another one or below the system's."""
    found: list[Path] = []
    for path in sorted({one.absolute() for one in paths if one.exists()}):
        inside = (*found, *map(Path, SYSTEM))
        if not any(path.is_relative_to(one) for one in inside):
            found.append(path)
    return found


def _try(arguments: Sequence[str]) -> None:
    """Make the place once, empty: a machine that cannot says so before anything else is done."""
    try:
        done = subprocess.run(
            arguments, check=False, capture_output=True, text=True, timeout=TEST_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise CommandError(_refusal(f"bubblewrap did not answer ({type(problem).__name__})")) from None
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise CommandError(_refusal(f"this machine gives it none: {reason}"))


def _refusal(reason: str) -> str:
    return (
        f"a preview without secrets runs its program in a place of its own, made by bubblewrap: {reason}. "
        f"{FLAG} runs it beside its judge, with all rights of this account: for programs that you trust"
    )
