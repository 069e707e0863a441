"""The vendor's releases: only over HTTPS, only with the committed digest, never hanging."""

import errno
import hashlib
import io
import tarfile
import threading
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from local.toolchain import cache, ensuring, parts, vendor
from local.toolchain.parts import ENGINE

ADDRESS = "https://vendor.test/archive"


def archive(names: tuple[str, ...]) -> bytes:
    """A release archive with `names` in a folder, and something nobody asked for."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in (*names, "../../escape"):
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = 3
            tar.addfile(member, io.BytesIO(b"bin"))
    return content.getvalue()


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """The vendor's server, which sends this for every archive."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return lambda content: monkeypatch.setattr(vendor, "_open", lambda *_: io.BytesIO(content))


def commit(monkeypatch: pytest.MonkeyPatch, content: bytes, algorithm: str = "sha256") -> None:
    """The digest of this content is the one that is known."""
    known = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
    monkeypatch.setitem(vendor.DIGESTS, ENGINE.release.archive, known)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_known_archive_is_taken(
    serve: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    """The wanted files, and only those, land in the cache with their run bit."""
    content = archive(ENGINE.files)
    serve(content)
    commit(monkeypatch, content, algorithm)
    assert vendor.download(ENGINE)
    assert ensuring.find(ENGINE) == ensuring.Found(cache.folder(ENGINE), "vendor")
    assert sorted(path.name for path in cache.folder(ENGINE).iterdir()) == sorted((*ENGINE.files, "source"))


def test_an_archive_replaced_at_the_vendors_is_refused(
    serve: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that the vendor's server says counts: other content is dropped, and building is next."""
    serve(archive(ENGINE.files))
    commit(monkeypatch, b"what was released")
    assert not vendor.download(ENGINE)
    assert "is another one than the known one" in said(capsys)
    assert cache.source(ENGINE) is None


def test_an_archive_without_a_committed_digest_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The part is built; the line says why."""
    monkeypatch.delitem(vendor.DIGESTS, ENGINE.release.archive, raising=False)
    monkeypatch.setattr(vendor, "_open", lambda *_: pytest.fail("it was asked for"))
    assert not vendor.download(ENGINE)
    assert f"no digest of {ENGINE.release.archive} is known" in said(capsys)


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_archives_of_every_platform_have_a_digest(monkeypatch: pytest.MonkeyPatch, system: str, processor: str) -> None:
    """A raised version without its digests would quietly be built for half an hour. The alicloud plugin has none."""
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: processor)
    releases = [parts._plugin_release("kubernetes", parts.KUBERNETES_PLUGIN_VERSION), parts._cluster_release()]
    assert {parts._engine_archive(), *(one.archive for one in releases)} <= vendor.DIGESTS.keys()
    lengths = {"sha256": 64, "sha512": 128}
    assert all(lengths[kind] == len(hex_) for kind, _, hex_ in (one.partition(":") for one in vendor.DIGESTS.values()))


def test_archive_without_a_needed_file_is_refused(
    serve: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An incomplete engine would fail later and worse."""
    content = archive(ENGINE.files[:1])
    serve(content)
    commit(monkeypatch, content)
    assert not vendor.download(ENGINE)
    assert "has no pulumi-language-python" in said(capsys)


@pytest.mark.parametrize("answer", [b"<html>", b"{}", b""])
def test_unexpected_answer_leads_on_to_building(serve: Callable[[bytes], None], answer: bytes) -> None:
    """A captive portal's page is not an error to the person."""
    serve(answer)
    assert not vendor.download(ENGINE)


@pytest.mark.parametrize(
    "problem",
    [
        urllib.error.URLError("no route"),
        TimeoutError(),
        ConnectionResetError(),
        urllib.error.HTTPError(ADDRESS, 403, "rate limit", None, None),  # type: ignore[arg-type]
    ],
)
def test_no_internet_leads_on_to_building(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: Exception
) -> None:
    """Whatever the network says, it costs one short line."""

    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(vendor, "_open", fail)
    assert not vendor.download(ENGINE)
    assert said(capsys).startswith("• the vendor's Pulumi engine is not available here (")


def test_silent_server_costs_the_limit_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even a name look-up that hangs is given up after the limit."""
    monkeypatch.setattr(vendor, "ANSWER_SECONDS", 0.2)
    answered = threading.Event()
    monkeypatch.setattr(vendor, "_open", lambda *_: answered.wait())
    assert not vendor.download(ENGINE)
    answered.set()
    assert "no answer within 0.2 s" in said(capsys)


def test_plain_http_is_refused() -> None:
    """Neither a first address nor a redirection may leave HTTPS."""
    with pytest.raises(vendor.UnavailableError):
        vendor._open("http://vendor.test/", 1)
    with pytest.raises(vendor.UnavailableError):
        vendor._HttpsOnly().redirect_request(None, None, 302, "", {}, "http://vendor.test/")


def test_full_disk_is_not_taken_for_a_missing_vendor(
    serve: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running out of space while downloading stops the run: building would need even more."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    serve(b"")
    monkeypatch.setattr(vendor, "_fetch", full)
    with pytest.raises(OSError, match="No space left"):
        vendor.download(ENGINE)
