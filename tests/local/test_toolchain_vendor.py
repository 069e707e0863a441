"""The vendor's releases: only over HTTPS, only with the stated SHA-256, never hanging."""

import errno
import hashlib
import io
import json
import tarfile
import threading
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from local.toolchain import cache, ensuring, vendor
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


def record(content: bytes, digest: str | None = None) -> bytes:
    """The release's record as the vendor's server answers it."""
    stated = digest or f"sha256:{hashlib.sha256(content).hexdigest()}"
    asset = {"name": ENGINE.release.archive, "digest": stated, "browser_download_url": ADDRESS}
    return json.dumps({"assets": [{"name": "other.tar.gz", "digest": None}, asset]}).encode()


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, bytes], None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def answers(release: bytes, content: bytes) -> None:
        monkeypatch.setattr(vendor, "_open", lambda url, _seconds: io.BytesIO(content if url == ADDRESS else release))

    return answers


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_release_with_the_stated_digest_is_taken(serve: Callable[[bytes, bytes], None]) -> None:
    """The wanted files, and only those, land in the cache with their run bit."""
    content = archive(ENGINE.files)
    serve(record(content), content)
    assert vendor.download(ENGINE)
    assert ensuring.find(ENGINE) == ensuring.Found(cache.folder(ENGINE), "vendor")
    assert sorted(path.name for path in cache.folder(ENGINE).iterdir()) == sorted((*ENGINE.files, "source"))


def test_other_content_is_refused(serve: Callable[[bytes, bytes], None], capsys: pytest.CaptureFixture[str]) -> None:
    """An archive whose SHA-256 is not the stated one is dropped, and building is next."""
    serve(record(b"what the vendor built"), archive(ENGINE.files))
    assert not vendor.download(ENGINE)
    assert "SHA-256 is not the one" in said(capsys)
    assert cache.source(ENGINE) is None


@pytest.mark.parametrize("digest", ["sha1:abc", "md5:abc"])
def test_weaker_digest_is_refused(serve: Callable[[bytes, bytes], None], digest: str) -> None:
    """A release that states no SHA-256 is not used."""
    serve(record(b"", digest), archive(ENGINE.files))
    assert not vendor.download(ENGINE)


def test_archive_without_a_needed_file_is_refused(
    serve: Callable[[bytes, bytes], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """An incomplete engine would fail later and worse."""
    content = archive(ENGINE.files[:1])
    serve(record(content), content)
    assert not vendor.download(ENGINE)
    assert "has no pulumi-language-python" in said(capsys)


@pytest.mark.parametrize("answer", [b"<html>", b"{}", b"[]", b'{"assets": [{}]}'])
def test_unexpected_answer_leads_on_to_building(serve: Callable[[bytes, bytes], None], answer: bytes) -> None:
    """A captive portal's page is not an error to the person."""
    serve(answer, b"")
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
    serve: Callable[[bytes, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running out of space while downloading stops the run: building would need even more."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    serve(record(b""), b"")
    monkeypatch.setattr(vendor, "_fetch", full)
    with pytest.raises(OSError, match="No space left"):
        vendor.download(ENGINE)
