//go:build tools

// Package servers names what the tests against a real Kubernetes API run.
package servers

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
