//go:build tools

// Package gitea pins the forge that `make forge` starts.
package gitea

import _ "code.gitea.io/gitea"
