//go:build tools

// Package languagehost pins the last Python language host that is part of the sdk module.
// Later hosts are a module of their own that the Go registry does not serve.
package languagehost

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
