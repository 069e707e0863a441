"""axe-core, from npm at the version and hash of axe/package-lock.json, run in a page."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

LOCK = Path(__file__).parent / "axe"
RUN = """
window.axeFound = null;
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => { window.axeFound = JSON.stringify(found.violations); },
  (problem) => { window.axeFound = JSON.stringify([{id: "axe did not run", impact: "critical", help: String(problem), nodes: []}]); },
); ""
"""
SERIOUS = ("serious", "critical")


def fetched(folder: Path) -> str:
    """The script. Skips, and says so, where npm is missing or reaches no registry."""
    if not shutil.which("npm"):
        pytest.skip("not on this machine: npm, which fetches axe-core")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, folder)
    fetching = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(fetching, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch axe-core: {done.stderr.strip()[-300:]}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


def serious(found: str) -> list[str]:
    """Each serious fault of a run in one line: rule, what it asks for, and where."""
    return [
        f"{fault['id']}: {fault['help']}: {[node['target'] for node in fault['nodes']]}"
        for fault in json.loads(found)
        if fault["impact"] in SERIOUS
    ]
