// Package shaders holds the compute kernels: one NAME.comp each, shared pieces
// in lib, and the compiled SPIR-V, which is embedded, so that users of the module
// need no shader compiler. It knows no graphics API: an executor takes a typed
// kernel, fills in its buffers and constants, and records the [Dispatch].
//
//	fill := shaders.Fill{Push: shaders.FillPush{Rows: 3, Cols: 5, Stride: 8, Value: 1}}
//	fill.Y.Region = shaders.Region{Memory: buffer, Offset: 64, Size: 96}
//	d := fill.Dispatch(shaders.Fold(3*5, 256))
//	err := d.Align(storageBufferOffsetAlignment)
//
// # Types
//
// For every NAME.comp tools/shaderc reads the interface from the compiled kernel
// and generates (kernels_gen.go) a struct Name with one field a buffer ([In],
// [Out] or [InOut]), a struct NamePush of the push constants, and a struct
// NameSpec of the specialization constants. A change of a kernel's interface is
// therefore a compile error in the code that uses it. [Kernel] is the same
// description as data, for code that handles all kernels alike: [Kernels], [Lookup].
//
// # Conventions of the kernels
//
// Matrices are row-major with a stride (elements from one row to the next).
// Every buffer NAME comes with a push constant off_name, the number of elements to
// skip: a descriptor can only be bound at a multiple of the device's alignment, and
// [Dispatch.Align] moves the rest into that push constant. One-dimensional work is
// folded over x and y ([Fold]; lib/fold.glsl), because a device need not take more
// than 65,535 work groups in one dimension. No kernel assumes a subgroup size: one whose lanes
// exchange values (*_subgroup) gets the device's as the size of its work groups, and the
// forms that read by address (lib/lanes.glsl) are for 8 lanes.
//
// # Variants
//
// Tile sizes and switches are specialization constants. Which combinations an
// executor may pick is declared as data, in NAME_variants.go beside the kernel
// ([Kernel.Variants]; the defaults alone where nothing is declared), so that the
// executor, its tuner and tools/shaderstats, which fails on a variant that spills
// registers on a GPU, share one list.
//
// Run go generate after changing a kernel; it needs glslc and spirv-tools.
package shaders

//go:generate go run ../tools/shaderc -dir .
