"""Scripts on listeners (AScript). They are kept and shown; the data plane here runs none."""

from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, listeners, load_balancers
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import new_id, public, require, token_page
from local.cloud.errors import gone, invalid, missing, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = load_balancers.SCRIPT
POSITIONS = ("RequestHead", "RequestFoot", "ResponseHead")
EDITIONS = ("Standard", "StandardWithWaf")
MOST_AT_ONCE = 4
"""Scripts that one call deletes (page of DeleteAScripts)."""


@action(ALB, "CreateAScripts", source="docs", writes=True)
def create_ascripts(call: Call) -> Response:
    """Scripts of one listener, all or none; Creating until they settle. A Basic load balancer runs none."""
    listener = listeners.find(call, call.parameters.required("ListenerId"))
    balancer = load_balancers.find(call, listener["LoadBalancerId"])
    if balancer["LoadBalancerEdition"] not in EDITIONS:
        raise refused("OperationDenied.AScriptNotSupported", "The edition of the load balancer has no scripts.")
    owner = {name: listener[name] for name in ("ListenerId", "LoadBalancerId")}
    documents = [{"AScriptId": new_id("as"), **owner, **_new(item)} for item in _sent(call)]
    for document in documents:
        _settle(call, document, "Creating")
    ids = [{"AScriptId": document["AScriptId"]} for document in documents]
    return {"AScriptIds": ids, "JobId": jobs.begin(call, "listener", listener["ListenerId"])}


@action(ALB, "ListAScripts", source="provider source")
def list_ascripts(call: Call) -> Response:
    """All scripts, or those of ids, names or listeners; an empty list means gone."""
    lists = {"AScriptIds": "AScriptId", "AScriptNames": "AScriptName", "ListenerIds": "ListenerId"}
    filters = [(key, values) for name, key in lists.items() if (values := call.parameters.texts(name))]
    found = [public(one) for one in call.store.list(KIND) if all(one[key] in values for key, values in filters)]
    return token_page(call.parameters, found, "AScripts")


@action(ALB, "UpdateAScripts", source="provider source", writes=True)
def update_ascripts(call: Call) -> Response:
    """Change what was sent of scripts, all or none; Configuring until they settle. A position stays."""
    changed = []
    for item in _sent(call):
        document = find(call, item.required("AScriptId"))
        if document["AScriptStatus"] != "Available":
            raise refused("IncorrectStatus.AScript", "The status of the script is incorrect.")
        changed.append(document | _changes(item))
    for document in changed:
        _settle(call, document, "Configuring")
    return {"JobId": jobs.begin(call, "listener", changed[0]["ListenerId"])}


@action(ALB, "DeleteAScripts", source="docs", writes=True)
def delete_ascripts(call: Call) -> Response:
    """Remove up to four scripts, all or none."""
    ids = call.parameters.texts("AScriptIds")
    if not ids:
        raise missing("AScriptIds")
    if len(ids) > MOST_AT_ONCE:
        raise invalid("AScriptIds", f"at most {MOST_AT_ONCE} scripts at once")
    documents = [find(call, id) for id in ids]
    for document in documents:
        call.store.delete(KIND, document["AScriptId"])
    return {"JobId": jobs.begin(call, "listener", documents[0]["ListenerId"])}


def find(call: Call, id: str) -> Document:
    """The script, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.AScript", "script"))


def _sent(call: Call) -> list[Parameters]:
    found = list(call.parameters.objects("AScripts"))
    if not found:
        raise missing("AScripts")
    return found


def _new(item: Parameters) -> Document:
    item.required("AScriptName")
    item.required("ScriptContent")
    defaults = {"Enabled": False, "ExtAttributeEnabled": False, "ExtAttributes": []}
    return {"Position": item.choice("Position", POSITIONS, POSITIONS[0]), **defaults, **_changes(item)}


def _changes(item: Parameters) -> Document:
    found: Document = {name: item.boolean(name) for name in ("Enabled", "ExtAttributeEnabled") if name in item}
    if item.text("AScriptName"):
        found["AScriptName"] = valid_name(item, "AScriptName")
    if item.text("ScriptContent"):
        found["ScriptContent"] = item.text("ScriptContent")
    if "ExtAttributes" in item:
        keys = ("AttributeKey", "AttributeValue")
        found["ExtAttributes"] = [{key: one.required(key) for key in keys} for one in item.objects("ExtAttributes")]
    if found.get("ExtAttributeEnabled") is False:  # upstream's acceptance tests expect that they go
        found["ExtAttributes"] = []
    return found


def _settle(call: Call, document: Document, status: str) -> None:
    call.store.put(KIND, document["AScriptId"], {**document, "AScriptStatus": status})
    call.context.transitions.later(KIND, document["AScriptId"], AScriptStatus="Available")
