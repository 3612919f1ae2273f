//go:build cgo

package all

import _ "github.com/spectral-gpu/spectral-gpu/gpu/vulkan" // registers "vulkan"
