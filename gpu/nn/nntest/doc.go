// Package nntest proves networks: [Gradients] compares the gradients of a network with central differences in float64, and [Survive] tells whether
// bad arguments end in the error that they should. It is for tests of
// layers, weights and losses, those of other modules included.
package nntest
