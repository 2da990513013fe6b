//go:build tools

// Package tools names the programs that go.mod pins.
package tools

import (
	_ "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"
	_ "helm.sh/helm/v4/cmd/helm"
)
