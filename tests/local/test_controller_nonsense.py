"""An open schema lets anything into the cluster: the controller says what is wrong with it and goes on."""

import copy
import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from local.kubernetes.client import ALB_CONFIG, APPLY, INGRESS, INGRESS_CLASS, NAMESPACE, ApiError
from local.kubernetes.controller import albconfig as albconfig_reader
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.names import RESOURCE_TAG, tags
from mtlsedge_components.kubernetes.alb_config_schema import problems
from tests.local.cluster_support import (
    BOTH,
    HTTP,
    Pki,
    albconfig,
    https,
    ingress,
    ingress_class,
    remove_all,
    running,
)
from tests.unit.kubernetes_sample import alb_configs
from tests.unit.kubernetes_sample import mutated as mutated_albconfigs
from tests.waiting import eventually

pytestmark = pytest.mark.engine
HOW_MANY = 60
THOROUGHLY = settings(max_examples=2000, suppress_health_check=list(HealthCheck))
VALUES = (None, "", "x", 0, -1, 70000, True, False, [], {}, [None], [[]], {"CertificateId": 7}, ["a", 1], "443", 1.5)


def places(value, path=()):
    """Every place in a document, as a path."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def mutated(document, chance):
    """The document with one to three places replaced, dropped or doubled."""
    made = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        path = chance.choice([one for one in places(made["spec"]) if one])
        parent = made["spec"]
        for key in path[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and chance.random() < 0.3:
            parent[f"{path[-1]}s"] = parent.pop(path[-1])
        else:
            parent[path[-1]] = chance.choice(VALUES)
    return made


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with running(tmp_path_factory.mktemp("nonsense"), 23) as started:
        yield started


def taken(sandbox, document):
    """The document as the API server would keep it, applied as the stack without being kept; None where it refuses."""
    query = {"fieldManager": "mtlsedge", "force": "true", "dryRun": "All"}
    path = ALB_CONFIG.path(None, "generated")
    try:
        return sandbox.client("stack").request("PATCH", path, document, content=APPLY, query=query)
    except ApiError as error:
        assert error.status in (400, 422), error
        return None


@given(document=alb_configs())
@THOROUGHLY
def test_generated_valid_albconfigs_pass_everywhere(sandbox, document):
    """Two thousand valid AlbConfigs: our schema has no problem, the API server takes them, the controller reads every listener."""
    document["metadata"]["name"] = "generated"
    assert problems(document) == []
    kept = taken(sandbox, document)
    assert kept is not None
    assert len(albconfig_reader.parse(kept).listeners) == len(document["spec"]["listeners"])


@given(document=mutated_albconfigs())
@THOROUGHLY
def test_mutated_albconfigs_crash_nobody(sandbox, document):
    """Two thousand damaged ones: the schema lists problems or none; what the API server keeps, the controller reads or refuses."""
    assert all(str(problem) for problem in problems(document))
    document["metadata"] = {"name": "generated"}
    if kept := taken(sandbox, document):
        with suppress(BuildError):
            albconfig_reader.parse(kept)


def test_mutated_albconfigs_stop_nothing(sandbox, tmp_path):
    """Dozens of mutilated AlbConfigs: each ends in an ALB or an event, a sound one is served beside them, all can go again."""
    pki, network, stack, chance = Pki(tmp_path), sandbox.network(), sandbox.client("stack"), random.Random(20)
    ca, certificate = sandbox.upload_ca(pki.root.pem), sandbox.upload_certificate(pki.server, "server")
    sound = albconfig(
        network,
        HTTP,
        https(certificate, ca, idleTimeout=15, aclConfig={"aclType": "White", "aclEntries": ["10.0.0.0/8"]}),
    )
    names = []
    for number in range(HOW_MANY):
        item = mutated(sound, chance) | {"metadata": {"name": f"odd-{number}"}}
        try:
            stack.apply(ALB_CONFIG, item)
            names.append(f"odd-{number}")
        except ApiError as error:
            assert error.status in (400, 422)
    stack.apply(ALB_CONFIG, albconfig(network, HTTP, https(certificate, ca)))
    stack.apply(INGRESS_CLASS, ingress_class())
    stack.apply(INGRESS, ingress(listen_ports=BOTH))
    eventually(lambda: (sandbox.client().get(INGRESS, "demo", "default") or {}).get("status", {}).get("loadBalancer"))
    unsaid = {name for name in names if not sandbox.status(name) and not sandbox.messages(name)}
    eventually(lambda: not {name for name in unsaid if not sandbox.status(name) and not sandbox.messages(name)})
    assert "please report" not in (sandbox.local / "cloud" / "serve.log").read_text()
    remove_all(sandbox)
    assert [sandbox.rows(kind) for kind in ("balancers", "listeners", "rules", "groups", "acls")] == [
        [],
        [],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize("notes", [
    {"listen_ports": "["}, {"order": "first"}, {"backend_protocol": "ftp"}, {"canary": "true", "canary_weight": "1000"},
    {"enable_cors": "true", "cors_max_age": "x"},
])  # fmt: skip
def test_bad_annotation_is_said(sandbox, notes):
    """A bad annotation is an event about its Ingress, and the Ingress can be deleted all the same."""
    stack = sandbox.client("stack")
    network = sandbox.network()
    stack.apply(ALB_CONFIG, albconfig(network, HTTP))
    stack.apply(INGRESS_CLASS, ingress_class())
    stack.apply(INGRESS, ingress("bad", tls=False, **notes))
    if "canary" not in notes:
        eventually(lambda: any("Successfully" not in message for message in sandbox.messages("bad")))
    remove_all(sandbox)
    assert sandbox.rows("balancers") == []


def test_no_balancer_outlives_its_albconfig(sandbox):
    """An ALB whose AlbConfig went unseen is deleted at the next look; another cluster's and an untagged one stay."""
    network = sandbox.network()
    cluster = "c" + sandbox.client().get(NAMESPACE, "kube-system")["metadata"]["uid"].replace("-", "")
    mark = {RESOURCE_TAG: "ApplicationLoadBalancer"}
    left = sandbox.make_balancer(network, mark | tags(cluster, "ghost"))
    kept = {sandbox.make_balancer(network, mark | tags("c0", "ghost")), sandbox.make_balancer(network, {"team": "web"})}
    sandbox.client("stack").apply(INGRESS_CLASS, ingress_class())
    eventually(lambda: left not in (ids := {row["LoadBalancerId"] for row in sandbox.rows("balancers")}) and ids)
    assert {row["LoadBalancerId"] for row in sandbox.rows("balancers")} == kept
    for identifier in kept:
        sandbox.api("alb", "DeleteLoadBalancer", LoadBalancerId=identifier)
