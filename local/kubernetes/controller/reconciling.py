"""One look at an AlbConfig: what the cluster says is brought about in the cloud, problems are collected, not thrown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.behaviours import CONTROLLER_CA, CONTROLLER_PORTS, Answers
from local.kubernetes.client import ALB_CONFIG, INGRESS
from local.kubernetes.controller import albconfig, balancers, certificates, events, listeners, names, routes, rules
from local.kubernetes.controller.access import Access
from local.kubernetes.controller.albconfig import AlbConfig, BuildError, Listener
from local.kubernetes.controller.balancers import Balancers
from local.kubernetes.controller.listeners import Listeners
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import Api, CloudError, tags_of
from local.kubernetes.controller.pools import Pools
from local.kubernetes.controller.rules import Rule
from local.kubernetes.controller.store import Certificates
from local.kubernetes.controller.world import World

Json = dict[str, Any]


class Reconciliation:
    """One look. `problems` holds (object, reason, message); `routed` says that the rules are as the Ingresses want them."""

    def __init__(
        self, api: Api, marks: Marks, cluster: str, world: World, document: Json, answers: Answers | None = None
    ) -> None:
        self._api, self._marks, self._cluster, self._world, self._document = api, marks, cluster, world, document
        self._answers = answers or Answers()
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
        self._rules: dict[str, list[Rule]] = {}
        self._on: dict[str, list[Json]] = {}
        self.problems: list[tuple[Json, str, str]] = []
        self.routed = False

    def apply(self) -> None:
        """Make it so. What cannot be held is left alone: gone before the next look, it would leave an ALB that nobody takes away."""
        with self._collecting(self._document):
            wanted = albconfig.parse(self._document)
            self.problems += [(self._document, events.IGNORED, f"{path} has no effect here") for path in wanted.ignored]
            if not self._marks.hold(ALB_CONFIG, self._document):
                return
            status = (self._document.get("status") or {}).get("loadBalancer") or {}
            balancer = self._balancers.ensure(wanted, str(status.get("id") or ""))
            for path in balancers.unchanged(wanted, balancer):
                self.problems.append((self._document, events.IGNORED, f"{path} does not change an ALB that exists"))
            self._serve(wanted, balancer)

    def take_away(self) -> None:
        """Undo everything, also what Ingresses still lead to; then the finalizer goes."""
        with self._collecting(self._document):
            wanted = AlbConfig(self.name, {}, ())
            if balancer := self._balancers.find(self.name):
                self._remove_rules(balancer)
            self._balancers.give_up(wanted)
            self._pools.drop(self._pools.rows().values())
            self._access.drop_unused(())
            self._certificates.sweep(self._sign, set())
            self._marks.release(ALB_CONFIG, self._document)
            self.routed = True

    def _serve(self, wanted: AlbConfig, balancer: Json) -> None:
        """Groups, listeners, rules; once all of it is applied the statuses, and what is left over goes."""
        sends_ca = self._answers.is_(CONTROLLER_CA, "sent")
        on = Listeners(self._api, str(balancer["LoadBalancerId"]), sends_ca_enabled=sends_ca)
        ingresses = self._world.ingresses_of(self.name)
        for ingress in ingresses:
            self._marks.hold(INGRESS, ingress)
        valid = self._read_rules(ingresses)
        groups = self._fill_groups(str(balancer["VpcId"])) if valid else {}
        shown, served = self._serve_listeners(wanted, balancer, on)
        if valid:
            self._route(served, groups)
        if any(reason != events.IGNORED for _, reason, _ in self.problems):
            return
        self._show(balancer, shown, served, ingresses)
        self._tidy(wanted, on, groups)

    def _show(self, balancer: Json, shown: list[Json], served: dict[str, str], ingresses: list[Json]) -> None:
        """Statuses, once everything is applied; an Ingress on a listener that is not there hears of it."""
        self._marks.alb_config(self._document, balancer, shown)
        for ingress in ingresses:
            keys = {key for key, on in self._on.items() if ingress in on}
            for key in sorted(keys - served.keys()):
                message = f"listener is not exist in albconfig {self.name}, port: {key.replace('/', ', protocol: ')}"
                self.problems.append((ingress, events.BUILD, message))
            if keys & served.keys():
                self._marks.ingress(ingress, str(balancer["DNSName"]))

    def _read_rules(self, ingresses: list[Json]) -> bool:
        """Reads every Ingress; one that cannot be read keeps all rules as they are until it is corrected."""
        before, orders = len(self.problems), dict[int, str]()
        listed = rules.ranked(ingresses)
        for ingress in listed:
            with self._collecting(ingress):
                if (order := rules.check(ingress, orders)) is not None:
                    orders[order] = str(ingress["metadata"]["name"])
                for listener in rules.ports(ingress):
                    rules.of_listener([ingress], listener)
                    self._on.setdefault(_key(listener), []).append(ingress)
                if "defaultBackend" in (ingress.get("spec") or {}):
                    self.problems.append((ingress, events.IGNORED, "spec.defaultBackend has no effect here"))
        if any(reason != events.IGNORED for _, reason, _ in self.problems[before:]):
            return False
        with self._collecting(self._document):
            self._rules = {key: rules.of_listener(found, _listener(key)) for key, found in self._on.items()}
            return True
        return False

    def _fill_groups(self, vpc: str) -> dict[str, str]:
        """Name -> id of every server group that a rule leads to, with its servers in it."""
        existing, found = self._pools.rows(), {}
        for group in {rule_group.name: rule_group for rule_group in self._groups()}.values():
            with self._collecting(group.ingress):
                by_name = self._answers.is_(CONTROLLER_PORTS, "name")
                servers = group.servers(self._world.services, self._world.endpoints, ports_by_name=by_name)
                found[group.name] = self._pools.ensure(group, vpc, existing)
                self._pools.fill(found[group.name], servers)
        return found

    def _groups(self) -> Iterator[Any]:
        for found in self._rules.values():
            for rule in found:
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
                if listener.protocol == "HTTPS":
                    shown.append(_shown(listener, chosen))
        return shown, served

    def _choose_certificates(self, listener: Listener) -> list[str]:
        """Ids for a listener, the default one first (see `certificates`)."""
        if listener.protocol == "HTTP":
            return []
        ingresses = self._on.get(listener.key, [])
        chosen = list(listener.certificates)
        for namespace, name in certificates.secrets_of(ingresses):
            uploaded = certificates.read_secret(self._sign, namespace, name, self._world.secrets)
            chosen.append(self._certificates.ensure(uploaded))
            self._used_certificates.add(chosen[-1])
        if not listener.certificates:
            found, missing = certificates.find(certificates.searched_hosts(ingresses), self._certificates.rows())
            chosen += found
            for host in missing:
                raise BuildError(f"none certificate found for host: {host}")
        return list(dict.fromkeys(chosen))

    def _route(self, served: dict[str, str], groups: dict[str, str]) -> None:
        """Rules of every listener that is there."""
        before = len(self.problems)
        for key, identifier in served.items():
            with self._collecting(self._document):
                wanted = self._rules.get(key, [])
                ready = [rule for rule in wanted if all(group.name in groups for group in rule.groups)]
                routes.apply(self._api, identifier, _listener(key)[0], ready, groups)
        self.routed = len(self.problems) == before

    def _tidy(self, wanted: AlbConfig, on: Listeners, groups: dict[str, str]) -> None:
        """What nothing needs any more, in the order in which it can go."""
        for row in listeners.surplus(wanted, on.rows()):
            on.delete(str(row["ListenerId"]))
        self._pools.drop(row for name, row in self._pools.rows().items()
                         if name not in groups and names.FAKE_SERVICE not in name)  # fmt: skip
        self._access.drop_unused(wanted.listeners)
        self._certificates.sweep(self._sign, self._used_certificates)

    def _remove_rules(self, balancer: Json) -> None:
        """Of a reused ALB only from the listeners that are the controller's."""
        reused = tags_of(balancer).get(names.RESOURCE_TAG) is None
        wanted = AlbConfig(self.name, {"id": balancer["LoadBalancerId"]} if reused else {}, ())
        for row in Listeners(self._api, str(balancer["LoadBalancerId"])).rows().values():
            if listeners.is_managed(wanted, row):
                routes.apply(self._api, str(row["ListenerId"]), int(row["ListenerPort"]), [], {})

    @contextmanager
    def _collecting(self, item: Json) -> Iterator[None]:
        """Turns what goes wrong into a problem of an object. Input that no check foresaw counts as unreadable."""
        try:
            yield
        except BuildError as error:
            self._tell(item, events.BUILD, str(error))
        except CloudError as error:
            self._tell(item, events.APPLY, str(error))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self._tell(item, events.BUILD, f"the object cannot be read ({type(error).__name__})")

    def _tell(self, item: Json, reason: str, message: str) -> None:
        """On the object and, of an Ingress, on its AlbConfig as well, which is not applied either."""
        self.problems += [
            (one, reason, message) for one in ([item] if item is self._document else [item, self._document])
        ]


def _key(listener: rules.Listener) -> str:
    return f"{listener[0]}/{listener[1]}"


def _listener(key: str) -> rules.Listener:
    port, _, protocol = key.partition("/")
    return int(port), protocol


def _shown(listener: Listener, chosen: list[str]) -> Json:
    """`isDefault` is left out where it is false."""
    entries = [{"certificateId": one, **({} if number else {"isDefault": True})} for number, one in enumerate(chosen)]
    return {"portAndProtocol": listener.key, **({"certificates": entries} if entries else {})}
