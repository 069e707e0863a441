"""Programs that run beside ours: as small as they can be, in the same backend, with the same plugins."""

import yaml

from tests.engine.sandbox import STACK, Sandbox

PROJECT = "name: {name}\nruntime:\n  name: python\n  options: {{toolchain: pip, virtualenv: .venv}}\n"


class Beside:
    """A project of its own below the sandbox, whose program can be replaced."""

    def __init__(self, stack: Sandbox, name: str, **modules: str) -> None:
        """`modules` are texts of Python modules that the program imports, by name."""
        self.stack, self.folder = stack, stack.root / "beside" / name
        self.folder.mkdir(parents=True)
        (self.folder / ".venv").symlink_to(stack.root / ".venv")
        (self.folder / "Pulumi.yaml").write_text(PROJECT.format(name=name))
        for module, text in modules.items():
            (self.folder / f"{module}.py").write_text(text)
        self.stack.run("pulumi", "--cwd", str(self.folder), "stack", "init", STACK, "--non-interactive")
        config = {key: value for key, value in stack.read_config()["config"].items() if key.startswith("alicloud:")}
        file = self.folder / f"Pulumi.{STACK}.yaml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "config": config}))

    def program(self, text: str) -> None:
        """The program to run from now on."""
        (self.folder / "__main__.py").write_text(text)

    def preview(self) -> None:
        """`pulumi preview`."""
        self._pulumi("preview", "--color", "never")

    def up(self, **options: object) -> None:
        """`pulumi up` without the separate preview; options as `Sandbox.run` takes them."""
        self._pulumi("up", "--yes", "--skip-preview", "--color", "never", **options)

    def destroy(self) -> None:
        """`pulumi destroy` without the separate preview."""
        self._pulumi("destroy", "--yes", "--skip-preview", "--color", "never")

    def _pulumi(self, *arguments: str, **options: object) -> None:
        command = ("pulumi", "--cwd", str(self.folder), *arguments, "--stack", STACK, "--non-interactive")
        self.stack.run(*command, **options)
