// Package vulkan is the executor for devices with a Vulkan driver. Importing it registers it with package gpu; without cgo it is empty.
//
// The parts, in the order a reader meets them:
//
//   - platform/: the Vulkan loader, the instance, what devices say about themselves, and the calls on them; all of the executor's cgo.
//   - physical.go: what the engine makes of a device's description; quirks.go is the one table of what particular drivers need.
//   - device.go: an opened device, the gpu.Executor. It owns the queue and everything below, and frees it in Close.
//   - heap.go, freelist.go, memory.go, staging.go: memory in blocks, buffers in it, and the copies where host and device do not
//     share memory.
//   - pipeline.go, cache.go: kernels specialised and compiled, kept in memory and on disk.
//   - refused.go, slow.go, avoided.go: a tile that the driver does not compile, or takes long for, makes room for the next, now and in later processes.
//   - lower.go, recorder.go and one file per operation (gemm.go, reflect.go …): an operation becomes dispatches of kernels;
//     barriers are derived from the ranges that the dispatches read and write.
//   - program.go: the recorded command buffer, the gpu.Executable. A run is one submission and one wait, several on slow devices (watchdog.go), without allocation.
//
// # Environment
//
// SPECTRAL_VULKAN_LIBRARY names the Vulkan loader to open instead of the system's. SPECTRAL_VALIDATE=1 turns on the validation layer, SPECTRAL_SYNC=full puts a barrier before every dispatch, and
// SPECTRAL_FORCE_STAGING=1 treats memory as not shared between host and device; SPECTRAL_FORCE_NONCOHERENT=1 flushes and
// invalidates host memory that does not need it. The last three exist to test and to bisect.
package vulkan
