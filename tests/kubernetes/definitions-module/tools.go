// Package definitions is empty; go.mod is what counts.
package definitions
