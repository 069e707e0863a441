"""Configuration as the engine hands it over: JSON texts, and keys that hold a secret somewhere."""

import contextvars
import json

import pulumi
import pytest
from pulumi.runtime import config as engine_config
from pulumi.runtime import set_all_config

from settings.stack_config import from_pulumi
from tests.unit.settings_sample import local, read


def _from_engine(config: dict, secrets: list[str], monkeypatch):
    """The settings of `config` in the engine's form, read with nothing else of this process in sight."""
    values = {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for key, value in config.items()
    }
    monkeypatch.setattr(pulumi, "get_project", lambda: "mtlsedge")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "local")
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)

    def run():
        set_all_config(dict(sorted(values.items(), reverse=True)), secrets)
        return from_pulumi()

    return contextvars.copy_context().run(run)


def test_engine_configuration_gives_the_same_settings(monkeypatch):
    """JSON texts with sorted keys, `"true"` for true and empty defaults mean what the file means."""
    defaults = {"mtlsedge:names": {}, "mtlsedge:production": "true", "mtlsedge:adopt": {}}
    settings = _from_engine(local(defaults), [], monkeypatch)
    assert read(local({"production": True})) == settings


def test_problems_become_a_run_error_in_documented_order(monkeypatch):
    """The engine prints a RunError without a traceback; sections come in the order of the documentation."""
    config = local({"domain.ttl": 1, "listener.port": 0, "accountId": "1", "kubernetes": "x"})
    with pytest.raises(pulumi.RunError) as caught:
        _from_engine(config, [], monkeypatch)
    paths = [line.strip().partition(": found")[0] for line in str(caught.value).split("\n")[1:]]
    assert paths == ["mtlsedge:accountId", "mtlsedge:listener.port", "mtlsedge:domain.ttl", "mtlsedge:kubernetes"]
    assert caught.value.__cause__ is None


def test_secret_key_is_wrapped_and_never_parsed(monkeypatch, tmp_path):
    """In a preview from a snapshot the key is a digest: it is carried, and shown nowhere."""
    monkeypatch.chdir(tmp_path)
    config = local({"serverCertificate": {"certificateFile": "none.pem", "privateKey": "sha256:digest"}})
    with pytest.raises(pulumi.RunError) as caught:
        _from_engine(config, ["mtlsedge:serverCertificate"], monkeypatch)
    assert "privateKey" not in str(caught.value)
    assert "digest" not in str(caught.value)


def test_text_that_is_no_json_is_a_problem(monkeypatch):
    """A section that is plain text is refused like any wrong type."""
    with pytest.raises(pulumi.RunError, match="mtlsedge:listener: found 'on'; allowed: a mapping"):
        _from_engine(local({"listener": "on"}), [], monkeypatch)


def test_reading_leaves_the_engine_alone(monkeypatch):
    """Reading configuration asks the engine and the cloud for nothing: it works where neither is."""
    monkeypatch.setattr(pulumi.runtime, "invoke", None)
    _from_engine(local(), [], monkeypatch)
    assert "mtlsedge:listener" not in engine_config.CONFIG.get()
