// Package platform is Vulkan as package vulkan uses it: the loader, the instance, physical devices, and the calls on a device. All of
// the executor's cgo is here; nothing in it knows of operations or kernels. Without cgo it is empty.
//
//   - library.go, instance.go, manifests.go: find libvulkan, make the process' one instance (one more for the validation layer) and say
//     what was looked for.
//   - physical.go: what a device says about itself.
//   - device.go: an opened device. Objects are made and destroyed by calls on it, and named by handles; who makes one owns it.
//   - commands.go, submission.go: a list of commands, recorded in one call; a command buffer that is run and waited for in one call.
//   - surface.go, surfaces_*.go: windows: whether a queue shows images in one, and a swapchain that is given buffers of pixels. The build tag
//     window makes the instance one that has surfaces.
//   - result.go: what a call returned, as an error of package gpu.
//   - shim.h, shim_*.c: the calls. They build Vulkan's structs on C's stack, so that nothing refers to Go's memory when a call has
//     returned, and find every function at run time, so that the program links without Vulkan and starts where there is none.
//   - abi.h: the part of Vulkan's binary interface that they need, so that no headers need be installed.
//
// # Threads and messages
//
// Calls on a device need a lock of the caller's, but for CreatePipeline, which may run several at a time. What the validation layer says
// during a call belongs to the device of that call.
package platform
