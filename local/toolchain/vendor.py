"""Step 2: the vendor's releases, over HTTPS, accepted only with the digest that `digests.py` has.

Without internet this step must cost seconds, so everything has a deadline, name look-ups included.
"""

import hashlib
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar

from local.toolchain import cache
from local.toolchain.digests import DIGESTS
from local.toolchain.errors import DISK_FULL
from local.toolchain.parts import Part, Release
from local.toolchain.progress import say, step

ADDRESS = "https://github.com/{repository}/releases/download/{tag}/{archive}"
ANSWER_SECONDS = 6
"""Whole time until an archive begins to arrive; afterwards the vendor counts as out of reach."""
READ_SECONDS = 20
"""Longest silence during a download."""
DOWNLOAD_SECONDS = 600
"""Whole time for one archive (about 150 MB)."""
BLOCK = 1 << 20

T = TypeVar("T")


class UnavailableError(Exception):
    """The vendor's release cannot be had or cannot be trusted; building is next."""


def download(part: Part) -> bool:
    """Put the vendor's `part` into the cache; False, after a word, when that is not possible."""
    if (release := part.release) is None:
        return False
    try:
        digest = _digest(release)
        url = ADDRESS.format(repository=release.repository, tag=release.tag, archive=release.archive)
        answer = within(ANSWER_SECONDS, lambda: _open(url, READ_SECONDS))
        with (
            answer,
            step(f"downloading the {part.title} {part.version}", "a minute or two"),
            cache.making(part, "vendor") as place,
        ):
            within(DOWNLOAD_SECONDS, lambda: _install(answer, digest, place, part.files))
    except UnavailableError as reason:
        say(f"the vendor's {part.title} is not available here ({reason})")
        return False
    return True


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns; raises UnavailableError when it fails or takes longer.

    A name look-up cannot be given a time limit, hence the thread; an abandoned one ends with the process.
    """
    answers: list[T] = []
    problems: list[Exception] = []

    def attempt() -> None:
        try:
            answers.append(work())
        except Exception as problem:  # noqa: BLE001  handed to the waiting thread
            problems.append(problem)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if problems:
        raise UnavailableError(_reason(problems[0])) from problems[0]
    if not answers:
        message = f"no answer within {seconds:g} s"
        raise UnavailableError(message)
    return answers[0]


def _reason(problem: Exception) -> str:
    """Why the vendor is out of reach, in a few words; what has nothing to do with the vendor is raised again."""
    if isinstance(problem, UnavailableError):
        return str(problem)
    if isinstance(problem, urllib.error.HTTPError):
        return f"its server answered {problem.code}"
    if isinstance(problem, OSError) and problem.errno in DISK_FULL:
        raise problem
    if isinstance(problem, (OSError, HTTPException)):
        return "no connection to its server"
    if isinstance(problem, (ValueError, LookupError, TypeError, tarfile.TarError)):
        return "its server's answer was not understood"
    raise problem


def _digest(release: Release) -> str:
    """What the archive for this machine must be."""
    if digest := DIGESTS.get(release.archive):
        return digest
    message = f"no digest of {release.archive} is known beside the release's own"
    raise UnavailableError(message)


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to another HTTPS address."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        _require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_https(url: str) -> None:
    if not url.startswith("https://"):
        message = "its server named an address that is not HTTPS"
        raise UnavailableError(message)


def _open(url: str, seconds: float):  # type: ignore[no-untyped-def]  # noqa: ANN202
    _require_https(url)
    return urllib.request.build_opener(_HttpsOnly).open(url, timeout=seconds)


def _install(answer: IO[bytes], digest: str, place: Path, wanted: tuple[str, ...]) -> None:
    archive = place / "archive"
    _fetch(answer, archive, digest)
    _unpack(archive, place, wanted)
    archive.unlink()


def _fetch(answer: IO[bytes], target: Path, digest: str) -> None:
    """Write what arrives to `target`; raises UnavailableError when it is not what `digest` says."""
    algorithm, _, expected = digest.partition(":")
    seen = hashlib.new(algorithm)
    with target.open("wb") as file:
        while block := answer.read(BLOCK):
            seen.update(block)
            file.write(block)
    if seen.hexdigest() != expected:
        message = "the archive is another one than the known one"
        raise UnavailableError(message)


def _unpack(archive: Path, place: Path, wanted: tuple[str, ...]) -> None:
    """Take exactly the `wanted` files out of `archive`, by name, wherever they lie in it."""
    with tarfile.open(archive) as content:
        for member in content:
            name = PurePosixPath(member.name).name
            if name in wanted and member.isfile() and (stream := content.extractfile(member)):
                (place / name).write_bytes(stream.read())
                (place / name).chmod(0o755)
    missing = [name for name in wanted if not (place / name).exists()]
    if missing:
        message = f"its archive has no {', '.join(missing)}"
        raise UnavailableError(message)
