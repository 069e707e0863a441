//go:build tools

// Package runner pins the program that runs the forge's jobs.
package runner

import _ "gitea.com/gitea/runner"
