// Definitions of other projects' resources, for a test that reads them from the
// modules' folders and compiles nothing.
module rolegate.test/definitions

go 1.26.0

require (
	k8s.io/kubernetes v1.37.2
	github.com/cert-manager/cert-manager v1.21.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
