"""ALB of the local cloud: access control lists on listeners."""

from local.behaviours import ACL_TYPE
from local.cloud.actions import Call, Response, action
from local.cloud.alb import acls, listeners
from local.cloud.errors import invalid, refused
from local.cloud.products import ALB

MOST = 3
"""ACLs one listener may have."""


@action(ALB, "AssociateAclsWithListener", source="provider source", writes=True)
def associate_acls_with_listener(call: Call) -> Response:
    """Add ACLs; all of a listener's are of one type, White or Black, the one sent last. Associated at once: the provider looks at
    the first relation, whichever ACL that is (§10.8).
    """
    document = listeners.changeable(call)
    type_ = call.parameters.choice("AclType", ("White", "Black"))
    relations = document["AclConfig"]["AclRelations"]
    other = bool(relations) and document["AclConfig"]["AclType"] != type_
    if other and call.context.behaviours.is_(ACL_TYPE, "refused"):
        raise refused("Conflict.AclType", "The listener has ACLs of the other type.")
    for id in call.parameters.texts("AclIds"):
        acls.find(call, id)
        if id in [relation["AclId"] for relation in relations]:
            raise refused("ResourceAlreadyAssociated.Acl", "The ACL is associated with the listener already.")
        relations.append({"AclId": id, "Status": "Associated"})
    if not 1 <= len(relations) <= MOST:
        raise invalid("AclIds", f"1 to {MOST} ACLs on a listener")
    return listeners.reconfigure(call, {**document, "AclConfig": {"AclType": type_, "AclRelations": relations}})


@action(ALB, "DissociateAclsFromListener", source="provider source", writes=True)
def dissociate_acls_from_listener(call: Call) -> Response:
    """Take ACLs off; the array of relations stays, an absent one is an error to the provider (§10.9)."""
    document = listeners.changeable(call)
    gone = call.parameters.texts("AclIds")
    config = document["AclConfig"]
    left = [relation for relation in config["AclRelations"] if relation["AclId"] not in gone]
    type_ = {"AclType": config["AclType"]} if left else {}
    return listeners.reconfigure(call, {**document, "AclConfig": {**type_, "AclRelations": left}})
