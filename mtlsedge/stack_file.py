"""Project and stack files, `Pulumi.yaml` and `Pulumi.<stack>.yaml`, read as the engine reads them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtlsedge.errors import CommandError
from settings import Settings, SettingsError, load
from settings.engine_yaml import NotReadableError, parse


def project_name(file: Path) -> str:
    """The name that a Pulumi.yaml gives its project, empty if it gives none; raises CommandError as for a stack file."""
    return str(_document(read_text(file), file).get("name", ""))


def read_stack_file(folder: Path, stack: str) -> dict[str, Any]:
    """The stack file's document; raises CommandError when there is none or it is not a mapping."""
    file = folder / f"Pulumi.{stack}.yaml"
    return _document(read_text(file), file)


def configuration(folder: Path, stack: str) -> dict[str, Any]:
    """Configuration by full key as the two files say it: the project's values, and over them the stack's."""
    file = folder / "Pulumi.yaml"
    declared = _document(read_text(file), file).get("config") or {}
    values = {
        key: one.get("value") if isinstance(one, dict) and "value" in one else one for key, one in declared.items()
    }
    own = {key: value for key, value in values.items() if ":" in key and not isinstance(value, dict)}
    return own | (read_stack_file(folder, stack).get("config") or {})


def read_text(file: Path) -> str:
    """The text of a file of the project; raises CommandError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"cannot read {file}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not YAML: not UTF-8") from None


def stack_of(file: Path) -> str:
    """The stack's name, out of `Pulumi.<stack>.yaml`."""
    return file.stem.removeprefix("Pulumi.")


def settings_of(text: str, file: Path, project: str) -> Settings:
    """The settings that a stack file's text declares. Raises CommandError for no stack file, SettingsError for wrong settings."""
    config = _document(text, file).get("config")
    if not isinstance(config, dict):
        raise CommandError(f"{file}: found no `config`; expected a stack file, Pulumi.<stack>.yaml")
    return load(config, project=project, stack=stack_of(file), files=file.parent, secrets=secret_keys(config))


@contextmanager
def told_in_one_error() -> Iterator[None]:
    """Wrong settings end a command as anything else does that cannot run: with a CommandError, here of all problems."""
    try:
        yield
    except SettingsError as problems:
        raise CommandError(str(problems)) from None


def secret_keys(config: Mapping[str, Any]) -> list[str]:
    """The keys under which an encrypted value stands."""
    return [key for key, value in config.items() if _has_secret(value)]


def _document(text: str, file: Path) -> dict[str, Any]:
    try:
        document = parse(text)
    except NotReadableError as problem:
        raise CommandError(f"{file} is not YAML: {problem}") from None
    if document is not None and not isinstance(document, dict):
        raise CommandError(f"{file}: found no mapping; allowed is a Pulumi project or stack file")
    return document or {}


def _has_secret(value: Any) -> bool:
    """Whether an encrypted value stands somewhere below."""
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_has_secret(item) for item in value.values())
    return isinstance(value, list) and any(_has_secret(item) for item in value)
