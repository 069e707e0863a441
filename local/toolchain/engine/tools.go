//go:build tools

// Package engine pins the Pulumi CLI that local/toolchain builds where the vendor's release cannot be had.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
