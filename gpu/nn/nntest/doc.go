// Package nntest proves networks: [Gradients] compares the gradients of a network with central differences in float64. It is for tests of
// layers, weights and losses, those of other modules included.
package nntest
