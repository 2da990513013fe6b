// Package rolegatev1 has the messages and stubs of the API, generated from
// proto/rolegate/v1. Programs use package rolegate, which is made of them.
package rolegatev1
