# The console half of `Pulumi.local.yaml` in HCL, for OpenTofu or Terraform with the vendor's provider.
#
# What HCL cannot do here, for want of a resource in the vendor's provider:
#   - make keys and certificates: the server's come in as variables;
#   - upload a CA certificate: it is uploaded by hand, and its identifier comes in as a variable;
#   - issue, renew and withdraw client certificates;
#   - see before an `apply` that a host name is taken already.

terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}

provider "alicloud" {
  region = var.region
}

variable "region" {
  default = "cn-hangzhou"
}

variable "zones" {
  default = { "cn-hangzhou-a" = "192.168.1.0/24", "cn-hangzhou-b" = "192.168.2.0/24" }
}

variable "ca_certificate_id" {
  description = "Identifier of the CA certificate that clients are verified with."
}

variable "certificate" {
  description = "The server's certificate with its chain, PEM."
}

variable "private_key" {
  description = "Its key, PEM. OpenTofu keeps it in clear in its state."
  sensitive   = true
}

variable "idle_timeout" {
  default = 15
}

resource "alicloud_vpc" "edge" {
  vpc_name   = "edge"
  cidr_block = "192.168.0.0/16"
}

resource "alicloud_vswitch" "zone" {
  for_each     = var.zones
  vswitch_name = "edge-${each.key}"
  vpc_id       = alicloud_vpc.edge.id
  zone_id      = each.key
  cidr_block   = each.value
}

resource "alicloud_security_group" "servers" {
  security_group_name = "edge-servers"
  vpc_id              = alicloud_vpc.edge.id
}

resource "alicloud_security_group_rule" "from_vpc" {
  security_group_id = alicloud_security_group.servers.id
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "80/80"
  cidr_ip           = alicloud_vpc.edge.cidr_block
}

resource "alicloud_instance" "server" {
  for_each             = alicloud_vswitch.zone
  instance_name        = "edge-${each.key}"
  image_id             = "debian_12_x64_20G_alibase_20260101.vhd"
  instance_type        = "ecs.e-c1m1.large"
  system_disk_category = "cloud_essd"
  vswitch_id           = each.value.id
  security_groups      = [alicloud_security_group.servers.id]
}

resource "alicloud_alb_server_group" "web" {
  server_group_name = "edge-web"
  protocol          = "HTTP"
  vpc_id            = alicloud_vpc.edge.id

  health_check_config {
    health_check_enabled = true
    health_check_path    = "/"
  }

  sticky_session_config {
    sticky_session_enabled = false
  }

  dynamic "servers" {
    for_each = alicloud_instance.server
    content {
      server_id   = servers.value.id
      server_ip   = servers.value.private_ip
      server_type = "Ecs"
      port        = 80
      weight      = 100
    }
  }
}

resource "alicloud_ssl_certificates_service_certificate" "server" {
  certificate_name = "edge-server"
  cert             = var.certificate
  key              = var.private_key
}

resource "alicloud_alb_load_balancer" "edge" {
  load_balancer_name    = "edge"
  load_balancer_edition = "Standard"
  address_type          = "Internet"
  vpc_id                = alicloud_vpc.edge.id

  # Said, since the provider reads ALB's default back, and would want another load balancer at every plan.
  address_allocated_mode = "Fixed"

  load_balancer_billing_config {
    pay_type = "PayAsYouGo"
  }

  dynamic "zone_mappings" {
    for_each = alicloud_vswitch.zone
    content {
      zone_id    = zone_mappings.key
      vswitch_id = zone_mappings.value.id
    }
  }
}

resource "alicloud_alb_listener" "https" {
  load_balancer_id   = alicloud_alb_load_balancer.edge.id
  listener_protocol  = "HTTPS"
  listener_port      = 443
  security_policy_id = "tls_cipher_policy_1_2_strict_with_1_3"
  idle_timeout       = var.idle_timeout
  ca_enabled         = true

  ca_certificates {
    certificate_id = var.ca_certificate_id
  }

  certificates {
    certificate_id = "${alicloud_ssl_certificates_service_certificate.server.id}-${var.region}"
  }

  default_actions {
    type = "ForwardGroup"
    forward_group_config {
      server_group_tuples {
        server_group_id = alicloud_alb_server_group.web.id
      }
    }
  }

  x_forwarded_for_config {
    x_forwarded_for_enabled                           = true
    x_forwarded_for_client_cert_subject_dn_enabled    = true
    x_forwarded_for_client_cert_subject_dn_alias      = "x-client-subject"
    x_forwarded_for_client_cert_issuer_dn_enabled     = true
    x_forwarded_for_client_cert_issuer_dn_alias       = "x-client-issuer"
    x_forwarded_for_client_cert_finger_print_enabled  = true
    x_forwarded_for_client_cert_finger_print_alias    = "x-client-fingerprint"
    x_forwarded_for_client_cert_client_verify_enabled = true
    x_forwarded_for_client_cert_client_verify_alias   = "x-client-verify"
  }
}

resource "alicloud_alb_listener" "http" {
  load_balancer_id  = alicloud_alb_load_balancer.edge.id
  listener_protocol = "HTTP"
  listener_port     = 80

  default_actions {
    type = "ForwardGroup"
    forward_group_config {
      server_group_tuples {
        server_group_id = alicloud_alb_server_group.web.id
      }
    }
  }
}

resource "alicloud_alb_rule" "redirect" {
  listener_id = alicloud_alb_listener.http.id
  rule_name   = "edge-redirect"
  priority    = 1

  rule_conditions {
    type = "Path"
    path_config {
      values = ["/*"]
    }
  }

  rule_actions {
    type  = "Redirect"
    order = 1
    redirect_config {
      protocol  = "HTTPS"
      host      = "$${host}"
      port      = "443"
      path      = "$${path}"
      query     = "$${query}"
      http_code = "301"
    }
  }
}

resource "alicloud_alidns_record" "www" {
  domain_name = "example.test"
  rr          = "www"
  type        = "CNAME"
  value       = alicloud_alb_load_balancer.edge.dns_name
  ttl         = 600
}
