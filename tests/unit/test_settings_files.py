"""Checked-in stack files, Pulumi.yaml's schema, and the files that a stack file names."""

import datetime as dt

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from settings import Secret, full_names
from settings.loading import KEYS
from settings.server_certificate import MAIN
from tests.unit import der
from tests.unit import x509_shapes as shapes
from tests.unit.settings_sample import PROJECT, local, problems, read, stack_file

STACKS = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.test")])


@pytest.fixture(scope="module")
def key():
    """A key for certificates and requests of this module."""
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(key, *, is_ca=False):
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, start, start + dt.timedelta(days=9))
    constraints = x509.BasicConstraints(ca=is_ca, path_length=None)
    return _pem(builder.add_extension(constraints, critical=True).sign(key, hashes.SHA256()))


def _pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM).decode()


def _private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize("stack", STACKS)
def test_checked_in_stack_file_loads(stack):
    """Every stack file in the repository passes every rule."""
    assert problems(stack_file(stack)) == []


def test_there_are_stack_files():
    """The local stack and the example for a real account are among them."""
    assert {"local", "dev"} <= set(STACKS)


def test_schema_declares_exactly_the_keys_of_the_program():
    """Pulumi.yaml and the program name the same keys, each with type, description and an empty default.

    Without a default the engine demands the key of every stack; a default with content would be a second owner.
    """
    schema = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    assert [key.removeprefix("mtlsedge:") for key in KEYS] == list(schema)
    for declaration in schema.values():
        assert declaration["description"]
        assert declaration["default"] == {"string": "", "boolean": False, "object": {}}[declaration["type"]]


def test_example_shows_every_setting():
    """Pulumi.dev.yaml has every key in use or in a comment, and no secret and no credential."""
    text = (PROJECT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    missing = [key for key in _keys_of_the_program() if f"{key}:" not in text]
    assert missing == []
    assert not {"secure: v1", "accessKey:", "secretKey:"} & set(text.split())
    assert set(KEYS) - set(stack_file("dev")) == {"mtlsedge:importedKeys"}  # all of it is secret


def _keys_of_the_program():
    """All but those of a cluster, whose rarer ones the file points at."""
    from settings import catalog

    paths = [path for path, _ in catalog.every() if not path.startswith("kubernetes.")]
    return sorted({path.rpartition(".")[2] for path in paths})


def test_uploaded_certificate_is_read_and_its_key_stays_wrapped(tmp_path, key):
    """The certificate is read from the project's folder; the key is any text, as in a preview from a snapshot."""
    (tmp_path / "server.pem").write_bytes(_certificate(key).replace("\n", "\r\n").encode())
    config = local({"serverCertificate": {"certificateFile": "server.pem", "privateKey": "a digest"}})
    certificate = read(config, tmp_path, secrets=(MAIN,)).server_certificate
    assert _certificate(key).split("\n")[0] == certificate.certificate_pem.split("\n")[0]
    assert "\r" not in certificate.certificate_pem
    assert certificate.private_key.reveal() == "a digest"
    assert "digest" not in repr(certificate)


def test_private_key_may_arrive_wrapped(tmp_path, key):
    """A `Secret` is taken as it is, additional certificates included."""
    (tmp_path / "server.pem").write_text(_certificate(key))
    pair = {"certificateFile": "server.pem", "privateKey": Secret("k")}
    settings = read(local({"serverCertificate": {**pair, "additional": {"b": pair}}}), tmp_path)
    assert settings.additional_server_certificates["b"].private_key is pair["privateKey"]


def test_unusable_certificate_files_are_refused(tmp_path, key):
    """Missing, empty, large, binary, damaged, a key inside, a CA, a folder: one line each, without content."""
    files = {
        "missing.pem": (None, "is no file"),
        "empty.pem": (b" \n", "an empty file"),
        "large.pem": (b"x" * 65537, "a larger file"),
        "binary.pem": (b"\xff\xfe", "not text"),
        "prose.pem": (b"hello", "a file without one"),
        "damaged.pem": (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "unusable"),
        "key.pem": ((_certificate(key) + _private(key)).encode(), "a private key inside the file"),
        "ca.pem": (_certificate(key, is_ca=True).encode(), "a CA certificate"),
    }
    for name, (content, found) in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        config = local({"serverCertificate": {"certificateFile": name, "privateKey": "x"}})
        lines = problems(config, tmp_path, secrets=(MAIN,))
        assert len(lines) == 1, (name, lines)
        assert lines[0].startswith("mtlsedge:serverCertificate.certificateFile: found ")
        assert found in lines[0], lines[0]
        assert _private(key).split("\n")[1] not in lines[0]


@pytest.mark.parametrize("name", [".", "a\0b", "x" * 5000, "missing/" * 300, ""])
def test_unusable_file_names_are_refused(name, tmp_path):
    """Odd names are problems, not exceptions."""
    assert len(problems(local({"clients.alice": {"csrFile": name}}), tmp_path)) == 1


def test_signing_request_is_read(tmp_path, key):
    """A request that is signed with its own key is kept as PEM, without what stands around it; a tampered one is refused."""
    request = _pem(x509.CertificateSigningRequestBuilder(NAME).sign(key, hashes.SHA256()))
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "d.csr").write_text(request)
    config = local({"clients.d": {"csrFile": "clients/d.csr"}})
    assert request == read(config, tmp_path).clients["d"].csr_pem
    (tmp_path / "clients" / "d.csr").write_text(f"password: hunter2\n{request}more of it\n")
    assert request == read(config, tmp_path).clients["d"].csr_pem
    (tmp_path / "clients" / "d.csr").write_text(request)
    body = x509.load_pem_x509_csr(request.encode()).public_bytes(serialization.Encoding.DER)
    other = x509.CertificateSigningRequestBuilder(NAME).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    forged = body[:-16] + other.public_bytes(serialization.Encoding.DER)[-16:]
    import base64

    text = base64.encodebytes(forged).decode()
    (tmp_path / "clients" / "d.csr").write_text(
        f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"
    )
    assert [line.partition(": found")[0] for line in problems(config, tmp_path)] == ["mtlsedge:clients.d.csrFile"]


def test_full_names_of_the_example():
    """Hosts are named with their zone."""
    assert full_names(read(stack_file("dev")).domain) == ("www.example.com", "api.example.com")
    assert full_names(None) == ()


def test_a_file_outside_the_project_is_read_only_where_it_is_named_in_full(tmp_path):
    """By `..`, by a full path, by a link: refused, its content unseen; a file below, and one that is named, are taken."""
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (project / "below", elsewhere):
        folder.mkdir(parents=True)
    text = der.pem(der.request(shapes.key("p256"), der.common_name("ann")), "CERTIFICATE REQUEST")
    (elsewhere / "ann.csr").write_text(text)
    (project / "below/ann.csr").write_text(text)
    (project / "link.csr").symlink_to(elsewhere / "ann.csr")

    def said(name: str, *named: str) -> list[str]:
        outside = {f"file-{number}": path for number, path in enumerate(named)}
        return problems(local({"clients": {"ann": {"csrFile": name}}, "filesOutsideTheProject": outside}), project)

    full = str((elsewhere / "ann.csr").resolve())
    for name in ("../elsewhere/ann.csr", full, "link.csr"):
        (line,) = said(name)
        assert "lies outside; allowed: a file below the project's folder" in line
        assert said(name, full) == []
        assert len(said(name, str(elsewhere))) == 1, "a folder is no file"
    assert said("below/ann.csr") == said("below/../below/ann.csr") == []
    assert "the full path of a file" in said("below/ann.csr", "../elsewhere/ann.csr")[0]
    (missing,) = said("/etc/shadow-of-nobody")
    assert "lies outside" in missing, "whether such a file exists is not said"


def test_a_project_whose_entries_are_links_reads_its_own_files(tmp_path):
    """A preview without secrets links each entry of the project: its files are taken, one beside the project is not."""
    project, linked = tmp_path / "project", tmp_path / "linked"
    text = der.pem(der.request(shapes.key("p256"), der.common_name("ann")), "CERTIFICATE REQUEST")
    for folder in (project / "below", linked):
        folder.mkdir(parents=True)
    for file in (project / "ann.csr", project / "below/ann.csr", tmp_path / "beside.csr"):
        file.write_text(text)
    (project / "Pulumi.yaml").write_text("name: mtlsedge\n")
    (project / "out.csr").symlink_to(tmp_path / "beside.csr")
    for entry in project.iterdir():
        (linked / entry.name).symlink_to(entry.resolve())
    for name, lines in (("ann.csr", 0), ("below/ann.csr", 0), ("out.csr", 1), ("below/../../beside.csr", 1)):
        assert len(problems(local({"clients": {"ann": {"csrFile": name}}}), linked)) == lines, name
