"""Makes the stack file: reads, drafts, lets the program's own settings judge it, writes it, says what was left alone."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtlsedge.adopt import alb_config
from mtlsedge.adopt.account import account_id, certificate, read
from mtlsedge.adopt.balancer import draft
from mtlsedge.adopt.draft import Draft
from mtlsedge.adopt.https import unusable
from mtlsedge.adopt.stack_file import text
from mtlsedge.cloud import Cloud, CloudProblem
from mtlsedge.cluster import Cluster
from mtlsedge.errors import CommandError
from mtlsedge.files import PUBLIC_FILE, folder
from mtlsedge.progress import step
from mtlsedge.report import told
from mtlsedge.stack import Stack
from mtlsedge.stack_file import read_stack_file
from mtlsedge_components.sites import SITES
from settings import SettingsError, load

ACCOUNT_TYPES = {"international": "International", "china": "Domestic"}


@dataclass(frozen=True)
class Wanted:
    """What is adopted: a load balancer, perhaps one of its listeners, or an AlbConfig of a cluster."""

    load_balancer: str = ""
    listener: str = ""
    alb_config: str = ""
    cluster: Mapping[str, str] = field(default_factory=dict)
    """How a stack file says where the cluster is."""


def make(stack: str, around: Mapping[str, Any], wanted: Wanted, *, as_json: bool = False) -> bool:
    """Writes the stack file and reports; False if it was refused and nothing is written."""
    target = Path(f"Pulumi.{stack}.yaml")
    _require_new(target)
    with step("reading the topology from the cloud"):
        made = _draft(Cloud(around), wanted)
    config = {key: value for key, value in around.items() if key.startswith("alicloud:")}
    made.settings = {"certificateSite": around["mtlsedge:certificateSite"], **made.settings}
    made.refused = made.refused or _problems({**config, **_settings(made)}, stack)
    if not made.refused:
        about = wanted.load_balancer or f"AlbConfig {wanted.alb_config}"
        with folder(Path.cwd(), private=False) as place:
            _require_new(target)  # reading the cloud took a while
            place.write(target.name, text(made, config, about).encode(), PUBLIC_FILE)
    following = [f"pulumi {verb} {stack}" for verb in ("stack init", "preview --stack", "up --stack")]
    document = {
        "written": None if made.refused else str(target),
        "toImport": len(made.adopt),
        "refused": list(made.refused),
        "notManaged": list(made.outside),
        "kept": list(made.kept),
    }
    end = [f"wrote {target}: {len(made.adopt)} things to import. Next:", *(f"  {line}" for line in following)]
    told(document, *_lines(made), *([] if made.refused else end), as_json=as_json)
    return not made.refused


def _require_new(target: Path) -> None:
    """A symbolic link is there too, wherever it leads."""
    if os.path.lexists(target):
        raise CommandError(f"{target} exists; adopt writes a new stack file and changes none")


def provider(like: str, region: str, site: str) -> dict[str, Any]:
    """Where to ask: as another stack does, or as the options say."""
    known = (read_stack_file(Path.cwd(), like).get("config") or {}) if like else {}
    found = {key: value for key, value in known.items() if key.startswith("alicloud:")}
    chosen = site or str(known.get("mtlsedge:certificateSite") or "")
    if chosen not in SITES:
        raise CommandError(f"--certificate-site: found {chosen or 'nothing'}; allowed {', '.join(SITES)}, or --like")
    if region:
        found["alicloud:region"] = region
    if not found.get("alicloud:region"):
        raise CommandError("--region: found nothing; allowed a region such as ap-southeast-1, or --like STACK")
    return {"alicloud:accountType": ACCOUNT_TYPES[chosen], **found, "mtlsedge:certificateSite": chosen}


def _draft(cloud: Cloud, wanted: Wanted) -> Draft:
    try:
        account = account_id(cloud)
        if wanted.alb_config:
            made = _draft_of_cluster(cloud, wanted.alb_config, dict(wanted.cluster))
        else:
            made = draft(read(cloud, wanted.load_balancer), wanted.listener)
    except CloudProblem as problem:
        raise CommandError(f"cannot read {wanted.load_balancer or wanted.alb_config}: {problem}") from None
    made.settings = {**({"accountId": account} if account else {}), **made.settings}
    return made


def _draft_of_cluster(cloud: Cloud, name: str, where: dict[str, str]) -> Draft:
    document = Cluster(where.get("kubeconfig", ""), where.get("context", "")).alb_config(name)
    details = {one: certificate(cloud, one) for one in alb_config.identifiers(document)}
    made = alb_config.draft(document, where, {one: str(detail.get("Name") or "") for one, detail in details.items()})
    made.refused += [problem for one, detail in details.items() for problem in unusable(detail, one)]
    return made


def _settings(made: Draft) -> dict[str, Any]:
    sections = {**made.settings, "names": made.names, "adopt": made.adopt}
    return {f"mtlsedge:{key}": value for key, value in sections.items()}


def _problems(config: Mapping[str, Any], stack: str) -> list[str]:
    """What the program itself would say to the file."""
    try:
        load(config, project=Stack().project(), stack=stack, files=Path.cwd())
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def _lines(made: Draft) -> Iterator[str]:
    for heading, entries in (
        ("refused, nothing is written:", made.refused),
        ("not managed by the stack, and left as it is:", made.outside),
        ("kept as found, because no setting speaks of it:", made.kept),
    ):
        if entries:
            yield heading
            yield from (f"  {entry}" for entry in entries)
