"""`mtlsedge:listener.scripts`: programs that the load balancer runs on requests and answers (AScript)."""

from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.reading.declared import Choice, Flag, Shape, Text, setting
from mtlsedge_components.reading.nodes import Node, Section
from settings.files import PRIVATE_KEY, Files, read_script

POSITIONS = ("RequestHead", "RequestFoot", "ResponseHead")
"""Before the rules, after them, and before those about answers (SDK CreateAScripts)."""


@dataclass(frozen=True)
class Script:
    """One script. Of one in a file `content` is what stands there, and `file` is empty."""

    content: str = setting(
        Text(forms.SCRIPT), "its text", "ALB", default="", shown="–",
        allowed="a text in ALB's language; exactly one of `content`, `file`",
    )  # fmt: skip
    file: str = setting(
        Text(forms.FILE),
        "a file with its text",
        "ours",
        default="",
        shown="–",
        allowed="a file below the project's folder",
    )
    position: str = setting(
        Choice(POSITIONS), "when it runs: before the listener's rules, after them, or before those about answers",
        "ALB", default=POSITIONS[0],
    )  # fmt: skip
    enabled: bool = setting(Flag(), "whether it runs; ALB's own default is no", "ours", default=True)


SCRIPT = Shape.of(Script, one_of=("content", "file"))


def read_scripts(listener: Section, files: Files) -> dict[str, Script]:
    """The scripts by name."""
    return {name: _read_script(node, files) for name, node in listener.entries("scripts", forms.NAME)}


def _read_script(node: Node, files: Files) -> Script:
    section = SCRIPT.section(node)
    key = section.one_of(SCRIPT.one_of)
    content = read_script(section[key], files) if key == "file" else SCRIPT.value(section, "content")
    if key and PRIVATE_KEY.search(content):
        section[key].refuse("a script without one: whoever may read the listener can read it", found="a private key")
        content = ""
    made: Script = SCRIPT.make(section, content=content.rstrip(), file="")
    return made
