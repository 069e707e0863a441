"""The author's checkout of the project, beside the local stack: who tries the forge proposes from there, without a password."""

import shutil
from pathlib import Path
from urllib.parse import quote

from forge import people
from forge.people import AUTHOR
from forge.places import Places
from forge.project import git
from forge.seeding import PROJECT
from local.places import Places as LocalPlaces


def place(local: LocalPlaces) -> Path:
    """Where it lies."""
    return local.root / "edge"


def make(folder: Path, where: Places) -> None:
    """Clone the project as its author, if that was not done. The password stays with the forge's files."""
    author = people.read(where.people)[AUTHOR]
    passwords = where.root / "author-password"
    passwords.touch(mode=0o600)
    passwords.write_text(f"http://{author.name}:{quote(author.password, safe='')}@127.0.0.1:{where.port}\n")
    if folder.exists():
        return
    settings = {
        "credential.helper": f"store --file={passwords}",
        "user.name": author.name,
        "user.email": f"{author.name}@forge.test",
        "commit.gpgsign": "false",
    }
    options = [word for name, value in settings.items() for word in ("--config", f"{name}={value}")]
    url = f"http://{author.name}@127.0.0.1:{where.port}/{PROJECT}.git"
    git(folder.parent, "clone", "--quiet", *options, url, str(folder))


def remove(folder: Path) -> None:
    """Take it away, with what was not pushed."""
    if folder.exists():
        shutil.rmtree(folder)
