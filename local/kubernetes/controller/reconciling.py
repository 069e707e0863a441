"""One look at an AlbConfig: what the cluster says is brought about in the cloud, problems are collected, not thrown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.kubernetes.client import ALB_CONFIG, INGRESS
from local.kubernetes.controller import albconfig, certificates, events, listeners, names, routes, rules
from local.kubernetes.controller.access import Access
from local.kubernetes.controller.albconfig import AlbConfig, BuildError, Listener
from local.kubernetes.controller.balancers import Balancers
from local.kubernetes.controller.listeners import Listeners
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import Api, CloudError
from local.kubernetes.controller.pools import Pools
from local.kubernetes.controller.rules import Path
from local.kubernetes.controller.store import Certificates
from local.kubernetes.controller.world import World

Json = dict[str, Any]


class Reconciliation:
    """One look. `problems` holds (object, reason, message); `routed` says that the rules are as the Ingresses want them."""

    def __init__(self, api: Api, marks: Marks, cluster: str, world: World, document: Json) -> None:
        self._api, self._marks, self._cluster, self._world, self._document = api, marks, cluster, world, document
        self.name = str(document["metadata"]["name"])
        self._tags = names.tags(cluster, self.name)
        self._balancers = Balancers(api, cluster)
        self._pools, self._access, self._certificates = (
            Pools(api, self._tags),
            Access(api, self._tags),
            Certificates(api),
        )
        self._sign = certificates.mark(cluster, self.name)
        self._used_certificates: set[str] = set()
        self._paths: list[Path] = []
        self.problems: list[tuple[Json, str, str]] = []
        self.routed = False

    def apply(self) -> None:
        """Make it so. What cannot be held is left alone: gone before the next look, it would leave an ALB that nobody takes away."""
        with self._collecting(self._document):
            wanted = albconfig.parse(self._document)
            self.problems += [(self._document, events.IGNORED, f"{path} has no effect here") for path in wanted.ignored]
            if not self._marks.hold(ALB_CONFIG, self._document):
                return
            balancer = self._balancers.ensure(wanted)
            self._serve(wanted, balancer)

    def take_away(self) -> None:
        """Undo everything, unless Ingresses still need it; then the finalizer goes."""
        with self._collecting(self._document):
            using = [
                f"{one['metadata']['namespace']}/{one['metadata']['name']}"
                for one in self._world.ingresses_of(self.name)
            ]
            if using:
                raise BuildError(f"albconfig {self.name} is still used by ingress {', '.join(sorted(using))}")
            wanted = AlbConfig(self.name, {}, ())
            if balancer := self._balancers.find(self.name):
                self._remove_rules(str(balancer["LoadBalancerId"]))
            self._balancers.give_up(wanted)
            self._pools.drop(self._pools.rows().values())
            self._access.drop_unused(())
            self._certificates.sweep(self._sign, set())
            self._marks.release(ALB_CONFIG, self._document)
            self.routed = True

    def _serve(self, wanted: AlbConfig, balancer: Json) -> None:
        """Groups, listeners, rules, then what is left over, then the status."""
        on = Listeners(self._api, str(balancer["LoadBalancerId"]))
        ingresses = self._world.ingresses_of(self.name)
        for ingress in ingresses:
            self._marks.hold(INGRESS, ingress)
        valid = self._read_paths(ingresses)
        groups = self._fill_groups(str(balancer["VpcId"])) if valid else {}
        shown, served = self._serve_listeners(wanted, balancer, on)
        self._marks.alb_config(self._document, balancer, shown)
        if valid:
            self._route(served, groups, str(balancer["DNSName"]), ingresses)
        if not self.problems or all(reason == events.IGNORED for _, reason, _ in self.problems):
            self._tidy(wanted, on, groups)

    def _read_paths(self, ingresses: list[Json]) -> bool:
        """Reads every Ingress; one that cannot be read keeps all rules as they are until it is corrected."""
        found: list[Path] = []
        before = len(self.problems)
        for ingress in ingresses:
            with self._collecting(ingress):
                paths = rules.paths(ingress)
                for path in paths:
                    rules.ports(path)
                rules.of_listener(paths, "HTTPS")
                found += paths
        self._paths = found
        return len(self.problems) == before

    def _fill_groups(self, vpc: str) -> dict[str, str]:
        """Name -> id of every server group that a rule leads to, with its servers in it."""
        existing, found = self._pools.rows(), {}
        for group in {rule_group.name: rule_group for rule_group in self._groups()}.values():
            with self._collecting(group.ingress):
                servers = group.servers(self._world.services, self._world.endpoints)
                found[group.name] = self._pools.ensure(group, vpc, existing)
                self._pools.fill(found[group.name], servers)
        return found

    def _groups(self) -> Iterator[Any]:
        for key in {key for path in self._paths for key in rules.ports(path)}:
            for rule in rules.of_listener((path for path in self._paths if key in rules.ports(path)), key[1]):
                yield from rule.groups

    def _serve_listeners(self, wanted: AlbConfig, balancer: Json, on: Listeners) -> tuple[list[Json], dict[str, str]]:
        """Brings the listeners in line. Returns their part of the status, and key -> id of those that serve."""
        existing, shown, served = on.rows(), [], {}
        empty = self._pools.ensure_empty(str(balancer["VpcId"]), self._pools.rows()) if wanted.listeners else ""
        for listener in wanted.listeners:
            row = existing.get(listener.key)
            with self._collecting(self._document):
                if row is not None and not listeners.is_managed(wanted, row):
                    raise BuildError(f"listener {listener.key} of alb {balancer['LoadBalancerId']} is already in use,"
                                     " set forceOverride")  # fmt: skip
                if row is not None:
                    served[listener.key] = str(row["ListenerId"])
                chosen = self._choose_certificates(listener)
                served[listener.key] = on.ensure(listener, chosen, empty, row)
                self._access.apply(listener, served[listener.key], on)
                shown.append(_shown(listener, chosen))
        return shown, served

    def _choose_certificates(self, listener: Listener) -> list[str]:
        """Ids for a listener, the default one first (see `certificates`)."""
        if listener.protocol == "HTTP":
            return []
        ingresses = self._ingresses_on(listener.key)
        chosen = list(listener.certificates)
        for namespace, name in certificates.secrets_of(ingresses):
            uploaded = certificates.read_secret(self._sign, namespace, name, self._world.secrets)
            chosen.append(self._certificates.ensure(uploaded))
            self._used_certificates.add(chosen[-1])
        if not listener.certificates:
            found, missing = certificates.find(certificates.searched_hosts(ingresses), self._certificates.rows())
            chosen += found
            for host in missing:
                self._tell_hosts(ingresses, host)
        return list(dict.fromkeys(chosen))

    def _tell_hosts(self, ingresses: list[Json], host: str) -> None:
        for ingress in ingresses:
            if host in certificates.searched_hosts([ingress]):
                self.problems.append((ingress, events.BUILD, f"none certificate found for host: {host}"))

    def _ingresses_on(self, key: str) -> list[Json]:
        found = {id(path.ingress): path.ingress for path in self._paths if key in _keys(path)}
        return list(found.values())

    def _route(self, served: dict[str, str], groups: dict[str, str], dns_name: str, ingresses: list[Json]) -> None:
        """Rules of every listener that is there; an Ingress on one that is not hears of it."""
        before = len(self.problems)
        for key, identifier in served.items():
            with self._collecting(self._document):
                paths = [path for path in self._paths if key in _keys(path)]
                wanted = rules.of_listener(paths, key.partition("/")[2])
                ready = [rule for rule in wanted if all(group.name in groups for group in rule.groups)]
                routes.apply(self._api, identifier, ready, groups)
        self.routed = len(self.problems) == before
        for ingress in ingresses:
            keys = {key for path in self._paths if path.ingress is ingress for key in _keys(path)}
            for key in sorted(keys - served.keys()):
                message = f"listener is not exist in albconfig {self.name}, port: {key.replace('/', ', protocol: ')}"
                self.problems.append((ingress, events.BUILD, message))
            if keys & served.keys() and self.routed:
                self._marks.ingress(ingress, dns_name)

    def _tidy(self, wanted: AlbConfig, on: Listeners, groups: dict[str, str]) -> None:
        """What nothing needs any more, in the order in which it can go."""
        used = {key for path in self._paths for key in _keys(path)}
        for row in listeners.surplus(wanted, on.rows(), used):
            on.delete(str(row["ListenerId"]))
        self._pools.drop(row for name, row in self._pools.rows().items()
                         if name not in groups and names.FAKE_SERVICE not in name)  # fmt: skip
        self._access.drop_unused(wanted.listeners)
        self._certificates.sweep(self._sign, self._used_certificates)

    def _remove_rules(self, balancer: str) -> None:
        for row in Listeners(self._api, balancer).rows().values():
            routes.remove(self._api, str(row["ListenerId"]))

    @contextmanager
    def _collecting(self, item: Json) -> Iterator[None]:
        """Turns what goes wrong into a problem of an object. Input that no check foresaw counts as unreadable."""
        try:
            yield
        except BuildError as error:
            self.problems.append((item, events.BUILD, str(error)))
        except CloudError as error:
            self.problems.append((item, events.APPLY, str(error)))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self.problems.append((item, events.BUILD, f"the object cannot be read ({type(error).__name__})"))


def _keys(path: Path) -> set[str]:
    return {f"{port}/{protocol}" for port, protocol in rules.ports(path)}


def _shown(listener: Listener, chosen: list[str]) -> Json:
    entries = [{"certificateId": identifier, "isDefault": not number} for number, identifier in enumerate(chosen)]
    return {"portAndProtocol": listener.key, **({"certificates": entries} if entries else {})}
