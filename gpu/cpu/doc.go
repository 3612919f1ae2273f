// Package cpu is the executor that runs programs on the processor: every operation of package gpu, in pure Go and Go assembly,
// without cgo. Importing it registers the backend "cpu"; reach it through gpu.Open("cpu", …).
//
// A reader meets the parts in this order:
//
//   - backend.go and executor.go: the device, its memory and its registration.
//   - compile.go: an operation becomes a task, a list of phases; a phase is one parallel loop over tiles. Everything that a
//     run needs is allocated here, so that running allocates nothing.
//   - pool.go: the persistent workers that run phases.
//   - tile.go and kernels.go: the micro-kernel of all matrix work, a register tile of A·B with a fused epilogue, and the choice
//     between its forms (AVX-512, AVX2 with FMA, NEON, portable Go).
//   - product.go: blocked and packed matrix products on top of the micro-kernel.
//   - one file for each operation, named for it.
//
// # Numbers
//
// Sums run in an order that depends on the shapes alone: results are bitwise equal between runs and for any number of threads.
// They differ in rounding between the forms of the micro-kernel. NaN propagates through products and activations.
//
// While a program runs, denormal numbers (magnitudes below 2⁻¹²⁶ in single and 2⁻¹⁰²² in double precision) are taken as zeros of the same
// sign, as operands and as results, on the workers and on the caller's goroutine; its thread has its mode back when Run returns. A result
// that is off by less than 2⁻¹²⁶ for this reason is right (parity.Tolerance); copies move the bits.
//
// # Environment
//
// SPECTRAL_CPU=generic, avx2, avx512 or neon selects the form; by default it is the best that the processor has.
//
// # Ownership
//
// The executor owns its workers and the programs' scratch memory; gpu.Device.Close ends them.
package cpu
