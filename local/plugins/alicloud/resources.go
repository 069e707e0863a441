package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// resources maps the upstream resources this project uses to the module and type they have in the
// PyPI package pulumi_alicloud 3.105.0. Everything else upstream offers stays unmapped, which keeps
// the generated schema small. tests/local/test_plugin_table.py compares the outcome with the package.
var resources = map[string]struct{ module, kind string }{
	"alicloud_alb_acl":                                        {"alb", "Acl"},
	"alicloud_alb_acl_entry_attachment":                       {"alb", "AclEntryAttachment"},
	"alicloud_alb_ascript":                                    {"alb", "AScript"},
	"alicloud_alb_listener":                                   {"alb", "Listener"},
	"alicloud_alb_listener_acl_attachment":                    {"alb", "ListenerAclAttachment"},
	"alicloud_alb_listener_additional_certificate_attachment": {"alb", "ListenerAdditionalCertificateAttachment"},
	"alicloud_alb_load_balancer":                              {"alb", "LoadBalancer"},
	"alicloud_alb_load_balancer_access_log_config_attachment": {"alb", "LoadBalancerAccessLogConfigAttachment"},
	"alicloud_alb_load_balancer_security_group_attachment":    {"alb", "LoadBalancerSecurityGroupAttachment"},
	"alicloud_alb_rule":                                       {"alb", "Rule"},
	"alicloud_alb_security_policy":                            {"alb", "SecurityPolicy"},
	"alicloud_alb_server_group":                               {"alb", "ServerGroup"},
	"alicloud_alidns_domain":                                  {"dns", "AlidnsDomain"},
	"alicloud_alidns_record":                                  {"dns", "AlidnsRecord"},
	"alicloud_instance":                                       {"ecs", "Instance"},
	"alicloud_security_group":                                 {"ecs", "SecurityGroup"},
	"alicloud_security_group_rule":                            {"ecs", "SecurityGroupRule"},
	"alicloud_ssl_certificates_service_certificate":           {"cas", "ServiceCertificate"},
	"alicloud_ssl_certificates_service_pca_certificate":       {"sslcertificatesservice", "PcaCertificate"},
	"alicloud_vpc":                                            {"vpc", "Network"},
	"alicloud_vswitch":                                        {"vpc", "Switch"},
}

// shapes freezes what the vendor's recorded bridge metadata says and upstream's schema does not:
// two lists that the SDK types as one object, and one deprecated block that it leaves out.
var shapes = map[string]map[string]*tfbridge.SchemaInfo{
	"alicloud_alb_listener": {
		"certificates":          {MaxItemsOne: tfbridge.True()},
		"xforwarded_for_config": {Omit: true},
	},
	"alicloud_instance": {
		"network_interfaces": {MaxItemsOne: tfbridge.True()},
	},
}
