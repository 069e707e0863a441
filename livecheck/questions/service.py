"""What the certificate service does: error codes, identifiers, reading back, deleting what is in use."""

from dataclasses import replace

from livecheck import material
from livecheck.material import Authority
from livecheck.questions.model import Answer, NotAsked, Question, World
from livecheck.tutorial import CA_REPOSITORY
from mtlsedge.cloud import CloudProblem

OTHER_TYPE = "uploadedCertificate"
"""The one other type of repository that takes uploads; those of a private CA are left alone, since they may be billed."""
NONSENSE = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
NO_IDENTIFIER = "0" * 32


def instance_id(world: World) -> Answer:
    """The id that creation answers with, against the one that the list shows."""
    rows = world.builder.calls.do("cas", "ListCertWarehouse", Name=world.builder.run.name("ca"))["CertWarehouseList"]
    same = rows[0]["InstanceId"] == world.topology.repository_id
    asked = {"WarehouseInstanceIds": [world.topology.repository_id]}
    rows_again = world.builder.calls.do("cas", "ListWarehouse", **asked)["Data"]
    listed = {row["WarehouseInstanceId"]: row["WarehouseType"] for row in rows_again}
    seen = {
        "same": str(same).lower(),
        "type in ListCertWarehouse": str(rows[0].get("Type", "")),
        "type in ListWarehouse": str(listed.get(world.topology.repository_id, "not listed")),
    }
    return Answer(f"the two are {'equal' if same else 'different'}", seen)


def codes(world: World) -> Answer:
    """The error codes of the CA repository's calls, each provoked once."""
    calls, number = world.builder.calls, world.topology.repository
    spare, spare_id = world.builder.repository("spare")
    root = material.root("mtlsedge live spare")
    uploaded = world.builder.upload(spare, root.pem)
    leaf = material.server(root)
    seen = {
        "upload of nonsense": calls.code("cas", "UploadPCACert", WarehouseId=number, Cert=NONSENSE),
        "upload of a certificate that is no CA": calls.code("cas", "UploadPCACert", WarehouseId=number, Cert=leaf.pem),
        "upload to no repository": calls.code("cas", "UploadPCACert", WarehouseId=999_999_999, Cert=root.pem),
        "read of a CA": calls.code("cas", "DescribeWarehouseCert", CertIdentifier=uploaded),
        "read of no CA": calls.code("cas", "DescribeWarehouseCert", CertIdentifier=NO_IDENTIFIER),
        "deletion of no CA": calls.code("cas", "DeletePCACert", Identifier=NO_IDENTIFIER),
        "deletion of no repository": calls.code("cas", "DeleteWarehouse", WarehouseInstanceId="cas-wh-none"),
        "second repository of one name": calls.code(
            "cas", "CreateWarehouse", Name=world.builder.run.name("spare"), Type=CA_REPOSITORY),
        "deletion of a repository that holds a CA": calls.code(
            "cas", "DeleteWarehouse", WarehouseInstanceId=spare_id),
    }  # fmt: skip
    return Answer("; ".join(f"{what}: {code}" for what, code in seen.items()), seen)


def types(world: World) -> Answer:
    """A CA uploaded to a repository of the other type, on its way to a handshake."""
    root = material.root("mtlsedge live other type")
    number, _ = world.builder.repository("type", OTHER_TYPE)
    try:
        identifier = world.builder.upload(number, root.pem)
    except CloudProblem as problem:
        return Answer(f"type {OTHER_TYPE} does not take a CA: {problem.code}", {"upload": problem.code})
    works, seen = _on_the_listener(world, identifier, root)
    return Answer(f"a CA from type {OTHER_TYPE} {works} on a listener", {"upload": "accepted", **seen})


def same_twice(world: World) -> Answer:
    """One CA uploaded twice."""
    root = material.root("mtlsedge live twice")
    first = world.upload(root.pem)
    try:
        second = world.upload(root.pem)
    except CloudProblem as problem:
        return Answer(f"the second upload is refused: {problem.code}", {"second": problem.code})
    what = "the same identifier again" if first == second else "a second object"
    return Answer(f"uploading a CA twice gives {what}")


def read_back(world: World) -> Answer:
    """An uploaded server certificate, read back: byte for byte, and with its key?"""
    detail = world.builder.calls.do("cas", "GetUserCertificateDetail", CertId=world.topology.server_certificate)
    certificate, key = world.topology.server_pem
    seen = {
        "certificate": _compared(detail.get("Cert"), certificate),
        "private key": _compared(detail.get("Key"), key),
        "identifier": "joined with the site"
        if str(detail.get("CertIdentifier", "")).startswith(f"{world.topology.server_certificate}-")
        else "of another form",
    }
    return Answer(f"certificate: {seen['certificate']}; private key: {seen['private key']}", seen)


def other_site(world: World) -> Answer:
    """A CA uploaded at the other certificate site, on this listener."""
    if world.account.other_site is None:
        raise NotAsked("the other certificate site was not to be asked (--other-site)")
    there, root = replace(world.builder, calls=world.account.other_site), material.root("mtlsedge live other site")
    try:
        number, _ = there.repository("other")
        identifier = there.upload(number, root.pem)
    except CloudProblem as problem:
        raise NotAsked(f"the other site cannot be used: {problem}") from None
    works, seen = _on_the_listener(world, identifier, root)
    return Answer(f"a CA of the other certificate site {works}", seen)


def _on_the_listener(world: World, identifier: str, root: Authority) -> tuple[str, dict[str, str]]:
    """Whether an uploaded CA works there, in words, and what was seen."""
    with world.edge.trusting(identifier) as code:
        works = code == "accepted" and world.edge.lets_in(material.client(root))
    return "works" if works else "does not work", {
        "listener": code,
        "client of it": "let in" if works else "not let in",
    }


def deletion_in_use(world: World) -> Answer:
    """Deleting the CA that the listener trusts. Asked last: what it breaks is gone in a moment anyway."""
    code = world.builder.calls.code("cas", "DeletePCACert", Identifier=world.edge.authority)
    if code != "accepted":
        return Answer(f"the CA of a listener is not deleted: {code}", {"DeletePCACert": code})
    still = "let in" if world.edge.handshake(world.topology.client).let_in else "not let in"
    return Answer(f"a CA in use is deleted; its client is {still} after that", {"DeletePCACert": code, "client": still})


def _compared(found: object, uploaded: str) -> str:
    if not found:
        return "does not come back"
    return "comes back byte for byte" if found == uploaded else "comes back changed"


QUESTIONS = (
    Question(
        "repository.instance-id",
        "Is the id of a new repository the one that the list shows, and under which type?",
        "CreateWarehouse, ListCertWarehouse, ListWarehouse",
        "The upload looks for it by this id and falls back to the name.",
        instance_id,
    ),
    Question(
        "repository.codes",
        "Which error codes do the calls of the CA repository have?",
        "each provoked once, in a repository of its own where something could be lost",
        "The program treats them by kind; the local cloud's are invented.",
        codes,
    ),
    Question(
        "repository.types",
        "Does a listener take a CA from a repository of another type?",
        f"an upload to one of type {OTHER_TYPE}, then a change of the listener",
        f"The program asks for type {CA_REPOSITORY}.",
        types,
    ),
    Question(
        "repository.twice",
        "Does uploading a CA twice make two?",
        "UploadPCACert twice",
        "The upload looks before it creates, because no token makes it safe.",
        same_twice,
    ),
    Question(
        "certificate.read-back",
        "Do a private key and the byte-exact certificate come back from the certificate service?",
        "GetUserCertificateDetail of an upload",
        "If not, every refresh of an uploaded server certificate proposes a replacement.",
        read_back,
    ),
    Question(
        "site.other",
        "Is a CA uploaded at the other certificate site seen by this ALB?",
        "an upload there, then a change of the listener",
        "`certificateSite` is a choice only if it is.",
        other_site,
    ),
    Question(
        "repository.in-use",
        "Is a CA that a listener uses deleted?",
        "DeletePCACert of it, as the last question",
        "The program refuses it by itself; with a refusal of the cloud's it need not ask first.",
        deletion_in_use,
    ),
)
