// Command shaderc compiles the compute kernels of package shaders and
// generates the Go types that describe them.
//
//	go run ./tools/shaderc          compile shaders/*.comp and write what changed
//	go run ./tools/shaderc -check   write nothing, fail if a committed file is stale
//
// A kernel's interface has one description: its GLSL. For every shaders/NAME.comp
// shaderc runs glslc and spirv-val, reads the interface from the SPIR-V — buffer
// bindings with names, element types and readonly/writeonly; push constants with
// offsets; specialization constants with defaults; local size; shared memory —
// and writes
//
//	shaders/spv/NAME.spv       optimised SPIR-V, embedded in the program
//	shaders/kernels_gen.go     one Go struct a kernel, with a typed field a binding
//
// so a renamed or re-typed binding, push constant or specialization constant is a
// compile error in the code that uses the kernel, and a renumbered one follows by
// name. Both are committed: users of the module need no shader compiler.
//
// # Rules for a kernel
//
//   - NAME is snake_case; the file opens with a // comment whose first sentence
//     says what the kernel computes, followed by shapes and layouts, the mapping
//     of work groups, precision and order of sums.
//   - Buffers are storage blocks of set 0, numbered from 0 without gaps, inputs
//     first. A block holds one unsized array of a 32-bit scalar or vector. Its
//     name (not its instance's) names the binding. readonly makes it In, writeonly
//     Out, neither InOut; saying more than the code does is an error, and so is a
//     buffer that is never touched.
//   - Blocks X and X4 may share a binding as scalar and vec4 view of one buffer.
//   - Each binding NAME has a push constant uint off_name (lower case): elements
//     to add to every index, because a descriptor can only be bound at a multiple
//     of the device's alignment.
//   - Push constants are 32-bit scalars, at most 128 bytes.
//   - Tile sizes and switches are specialization constants; local_size_x_id makes
//     one named LocalSizeX, which GLSL reads as gl_WorkGroupSize.x, also in the length of an array:
//     shaderc takes the vector out of lengths, for Metal's sake (fold.go).
//   - With the defaults, at most 1,024 invocations and 32 KiB of shared memory.
//   - Shared pieces live in shaders/lib and are included by file name.
package main
