"""`mtlsedge diagram`: the topology as a picture."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.diagram import mermaid, svg
from mtlsedge.diagram.picture import Picture
from mtlsedge.diagram.running import from_outputs
from mtlsedge.diagram.sources import of_preview, of_stack_file
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, OutputsFile, StackName
from mtlsedge.outputs import load
from mtlsedge.report import print_json, say
from mtlsedge.stack import Stack


class Format(StrEnum):
    """What is written."""

    SVG = "svg"
    MERMAID = "mermaid"


WRITERS = {Format.SVG: svg.draw, Format.MERMAID: mermaid.draw}


def diagram(
    *,
    form: Annotated[Format, typer.Option("--format", help="svg or mermaid.")] = Format.SVG,
    to: Annotated[Path | None, typer.Option("--to", help="File to write; default: standard output.")] = None,
    settings: Annotated[Path | None, typer.Option("--settings", help="Draw a stack file, Pulumi.<stack>.yaml.")] = None,
    preview: Annotated[
        Path | None, typer.Option("--preview", help="Draw the output of `pulumi preview --json`.")
    ] = None,
    outputs: OutputsFile = None,
    stack: StackName = "",
    as_json: AsJson = False,
) -> None:
    """Draws clients, name, load balancer, servers and authority: of a stack file, a preview, or a running stack.

    Example: `python -m mtlsedge diagram --settings Pulumi.prod.yaml --to prod.svg`.
    """
    if sum(source is not None for source in (settings, preview, outputs)) > 1:
        raise CommandError("draw one thing: --settings, --preview or --outputs")
    text = WRITERS[form](_picture(settings, preview, outputs, Stack(stack)))
    if to is not None:
        try:
            to.write_text(text)
        except OSError as problem:
            raise CommandError(f"cannot write {to}: {problem.strerror}") from None
    if as_json:
        print_json({"format": form, **({"written": str(to)} if to else {"picture": text})})
    elif to is None:
        typer.echo(text, nl=False)
    else:
        say(f"written  {to}", err=True)


def _picture(settings: Path | None, preview: Path | None, outputs: Path | None, stack: Stack) -> Picture:
    if settings:
        return of_stack_file(settings, stack.project())
    if preview:
        return of_preview(preview, stack.project())
    return from_outputs(load(outputs, stack, show_secrets=False), stack.name or ("" if outputs else stack.selected()))
