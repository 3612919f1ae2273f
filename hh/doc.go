// Package hh is the algebra of Householder reflectors and of weights kept as singular value decompositions.
package hh
