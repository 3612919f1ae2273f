//go:build !(netlib && cgo)

package hh

// BLAS names the float64 BLAS under FromDense: "gonum", or "netlib" in a build with the tag netlib (and cgo), which links OpenBLAS.
const BLAS = "gonum"
