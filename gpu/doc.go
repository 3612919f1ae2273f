// Package gpu is the compute engine: devices, buffers, operations and programs.
//
// A reader meets the types in this order:
//
//   - [Open] chooses a device ("auto", "cpu", "vulkan", an index or a part of a name) and returns a [Device].
//   - [Device.NewBuffer] allocates a [Buffer] of 32-bit words; a [View] is a rows × cols row-major window of it.
//   - An operation is a plain struct of views and scalars: [Gemm], [Reflect], [TriInverse], [Sigma], [RNNForward],
//     [SoftmaxCrossEntropy], [Adam] and so on. Its doc comment holds the formula, the shapes and the aliasing that is allowed.
//   - [Device.Compile] records a list of operations once as a [Program]; [Program.Run] runs it, any number of times,
//     with one queue submission and without allocating.
//
// Executors live in packages of their own and register themselves, as database drivers do: import
// github.com/spectral-gpu/spectral-gpu/gpu/all for its side effect to have every executor that this build can hold
// (Vulkan needs cgo; the CPU executor is always there). Packages hh and model import it already.
//
// # Conventions
//
// Numbers are fp32; labels and indices are int32 stored in the same 32-bit words. Matrices are row-major. In a batch the rows
// are the samples. A sequence of T steps and B samples is a (T·B) × n matrix whose row t·B+b is sample b at step t.
// Reflectors are an m × n matrix whose row j is the reflector u_j and whose first j entries are structural zeros; the product
// is Q = H_0 H_1 … H_{m−1} with H_j = I − 2 u_j u_jᵀ/‖u_j‖², and u_j = 0 stands for H_j = I.
//
// # Ownership
//
// Whoever calls Open, NewBuffer or Compile closes the result. Nothing is closed by a finalizer. [Device.Close] closes what is
// still open and returns an error that names it.
package gpu
