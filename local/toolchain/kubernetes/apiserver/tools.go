//go:build tools

// Package apiserver pins the Kubernetes API server of the local cluster, and the kubectl that goes with it.
package apiserver

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
