"""The deny list in nginx, with the lines of docs/guides/deny-list.md as they stand there."""

import http.client
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.places import CHECKOUT
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not on this machine")
LISTED, OTHER = "ab" * 32, "cd" * 32


def configuration(folder: Path, port: int) -> Path:
    """nginx with the guide's lines in front of a page, and its list in this folder."""
    guide = (CHECKOUT / "docs" / "guides" / "deny-list.md").read_text()
    (told,) = re.findall(r"```nginx\n(.*?)```", guide, re.DOTALL)
    lines = told.replace("/etc/edge/", f"{folder}/")
    lines = lines.replace("server { ", f"server {{ listen 127.0.0.1:{port}; ").replace("…", 'return 200 "hello";')
    places = "".join(f"{kind}_temp_path {folder}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; error_log {folder}/error.log; pid {folder}/nginx.pid;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n{lines} }}\n"
    )
    return file


def starts(file: Path) -> bool:
    """Whether nginx takes the configuration."""
    command = ["nginx", "-t", "-q", "-c", str(file), "-p", str(file.parent)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


@contextmanager
def serving(folder: Path):
    """nginx, and what asks it with a fingerprint in the header, or without one."""
    port = free_port()
    command = ["nginx", "-c", str(configuration(folder, port)), "-p", str(folder)]

    def status(fingerprint: str | None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/", headers={} if fingerprint is None else {"X-Client-Fingerprint": fingerprint})
            return connection.getresponse().status
        finally:
            connection.close()

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: process.poll() is not None or status(OTHER))
            assert process.poll() is None, (folder / "error.log").read_text()
            yield status
        finally:
            process.terminate()


def test_the_guides_lines_turn_away_who_is_listed_and_who_has_no_header(tmp_path):
    """In capitals too; another client gets its page."""
    (tmp_path / "denied.map").write_text(f'"{LISTED}" 1;\n')
    with serving(tmp_path) as status:
        assert {one: status(one) for one in (LISTED, LISTED.upper(), "", None, OTHER)} == {
            LISTED: 403, LISTED.upper(): 403, "": 403, None: 403, OTHER: 200,
        }  # fmt: skip


def test_without_its_list_nginx_does_not_start(tmp_path):
    """Nor with a damaged one; with an empty one it starts, and turns nobody away, as the guide says."""
    file = configuration(tmp_path, free_port())
    assert not starts(file)
    (tmp_path / "denied.map").write_text(f'"{LISTED}" 1')
    assert not starts(file)
    (tmp_path / "denied.map").write_text("")
    assert starts(file)
