"""Listeners in the cloud, kept as AlbConfig says (alibaba-cloud.md §4.3-4.5)."""

from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import AlbConfig, BuildError, Listener
from local.kubernetes.controller.openapi import Api, CloudError, covers

Json = dict[str, Any]


class Listeners:
    """Listeners of one ALB."""

    def __init__(self, api: Api, balancer: str, *, sends_ca_enabled: bool = True) -> None:
        """`sends_ca_enabled`: whether the service is told that clients are to be verified."""
        self._api = api
        self._sends_ca_enabled = sends_ca_enabled
        self._balancer = balancer

    def rows(self) -> dict[str, Json]:
        """`443/HTTPS` -> row of ListListeners."""
        rows = self._api.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=[self._balancer])
        return {f"{row['ListenerPort']}/{row['ListenerProtocol']}": row for row in rows}

    def ensure(self, wanted: Listener, certificates: list[str], group: str, existing: Json | None) -> str:
        """Id of the listener as wanted, `certificates` with the default one first. Raises BuildError or CloudError."""
        if wanted.protocol != "HTTP" and not certificates:
            raise BuildError("empty https listener default certs")
        parameters = self._parameters(wanted, certificates)
        if existing is None:
            identifier = self._create(wanted, parameters, group)
        else:
            identifier = str(existing["ListenerId"])
            self._update(identifier, parameters)
        if wanted.protocol != "HTTP":
            self._set_additional(identifier, certificates[1:])
        return identifier

    def delete(self, identifier: str) -> None:
        """Delete a listener with its rules; quiet when it is gone."""
        try:
            self._api("alb", "DeleteListener", ListenerId=identifier)
        except CloudError as error:
            if not error.code.startswith("ResourceNotFound"):
                raise

    def _parameters(self, wanted: Listener, certificates: list[str]) -> Json:
        """A listener that verifies nobody keeps its list: the CA is sent in any case, the switch with it."""
        parameters: Json = {"ListenerDescription": wanted.description, **wanted.settings}
        if wanted.protocol != "HTTP":
            parameters["Certificates"] = [{"CertificateId": certificates[0]}]
        if wanted.protocol == "HTTPS":
            if self._sends_ca_enabled:
                parameters["CaEnabled"] = wanted.ca_enabled
            if wanted.ca_certificates:
                parameters["CaCertificates"] = [{"CertificateId": identifier} for identifier in wanted.ca_certificates]
        return parameters

    def _create(self, wanted: Listener, parameters: Json, group: str) -> str:
        forward = {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group}]}}
        answer = self._api("alb", "CreateListener", LoadBalancerId=self._balancer, ListenerPort=wanted.port,
                           ListenerProtocol=wanted.protocol, DefaultActions=[forward], **parameters)  # fmt: skip
        self._settled(str(answer["ListenerId"]))
        return str(answer["ListenerId"])

    def _update(self, identifier: str, parameters: Json) -> None:
        """Only when something differs, so that a listener is not reconfigured at every look."""
        self._settled(identifier)
        present = self._read(identifier)
        if not covers(present, parameters):
            self._api("alb", "UpdateListenerAttribute", ListenerId=identifier, **parameters)
            self._settled(identifier)

    def _set_additional(self, identifier: str, wanted: list[str]) -> None:
        rows = self._api.pages("alb", "ListListenerCertificates", "Certificates", ListenerId=identifier)
        present = [str(row["CertificateId"]) for row in rows if not row.get("IsDefault")]
        steps = (("DissociateAdditionalCertificatesFromListener", [one for one in present if one not in wanted]),
                 ("AssociateAdditionalCertificatesWithListener", [one for one in wanted if one not in present]))  # fmt: skip
        for action, ids in steps:
            if ids:
                self._api("alb", action, ListenerId=identifier, Certificates=[{"CertificateId": one} for one in ids])
                self._settled(identifier)

    def relations(self, identifier: str) -> Json:
        """The listener's ACLs: `AclType` and `AclRelations`."""
        return self._read(identifier).get("AclConfig") or {}

    def _settled(self, identifier: str) -> None:
        self._api.until(lambda: str(self._read(identifier)["ListenerStatus"]), "Running", "Stopped")

    def _read(self, identifier: str) -> Json:
        return self._api("alb", "GetListenerAttribute", ListenerId=identifier)


def is_managed(wanted: AlbConfig, row: Json) -> bool:
    """Whether a listener that exists may be touched: on a reused ALB only those described as ours, unless overridden."""
    if not wanted.reused or _is_forced(wanted):
        return True
    return str(row.get("ListenerDescription") or "").startswith(names.LISTENER_DESCRIPTION)


def surplus(wanted: AlbConfig, existing: dict[str, Json]) -> list[Json]:
    """Listeners that AlbConfig no longer names, used or not; on a reused ALB they stay unless it is overridden."""
    if wanted.reused and not _is_forced(wanted):
        return []
    kept = {listener.key for listener in wanted.listeners}
    return [row for key, row in existing.items() if key not in kept]


def _is_forced(wanted: AlbConfig) -> bool:
    """Either override takes foreign listeners: the vendor's controller deletes them with `forceOverride` alone."""
    return bool(wanted.config.get("listenerForceOverride") or wanted.config.get("forceOverride"))
