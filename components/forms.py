"""The forms of texts in a stack file: names, ids, hosts, addresses. One place for each pattern.

Sources in brackets: alibaba-cloud.md (section), RFC. Patterns match the whole text, unlike some of the
provider's own, which let a bad tail pass (§1.3).
"""

import ipaddress
import os
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from mtlsedge_components.reading.nodes import Form
from mtlsedge_components.sites import SUFFIXES, Site
from mtlsedge_components.x509.names import fits, limit

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOSTS = rf"{LABEL}(?:\.{LABEL})+"
OCTETS = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"


def pattern(expression: str, meaning: str) -> Form:
    """A form given by a regular expression for the whole text."""
    return Form(meaning, re.compile(expression).fullmatch, expression)


def _is_host(text: str) -> bool:
    return len(text) <= 253 and re.fullmatch(rf"{LABEL}(?:\.{LABEL})+", text) is not None


def _is_network(text: str) -> bool:
    return "/" in text and _parses(ipaddress.IPv4Network, text)


def _is_server_address(text: str) -> bool:
    if not _parses(ipaddress.IPv4Address, text):
        return False
    address = ipaddress.IPv4Address(text)
    return not (address.is_multicast or address.is_unspecified)


def _parses(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _is_uri(text: str) -> bool:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[!-~]+", text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return "//" not in text or _is_host(host) or _parses(ipaddress.ip_address, host)


def _is_domain(text: str) -> bool:
    return len(text) <= 253 and re.fullmatch(rf"{LABEL}(?:\.{LABEL})*", text) is not None


def _is_host_tree(text: str) -> bool:
    return _is_domain(text.removeprefix("."))


def _is_mail_tree(text: str) -> bool:
    return EMAIL.accepts(text) is not None if "@" in text else _is_host_tree(text)


def server_certificate_id(site: Site | str) -> Form:
    """Id of a server certificate on a site [§1.2]; either site's when the site itself is not known."""
    suffixes = [SUFFIXES[site]] if site in SUFFIXES else list(SUFFIXES.values())
    ending = " or ".join(f"-{suffix}" for suffix in suffixes)
    return pattern(rf"\d+-(?:{'|'.join(suffixes)})", f"a certificate id that is digits and ends in {ending}")


def zone(region: str) -> Form:
    """Id of a zone: its region's and a letter, with or without a dash; of any region when that is not known."""
    if not region:
        return pattern(r"[a-z0-9-]+[a-z]", "a zone id such as ap-southeast-1a")
    return pattern(rf"{region}-?[a-z]", f"a zone of the region {region}, which are called {region}a or {region}-a")


def printable(longest: int) -> Form:
    """Printable text without blanks around it."""
    return Form(
        f"text of 1 to {longest} printable characters",
        lambda text: 0 < len(text) <= longest and text.isprintable() and text == text.strip(),
        rf"\S(?:.{{0,{longest - 2}}}\S)?",
    )


def attribute(key: str) -> Form:
    """An attribute of a subject, not longer than a certificate can carry it."""
    return Form(
        f"text of 1 to {limit(key)}, printable",
        lambda text: text != "" and fits(key, text) and text.isprintable() and text == text.strip(),
        r"\S(?:.*\S)?",
    )


NAME = pattern(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
    "a name of 1 to 63 letters, digits, '.', '_' or '-' that begins with a letter or digit",
)
FILE = Form(
    "the name of a file, relative to the project's folder", lambda text: bool(text) and "\0" not in text, r"[^\0]+"
)
SCRIPT = Form("the text of a script", lambda text: bool(text.strip()) and "\0" not in text, r"[^\0]*\S[^\0]*")
FULL_PATH = Form(
    "the full path of a file, from / on, without links, . and ..",
    lambda text: text.startswith("/") and "\0" not in text and text == os.path.normpath(text),
    r"/[^\0]*",
)
REGION = pattern(r"[a-z]{2}(?:-[a-z]+)+(?:-\d+)?", "a region id such as ap-southeast-1")
ACCOUNT = pattern(r"\d{16}", "an account id of 16 digits, in quotes")
CA_ID = Form(
    "a CA identifier as Certificate Management Service shows it, without a site's suffix",
    lambda text: re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", text) and not text.endswith(tuple(SUFFIXES.values())),
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}",
)
COUNTRY = pattern(r"[A-Za-z]{2}", "a country code of two letters")
EMAIL = pattern(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+", "an e-mail address")
HOST = Form("a host name of lower-case letters, digits, '-' and '.', at least two labels", _is_host, HOSTS)
HOST_OR_WILDCARD = Form(
    "a host name such as www.example.com or *.example.com",
    lambda text: _is_host(text.removeprefix("*.")),
    rf"(?:\*\.)?{HOSTS}",
)
DNS_TREE = Form(
    "a domain such as clients.example.com, which stands for itself and every name below it",
    _is_domain,
    rf"{LABEL}(?:\.{LABEL})*",
)
EMAIL_TREE = Form(
    "an e-mail address, a host such as example.com (addresses on it) or .example.com (addresses on hosts below it)",
    _is_mail_tree,
    r"\S+",
)
URI_TREE = Form(
    "a host such as example.com, or .example.com for every host below it", _is_host_tree, rf"\.?{LABEL}(?:\.{LABEL})*"
)
URI = Form("an absolute URI such as urn:example:device:7", _is_uri, r"[a-z][a-z0-9+.-]*:[!-~]+")
NETWORK = Form("an IPv4 CIDR block such as 192.168.0.0/16, without host bits", _is_network, rf"{OCTETS}/[0-9]{{1,2}}")
ADDRESS = Form("an IPv4 address", _is_server_address, OCTETS)
RECORD_HOST = pattern(
    rf"@|\*|(?:\*\.)?{LABEL}(?:\.{LABEL}){{0,8}}",
    "a host within the zone: labels of lower-case letters, digits and '-' (ten at most), or @, or *",
)
VPC_ID = pattern(r"vpc-[a-z0-9]+", "a VPC id (vpc-…)")
VSWITCH_ID = pattern(r"vsw-[a-z0-9]+", "a vSwitch id (vsw-…)")
SERVER_GROUP_ID = pattern(r"sgp-[a-z0-9]+", "a server group id (sgp-…)")
LOAD_BALANCER_ID = pattern(r"alb-[a-z0-9]+", "an ALB id (alb-…)")
SECURITY_GROUP_ID = pattern(r"sg-[a-z0-9]+", "a security group id (sg-…)")
BANDWIDTH_PACKAGE_ID = pattern(r"cbwp-[a-z0-9]+", "a bandwidth package (cbwp-…)")
RESOURCE_GROUP_ID = pattern(r"rg-[a-z0-9]+", "a resource group id (rg-…)")
INSTANCE_ID = pattern(r"i-[a-z0-9]+", "an ECS instance id (i-…)")
IMAGE_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,127}", "an ECS image id")
INSTANCE_TYPE = pattern(r"ecs\.[a-z0-9.-]+", "an instance type such as ecs.t6-c1m1.large")
HEADER = pattern(r"[a-z0-9_-]{1,40}", "a header name of 1 to 40 lower-case letters, digits, '-' or '_'")
LOG_PROJECT = pattern(
    r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "a Log Service project of 3 to 63 lower-case letters, digits or '-'"
)
LOG_STORE = pattern(r"[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]", "a Logstore of 2 to 63 lower-case letters, digits, '-' or '_'")
"""Log Service, "Logstore" of its API reference: 2 to 63 bytes, a letter or digit at both ends."""
CLUSTER_LOG_STORE = pattern(
    r"alb_[a-z0-9_-]{0,58}[a-z0-9]",
    "a Logstore of at most 63 lower-case letters, digits, '-' or '_' that begins with alb_",
)
"""The ALB controller takes no other, and Log Service takes no longer one [alibaba-cloud.md §4.2]."""
HEALTH_PATH = pattern(r"/[!-~]{0,79}", "a path of 1 to 80 characters that begins with /")
HEALTH_HOST = Form(
    "a host of 1 to 80 characters with a dot in it", lambda text: _is_host(text) and len(text) <= 80, HOSTS
)
COOKIE = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", "a cookie name of 1 to 200 characters")
REASON = pattern(r"[A-Za-z][A-Za-z0-9._-]{1,127}", "2 to 128 letters, digits, '.', '_' or '-', a letter first")
DESCRIPTION = Form(
    "a description of at most 256 printable characters; an empty one is none",
    lambda text: len(text) <= 256 and text.isprintable(),
    r".{0,256}",
)
RULE_HOST = pattern(
    r"(?=.{3,128}$)[a-z0-9*?-]+(?:\.[a-z0-9*?-]+)+",
    "a host of 3 to 128 lower-case letters, digits, '-', '.', '*' or '?'",
)
RESPONSE = Form(
    "at most 1,024 ASCII characters", lambda text: len(text) <= 1024 and text.isascii(), r"[\x00-\x7f]{0,1024}"
)
REDIRECT_HOST = pattern(rf"\$\{{host\}}|{HOSTS}", "a host name, or ${host}")
REDIRECT_PATH = pattern(
    r"(?:/|\$\{path\})[A-Za-z0-9$_.+/&~@:{}'*?-]{0,127}", "1 to 128 characters that begin with / or ${path}"
)
REDIRECT_QUERY = pattern(r"[!-;=@-~]{0,128}", "at most 128 characters without ?, < and >")
REWRITE_QUERY = pattern(r"[!-;=@-~]{1,128}", "1 to 128 characters without ?, < and >")
WRITTEN_HEADER = pattern(
    r"(?!x-forwarded-)(?!(?:slb-id|slb-ip|connection|upgrade|content-length|transfer-encoding|keep-alive|te|host|cookie"
    r"|remoteip|authority)$)[a-z0-9_-]{1,40}",
    "a header name of 1 to 40 lower-case letters, digits, '-' or '_', none of the load balancer's or of HTTP's own",
)
WRITTEN_VALUE = pattern(
    r"(?! )[ !#-~]{1,128}(?<![ \\])", '1 to 128 printable ASCII characters without ", not ending in \\ or a blank'
)
REFERRED_HEADER = pattern(r"[a-z0-9_-]{1,128}", "the name of a request header: lower-case letters, digits, '-' or '_'")
ORIGIN = pattern(
    rf"\*|https?://(?:\*\.{HOSTS}|{HOSTS})(?::[1-9][0-9]{{0,4}})?", "a site such as https://www.example.com, or *"
)
CORS_HEADER = pattern(r"[a-z0-9_-]{1,40}|\*", "a header name of 1 to 40 lower-case letters, digits, '-' or '_', or *")
RULE_METHOD = pattern("GET|HEAD|POST|OPTIONS|PUT|PATCH|DELETE", "one of GET, HEAD, POST, OPTIONS, PUT, PATCH, DELETE")
RULE_HEADER = pattern(
    r"(?!(?:cookie|host)$)[a-z0-9_-]{1,40}",
    "a header name of 1 to 40 lower-case letters, digits, '-' or '_', not cookie or host",
)
# Cookies and parameters as alb-20200616's CreateRule describes them; `*` and `?` are wildcards.
RULE_COOKIE = pattern(r"[!$%'-:=?@^-z~]{1,100}", '1 to 100 lower-case characters without blanks and ;#[]{}\\|<>&"')
RULE_QUERY = pattern(r"[!$%'-;=?@^-z~]{1,100}", '1 to 100 lower-case characters without blanks and #[]{}\\|<>&"')
RULE_HEADER_VALUE = printable(128)
RULE_PATH = pattern(r"/[A-Za-z0-9$_.+/&~@:'*?-]{0,127}", "a path of 1 to 128 characters that begins with /")
