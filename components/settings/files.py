"""Files that a stack file names: read relative to the project's folder, public text only."""

import re
from pathlib import Path

from components.settings import forms
from components.settings.reader import Node

LARGEST = 64 * 1024
"""Bytes; a chain of certificates is a tenth of it."""
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


def read_pem(node: Node, folder: Path, label: str) -> str:
    """The PEM file that `node` names, with Unix newlines; "" after noting why it cannot be used.

    `label` is the PEM label it must hold, such as CERTIFICATE. A private key in it is refused, and never repeated.
    """
    name = node.text(forms.FILE)
    text = _read_text(node, folder / name) if name else ""
    if PRIVATE_KEY.search(text):
        node.refuse(f"a file with {label} blocks only", found="a private key inside the file")
        return ""
    if text and f"-----BEGIN {label}-----" not in text:
        node.refuse(f"a PEM file with a {label} block", found="a file without one")
        return ""
    return text


def _read_text(node: Node, path: Path) -> str:
    try:
        return _read_small_text(node, path)
    except UnicodeDecodeError:
        node.refuse("a PEM file, which is text", found="a file that is not text")
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "unusable name"
        node.refuse("a file that can be read", found=f"{node.findings.show(node.path, node.value)}: {reason}")
    return ""


def _read_small_text(node: Node, path: Path) -> str:
    if not path.is_file():
        node.refuse("an existing file", found=f"{node.findings.show(node.path, node.value)}, which is no file")
        return ""
    if path.stat().st_size > LARGEST:
        node.refuse(f"a file of at most {LARGEST // 1024} KiB", found="a larger file")
        return ""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    if not text.strip():
        node.refuse("a PEM file", found="an empty file")
    return text.strip() + "\n" if text.strip() else ""
