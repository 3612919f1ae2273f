// Package all registers every executor that this build can hold, for its side effect: the CPU executor always, the Vulkan
// executor where there is cgo.
package all

import _ "github.com/spectral-gpu/spectral-gpu/gpu/cpu" // registers "cpu"
