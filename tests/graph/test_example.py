"""`examples/own-ca-listener`: the components as another program uses them."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import mtlsedge_components
from tests.graph.harness import SECRET, Graph, deploy
from tests.graph.test_components import CLASSES

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {"loadBalancerId": "alb-1", "serverGroupId": "sgp-1", "certificateId": "1-ap-southeast-1", "port": "8443"}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """What the example asks for in a first `up`."""

    def run() -> None:
        runpy.run_path(str(ROOT / "examples" / "own-ca-listener" / "__main__.py"), run_name="__main__")

    with pytest.MonkeyPatch.context() as patched:  # and not by the runtime's own means, which no test can take back
        patched.setenv("PULUMI_CONFIG", json.dumps({f"mtlsedge:{key}": value for key, value in CONFIG.items()}))
        return deploy(run)


def test_the_listener_demands_a_certificate_of_the_own_ca(graph: Graph) -> None:
    """One listener, on the load balancer that exists, with the uploaded root in its CA slot."""
    (listener,) = graph.of("alb/listener:Listener").values()
    (uploaded,) = graph.of(":UploadedCa").values()
    assert (listener.inputs["loadBalancerId"], listener.inputs["listenerPort"]) == ("alb-1", 8443)
    assert listener.inputs["caEnabled"] is True
    assert listener.inputs["caCertificates"] == [{"certificateId": "0e40dda9"}]
    assert "edge-authority-2026-root" in uploaded.inputs["certificate_pem"]
    assert graph.of("alb/loadBalancer:LoadBalancer") == {}


def test_the_clients_are_signed_by_it_and_their_keys_are_secret(graph: Graph) -> None:
    """Two leaves of the intermediate; the bundles are one secret output."""
    leaves = {name: node for name, node in graph.of(":Certificate").items() if node.inputs["profile"] == "client"}
    assert set(leaves) == {"edge-client-alice-leaf@2026", "edge-client-bob-leaf@2026"}
    assert all("intermediate" in leaf.inputs["issuer_certificate_pem"] for leaf in leaves.values())
    names = [leaf.inputs["names"]["dns"] for _, leaf in sorted(leaves.items())]
    assert names == [["alice.clients.test.mtlsedge.internal"], ["bob.clients.example.com"]]
    assert SECRET in graph.exports["clients"]


def test_it_stays_an_example_of_a_screen() -> None:
    """Forty lines at most, and nothing imported but Pulumi and the components."""
    text = (ROOT / "examples" / "own-ca-listener" / "__main__.py").read_text()
    assert len(text.splitlines()) <= 40
    assert {line.split()[1] for line in text.splitlines() if line.startswith(("import", "from"))} == {"pulumi", "mtlsedge_components"}  # fmt: skip


def test_every_component_is_imported_from_the_package() -> None:
    """The package names all components and nothing else; another name is refused as by any module."""
    assert {name: getattr(mtlsedge_components, name) for name in mtlsedge_components.__all__} == {found.__name__: found for found in CLASSES}  # fmt: skip
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        mtlsedge_components.Nothing  # noqa: B018


def test_the_package_alone_imports_no_pulumi() -> None:
    """The command and the providers' processes import it for its other modules, and start without waiting."""
    script = (
        "import sys, mtlsedge_components.naming; print([name for name in sys.modules if name.startswith('pulumi')])"
    )
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
