//go:build tools

// Package tools names the programs that go.mod pins.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kubectl"
)
