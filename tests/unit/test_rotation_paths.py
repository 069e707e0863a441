"""Our verdict against other people's path builders: real certificates of two generations, with bridges both ways."""

import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from mtlsedge_components.x509.building import Issued, Issuer, Request, issue
from mtlsedge_components.x509.bundles import Bundle, pfx
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.rotation import Carried, verdict
from settings.model import Subject
from tests.unit.test_x509_family import FULL_SUBJECT, NO_NAMES, NOW, Family, Leaf, make_root, pkilint_errors
from tests.verifiers import Shown, verdicts

pytestmark = pytest.mark.slow  # every algorithm with every other

PAIRS = [(old, new) for old, new in product(["ecdsa-p256", "rsa-2048"], ["ecdsa-p384", "ecdsa-p256"])]
SHAPES = list(product([True, False], [True, False]))


@dataclass(frozen=True)
class House:
    """Two generations, `old` and `new`, and a bundle for everything a client can carry."""

    old: Family
    new: Family
    bundles: dict[Carried, Shown]

    def root(self, name: str) -> str:
        """The root of a generation."""
        return (self.old if name == "old" else self.new).root.certificate_pem


def generation(
    title: str, algorithm: str = "ecdsa-p256", *, intermediate: bool = True, days: int = 3650, path_length: int = 2
) -> Family:
    """A family as the stack makes one: its root leaves room for a bridge and an intermediate."""
    root = make_root(algorithm, path_length=path_length, days=days, title=title)
    if not intermediate:
        return Family(root, root, "", algorithm)
    key = generate(algorithm)
    request = Request(
        Profile.INTERMEDIATE, Subject(f"{title} Issuing", **FULL_SUBJECT), NO_NAMES, days, public_pem(key)
    )
    issued = issue(request, root, NOW).certificate_pem
    return Family(root, Issuer(issued, key), issued, algorithm)


def bridge(certified: Family, signer: Family) -> Issued:
    """As `certificate_authority` makes it: the certified root's name, key and end, signed by the other root."""
    facts = inspect(certified.root.certificate_pem)
    subject = Subject(facts.common_name, **FULL_SUBJECT, email="ca@example.com")
    key = public_pem(certified.root.private_key_pem)
    return issue(Request(Profile.BRIDGE, subject, NO_NAMES, 3650, key, latest_end=facts.not_after), signer.root, NOW)


def house(old: str, new: str, *, old_intermediate: bool, new_intermediate: bool) -> House:
    """Two generations of these algorithms, each with or without an intermediate."""
    families = (
        generation("Old", old, intermediate=old_intermediate),
        generation("New", new, intermediate=new_intermediate),
    )
    first, second = families
    leaf, other = first.client(), second.client()
    forward, back = bridge(second, first).certificate_pem, bridge(first, second).certificate_pem
    return House(first, second, {
        Carried("old"): _shown(leaf, first.chain),
        Carried("old", "new"): _shown(leaf, first.chain + back),
        Carried("new"): _shown(other, second.chain),
        Carried("new", "old"): _shown(other, second.chain + forward),
    })  # fmt: skip


def _shown(leaf: Leaf, chain: str) -> Shown:
    return Shown(leaf.certificate, chain, leaf.key)


@pytest.mark.parametrize(("old", "new"), PAIRS)
@pytest.mark.parametrize(("old_intermediate", "new_intermediate"), SHAPES)
def test_path_builders_agree_with_our_verdict(
    old: str, new: str, old_intermediate: bool, new_intermediate: bool, tmp_path: Path
) -> None:
    """OpenSSL, cryptography and GnuTLS accept exactly what we say is accepted, for every bundle and trusted root."""
    both = house(old, new, old_intermediate=old_intermediate, new_intermediate=new_intermediate)
    for (carries, shown), trusted in product(both.bundles.items(), ["old", "new"]):
        expected = not verdict(carries, trusted).is_locked_out
        found = verdicts(shown, both.root(trusted), tmp_path)
        assert found == dict.fromkeys(found, expected), (carries, trusted)


def test_handshakes_agree_with_our_verdict(tmp_path: Path) -> None:
    """A TLS server that trusts one root lets in exactly whom we say, in a handshake with what the client really sends."""
    both = house("ecdsa-p256", "ecdsa-p256", old_intermediate=True, new_intermediate=True)
    for (carries, shown), trusted in product(both.bundles.items(), ["old", "new"]):
        expected = not verdict(carries, trusted).is_locked_out
        assert shakes_hands(tmp_path, both, shown, both.root(trusted)) is expected, (carries, trusted)


def test_an_old_client_is_accepted_in_the_old_way_whatever_bridge_it_sends(tmp_path: Path) -> None:
    """A bridge in the chain costs nothing where the client's own root is trusted, even one that has expired since."""
    both = house("ecdsa-p256", "ecdsa-p256", old_intermediate=True, new_intermediate=True)
    later = NOW + timedelta(days=1)
    assert all(verdicts(both.bundles[Carried("old", "new")], both.root("old"), tmp_path, later).values())


def test_two_bridges_for_one_root_hide_each_other(tmp_path: Path) -> None:
    """Why chains hold one bridge: OpenSSL takes the first certificate of a name, and finds no way from there."""
    both = house("ecdsa-p256", "ecdsa-p256", old_intermediate=True, new_intermediate=True)
    stranger = generation("Third")
    own = both.bundles[Carried("new", "old")]
    hidden = Shown(own.certificate, both.new.chain + bridge(both.new, stranger).certificate_pem
                   + bridge(both.new, both.old).certificate_pem)  # fmt: skip
    assert verdicts(own, both.root("old"), tmp_path)["openssl"]
    assert not verdicts(hidden, both.root("old"), tmp_path)["openssl"]


def test_no_chain_leads_over_two_bridges(tmp_path: Path) -> None:
    """Why two generations are the most: roots leave no room for a second bridge above an intermediate."""
    oldest, middle, newest = (generation(title) for title in ("First", "Second", "Third"))
    leaf, near, far = newest.client(), bridge(newest, middle), bridge(middle, oldest)
    over_one = _shown(leaf, newest.chain + near.certificate_pem)
    over_two = _shown(leaf, newest.chain + near.certificate_pem + far.certificate_pem)
    assert all(verdicts(over_one, middle.root.certificate_pem, tmp_path).values())
    assert not any(verdicts(over_two, oldest.root.certificate_pem, tmp_path).values())


def test_a_bridge_outlives_neither_root() -> None:
    """Its end is the earlier of both ends, whichever root is the shorter one."""
    short, long = generation("Short", days=30), generation("Long", days=60)
    ends = [inspect(family.root.certificate_pem).not_after for family in (short, long)]
    assert bridge(short, long).not_after == ends[0]
    assert bridge(long, short).not_after == ends[0]
    assert ends[0] < ends[1]


def test_a_bridge_is_a_ca_with_room_for_one_more() -> None:
    """Path length 1: the certified root's intermediate fits below, and no CA below that; lint finds no error."""
    made = bridge(generation("New"), generation("Old"))
    facts = inspect(made.certificate_pem)
    assert facts.is_ca and facts.path_length == 1
    assert not facts.self_issued
    assert pkilint_errors(made.certificate_pem) == []


@pytest.mark.parametrize("path_length", [0, 1])
def test_a_root_without_room_vouches_for_nobody(path_length: int) -> None:
    """A root that allows fewer than two CAs below it signs no bridge, and says why."""
    with pytest.raises(CertificateError, match=f"its path length is {path_length}"):
        bridge(generation("New"), generation("Narrow", intermediate=path_length > 0, path_length=path_length))


def test_a_pfx_file_carries_the_bridge() -> None:
    """The file for a client of the new generation holds intermediate and bridge, so that it sends both."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    both = house("ecdsa-p256", "ecdsa-p256", old_intermediate=True, new_intermediate=True)
    shown = both.bundles[Carried("new", "old")]
    _, _, others = pkcs12.load_key_and_certificates(
        pfx(Bundle("alice", shown.certificate, shown.key, shown.chain), "password"), b"password"
    )
    assert len(others) == 2


def shakes_hands(folder: Path, both: House, shown: Shown, root: str) -> bool:
    """Whether a server with this root as its only CA serves the client."""
    server, client = _contexts(folder, both, shown, root)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, server), daemon=True)
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), 5) as raw, client.wrap_socket(raw) as tls:
                return tls.recv(2) == b"ok"
        except OSError:
            return False
        finally:
            thread.join(5)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.sendall(b"ok")
    except OSError:
        connection.close()


def _contexts(folder: Path, both: House, shown: Shown, root: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server_leaf = both.old.server()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(*_files(folder, "server", server_leaf.certificate + both.old.chain, server_leaf.key))
    server.load_verify_locations(cadata=root)
    server.verify_mode = ssl.CERT_REQUIRED
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.load_cert_chain(*_files(folder, "client", shown.certificate + shown.chain, shown.key))
    return server, client


def _files(folder: Path, name: str, certificate: str, key: str) -> tuple[str, str]:
    for suffix, text in ((".crt", certificate), (".key", key)):
        (folder / f"{name}{suffix}").write_text(text)
        (folder / f"{name}{suffix}").chmod(0o600)
    return str(folder / f"{name}.crt"), str(folder / f"{name}.key")
