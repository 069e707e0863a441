"""The strict schema as a function of a document: every mistake with its key path, what was found, what is allowed."""

from settings.alb_config import Rules, check_config, check_listeners
from settings.problems import Findings, Problem
from settings.reader import Node, Section

API_VERSION = "alibabacloud.com/v1"
KIND = "AlbConfig"


def problems(document: object, rules: Rules | None = None) -> list[Problem]:
    """What is wrong with an AlbConfig; an empty list says that the controller can be given it."""
    rules = rules or Rules()
    findings = Findings({KIND: document}, ())
    root = Node(document, (KIND,), findings).section(("apiVersion", "kind", "metadata", "spec", "status"))
    root.choice("apiVersion", (API_VERSION,))
    root.choice("kind", (KIND,))
    spec = root["spec"].section(("config", "listeners"))
    check_config(spec["config"], rules) if "config" in spec else spec["config"].refuse("a value: it is required")
    if "listeners" in spec:
        check_listeners(spec["listeners"], rules)
    _check_logging(spec)
    return findings.problems()


def listener_problems(listeners: object, rules: Rules | None = None) -> list[Problem]:
    """What is wrong with a list of listeners by itself."""
    findings = Findings({"listeners": listeners}, ())
    check_listeners(Node(listeners, ("listeners",), findings), rules or Rules())
    return findings.problems()


def _check_logging(spec: Section) -> None:
    """A listener's log settings need an access log to go to."""
    listeners = spec["listeners"].value
    if spec["config"].at("accessLogConfig").value is not None or not isinstance(listeners, list | tuple):
        return
    for index, listener in enumerate(listeners):
        node = spec["listeners"].child(index, listener).at("logConfig")
        if node.value is not None:
            node.refuse("nothing without config.accessLogConfig")
