"""Files that a stack file names: read relative to the project's folder, public text only."""

import re
from dataclasses import dataclass
from pathlib import Path

from mtlsedge_components import forms
from mtlsedge_components.reading.nodes import Node
from mtlsedge_components.x509.pem import blocks_alone

LARGEST = 64 * 1024
"""Bytes; a chain of certificates is a tenth of it."""
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


OUTSIDE = "mtlsedge:filesOutsideTheProject"


@dataclass(frozen=True)
class Files:
    """Where a stack's files lie: the project's folder, and paths outside of it that may be read."""

    folder: Path
    outside: tuple[str, ...] = ()

    def may_be_read(self, path: Path) -> bool:
        """Whether a path lies in the project, links followed, or is named in full.

        A preview without secrets links each entry of the project into a folder of its own; `Pulumi.yaml` leads back.
        """
        real = path.resolve()
        project = (self.folder.resolve(), (self.folder / "Pulumi.yaml").resolve().parent)
        return any(map(real.is_relative_to, project)) or str(real) in self.outside


def read_outside(node: Node) -> tuple[str, ...]:
    """`mtlsedge:filesOutsideTheProject`: each path in full; a stack file can read no other file outside."""
    entries = [] if node.value is None else node.entries(forms.NAME)
    return tuple(child.text(forms.FULL_PATH) for _, child in entries)


def read_pem(node: Node, files: Files, label: str) -> str:
    """The PEM blocks of the file that `node` names, without what stands around them; "" as `read_pem_file`."""
    return blocks_alone(read_pem_file(node, files, label))


def read_pem_file(node: Node, files: Files, label: str) -> str:
    """The PEM file that `node` names, whole, with Unix newlines; "" after noting why it cannot be used.

    `label` is the PEM label it must hold, such as CERTIFICATE, or what old tools write in its place (RFC 7468). A
    private key in it is refused, and never repeated.
    """
    name = node.text(forms.FILE)
    text = _read_text(node, files, files.folder / name) if name else ""
    if PRIVATE_KEY.search(text):
        node.refuse(f"a file with {label} blocks only", found="a private key inside the file")
        return ""
    if text and f"-----BEGIN {label}-----" not in blocks_alone(text):
        node.refuse(f"a PEM file with a {label} block", found="a file without one")
        return ""
    return text


def read_script(node: Node, files: Files) -> str:
    """The script in the file that `node` names, with Unix newlines; "" as `read_pem_file`."""
    name = node.text(forms.FILE)
    return _read_text(node, files, files.folder / name, "a file with a script") if name else ""


def _read_text(node: Node, files: Files, path: Path, what: str = "a PEM file") -> str:
    try:
        if files.may_be_read(path):
            return _read_small_text(node, path, what)
        node.refuse(
            f"a file below the project's folder, or one whose path is written in full under {OUTSIDE}",
            found=f"{node.findings.show(node.path, node.value)}, which lies outside",
        )
    except UnicodeDecodeError:
        node.refuse(f"{what}, which is text", found="a file that is not text")
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "unusable name"
        node.refuse("a file that can be read", found=f"{node.findings.show(node.path, node.value)}: {reason}")
    return ""


def _read_small_text(node: Node, path: Path, what: str) -> str:
    if not path.is_file():
        node.refuse("an existing file", found=f"{node.findings.show(node.path, node.value)}, which is no file")
        return ""
    if path.stat().st_size > LARGEST:
        node.refuse(f"a file of at most {LARGEST // 1024} KiB", found="a larger file")
        return ""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    if not text.strip():
        node.refuse(what, found="an empty file")
    return text.strip() + "\n" if text.strip() else ""
