//go:build tools

// Package kwok names what plays the nodes in the tests against a whole Kubernetes cluster. It has libraries of its own versions, and so a module.
package kwok

import _ "sigs.k8s.io/kwok/cmd/kwok"
