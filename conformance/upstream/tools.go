//go:build tools

// Package upstream pins the provider whose own acceptance tests `make conformance` runs against the local cloud.
package upstream

import _ "github.com/aliyun/terraform-provider-alicloud/alicloud"
