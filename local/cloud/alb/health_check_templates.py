"""Templates of health checks: what a server group's check can be set to by one call."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, server_groups
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import new_id, public, require, token_page
from local.cloud.errors import gone, missing
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.health_check_template"


@action(ALB, "CreateHealthCheckTemplate", source="provider source", writes=True)
def create_health_check_template(call: Call) -> Response:
    """A template, ready at once; its check is checked like a server group's."""
    parameters, id = call.parameters, new_id("hct")
    document = {
        "HealthCheckTemplateId": id,
        "HealthCheckTemplateName": valid_name(parameters, "HealthCheckTemplateName"),
        "ResourceGroupId": parameters.text("ResourceGroupId", "rg-default"),
        "Tags": tagging.sent(parameters),
        **_check(parameters, {}),
    }
    call.store.put(KIND, id, document)
    return {"HealthCheckTemplateId": id}


@action(ALB, "GetHealthCheckTemplateAttribute", source="provider source")
def get_health_check_template_attribute(call: Call) -> Response:
    """One template; 404 when it is gone."""
    return public(find(call, call.parameters.required("HealthCheckTemplateId")))


@action(ALB, "ListHealthCheckTemplates", source="sdk model")
def list_health_check_templates(call: Call) -> Response:
    """All templates, or those of ids, names, a resource group or tags."""
    parameters = call.parameters
    ids, names = parameters.texts("HealthCheckTemplateIds"), parameters.texts("HealthCheckTemplateNames")
    group, tags = parameters.text("ResourceGroupId"), tagging.sent(parameters)
    found = [
        public(one)
        for one in call.store.list(KIND)
        if (not ids or one["HealthCheckTemplateId"] in ids)
        and (not names or one["HealthCheckTemplateName"] in names)
        and group in ("", one["ResourceGroupId"])
        and tagging.fits(tags, one)
    ]
    return token_page(parameters, found, "HealthCheckTemplates")


@action(ALB, "UpdateHealthCheckTemplateAttribute", source="provider source", writes=True)
def update_health_check_template_attribute(call: Call) -> Response:
    """Change what was sent; groups that it was applied to stay as they are."""
    document = find(call, call.parameters.required("HealthCheckTemplateId"))
    if call.parameters.text("HealthCheckTemplateName"):
        document["HealthCheckTemplateName"] = valid_name(call.parameters, "HealthCheckTemplateName")
    call.store.put(KIND, document["HealthCheckTemplateId"], {**document, **_check(call.parameters, document)})
    return {}


@action(ALB, "DeleteHealthCheckTemplates", source="provider source", writes=True)
def delete_health_check_templates(call: Call) -> Response:
    """Remove templates, all or none."""
    ids = call.parameters.texts("HealthCheckTemplateIds")
    if not ids:
        raise missing("HealthCheckTemplateIds")
    for id in ids:
        call.store.delete(KIND, find(call, id)["HealthCheckTemplateId"])
    return {}


@action(ALB, "ApplyHealthCheckTemplateToServerGroup", source="provider source", writes=True)
def apply_health_check_template_to_server_group(call: Call) -> Response:
    """Set a server group's check to the template's."""
    template = find(call, call.parameters.required("HealthCheckTemplateId"))
    group = server_groups.find(call, call.parameters.required("ServerGroupId"))
    check = {
        "HealthCheckEnabled": True,
        **{name: template[name] for name in server_groups.SETTINGS if name in template},
    }
    call.store.put(server_groups.KIND, group["ServerGroupId"], {**group, "HealthCheckConfig": check})
    return {"JobId": jobs.begin(call, "servergroup", group["ServerGroupId"])}


def find(call: Call, id: str) -> Document:
    """The template, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.HealthCheckTemplate", "health check template"))


def _check(parameters: Parameters, before: Document) -> Document:
    """What the template says: as it was, with what was sent over it."""
    names = server_groups.SETTINGS
    sent = {name: parameters.values[name] for name in names if name in parameters}
    parameters.pass_over(*names)
    kept = {name: before[name] for name in names if name in before}
    config = {**kept, **sent, "HealthCheckEnabled": "true"}
    check = server_groups.health_check(Parameters({"HealthCheckConfig": config}), "Instance")
    return {name: value for name, value in check.items() if name != "HealthCheckEnabled"}
