"""What every component has in common, read from the classes themselves."""

import importlib
import inspect
import pkgutil
import re
import textwrap
from typing import is_typeddict

import pulumi
import pytest

import mtlsedge_components


def component_classes() -> list[type[pulumi.ComponentResource]]:
    """Every component class of the product, where it is defined."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(mtlsedge_components.__path__, "mtlsedge_components.")
    ]
    return [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, pulumi.ComponentResource) and member.__module__ == module.__name__
    ]


CLASSES = component_classes()


def source_of(component: type[pulumi.ComponentResource]) -> str:
    """Source of the module a component stands in."""
    return inspect.getsource(inspect.getmodule(component))


def test_the_components_are_those_of_the_design() -> None:
    """Names are public: they stand in every stack's URNs, and changing one needs an alias."""
    assert {found.__name__ for found in CLASSES} == {
        "AlbIngress", "CaRepository", "CertificateAuthority", "ClientCertificate", "DnsRecords", "HttpListener", "HttpsListener",
        "LoadBalancer", "MutualTlsListener", "Network", "PcaClientCertificate", "PrivateCaAuthority", "ServerCertificate", "ServerGroups",
    }  # fmt: skip


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_the_type_token_has_three_parts_and_the_classs_name(component: type[pulumi.ComponentResource]) -> None:
    """`mtlsedge:index:<Class>`: the only form in which a component could be packaged later."""
    assert f'super().__init__("mtlsedge:index:{component.__name__}", name, None, opts)' in source_of(component)


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_arguments_are_a_typed_dict_with_a_meaning(component: type[pulumi.ComponentResource]) -> None:
    """name, args, opts; args is a TypedDict whose docstring says what is plain and why."""
    parameters = inspect.signature(component.__init__).parameters
    assert list(parameters) == ["self", "name", "args", "opts"]
    assert is_typeddict(parameters["args"].annotation)
    assert parameters["args"].annotation.__doc__


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_outputs_are_registered_last(component: type[pulumi.ComponentResource]) -> None:
    """A component that is not finished would keep its dependents waiting for nothing."""
    body = textwrap.dedent(inspect.getsource(component.__init__))
    *_, last = re.findall(r"^    (\w.*)$", body, re.MULTILINE)  # as text: see IMPORT in test_component_schema.py
    assert last.startswith("self.register_outputs(")


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_annotations_are_real(component: type[pulumi.ComponentResource]) -> None:
    """The future import turns annotations into texts, which Pulumi's schema inference cannot read."""
    assert "from __future__ import annotations" not in source_of(component)


@pytest.mark.parametrize("component", CLASSES, ids=lambda component: component.__name__)
def test_a_component_neither_asks_the_cloud_nor_transforms_secrets(component: type[pulumi.ComponentResource]) -> None:
    """No invoke, no `.get`, no `unsecret`: a preview needs neither cloud nor secrets."""
    source = source_of(component)
    assert not [word for word in (".invoke(", "_output(", "unsecret", "private_key_pem.apply", ".output().apply")
                if word in source]  # fmt: skip
