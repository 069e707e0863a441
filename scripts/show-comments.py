#!/usr/bin/env python3
"""Comments as a code host shows them: `python scripts/show-comments.py OUT [FILE.md …]` writes a page for each.

To look at a comment before a change of its words is committed. Without files: the golden comments. Where Chromium is
installed each page becomes a picture as well. The look is imitated, not the host's own; Mermaid stays text here.
"""

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "unit" / "previews"
WIDTH, CHARACTERS_A_LINE, LINE_HEIGHT = 860, 100, 27
STYLE = """
body { margin: 16px; background: #fff; color: #1f2328;
       font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif; }
.comment { border: 1px solid #d0d7de; border-radius: 6px; } .body { padding: 16px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d0d7de; padding: 8px 16px; color: #59636e; border-radius: 6px 6px 0 0; }
h3 { font-size: 1.25em; margin: 0 0 16px; } h4 { font-size: 1em; margin: 24px 0 16px; } p, ul { margin: 0 0 16px; }
ul { padding-left: 2em; } li + li { margin-top: .25em; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em;
       font: 85%/1.5 ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; margin-bottom: 16px; } th, td { border: 1px solid #d0d7de; padding: 6px 13px; }
tr:nth-child(2n) { background: #f6f8fa; } summary { cursor: pointer; }
"""


def page(markdown: str) -> str:
    """A comment as HTML."""
    body = MarkdownIt("gfm-like", {"linkify": False}).render(markdown)
    head = '<div class="head"><b>github-actions</b> commented now</div>'
    return f'<!doctype html><meta charset="utf-8"><title>{html.escape(markdown.splitlines()[0])}</title><style>{STYLE}</style><div class="comment">{head}<div class="body">{body}</div></div>'


def picture(browser: str, source: Path, target: Path, height: int) -> None:
    """A screenshot of a page; the browser gets an empty profile and asks nobody for anything."""
    quiet = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--hide-scrollbars")  # fmt: skip
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [browser, "--headless", "--no-sandbox", *quiet, f"--user-data-dir={profile}", f"--screenshot={target}",
             f"--window-size={WIDTH},{height}", source.resolve().as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


def main() -> None:
    """Write pages, and pictures where there is a browser."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} OUT [FILE.md …]")
    out, files = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]] or sorted(GOLDEN.glob("*.md"))
    out.mkdir(parents=True, exist_ok=True)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    for file in files:
        text = file.read_text(encoding="utf-8")
        shown = out / f"{file.stem}.html"
        shown.write_text(page(text), encoding="utf-8")
        if browser:
            folded = text.partition("<details>")[0]
            lines = sum(1 + len(line) // CHARACTERS_A_LINE for line in folded.splitlines())
            picture(browser, shown, out / f"{file.stem}.png", 110 + LINE_HEIGHT * lines)
    print(f"{len(files)} comments in {out}" + ("" if browser else "; no Chromium here, so no pictures"))


if __name__ == "__main__":
    main()
