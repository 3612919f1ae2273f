//go:build netlib && cgo

package hh

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/netlib/blas/netlib"
)

// BLAS names the float64 BLAS under FromDense: "gonum", or "netlib" in a build with the tag netlib (and cgo), which links OpenBLAS.
const BLAS = "netlib"

// gonum's LAPACK calls whatever BLAS is in use; its own bindings to LAPACK are not used, since they need LAPACKE, which OpenBLAS comes
// without on Debian.
func init() { blas64.Use(netlib.Implementation{}) }
