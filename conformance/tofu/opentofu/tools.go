//go:build tools

// Package opentofu pins OpenTofu, the second engine that runs the vendor's provider against the local cloud.
package opentofu

import _ "github.com/opentofu/opentofu/cmd/tofu"
