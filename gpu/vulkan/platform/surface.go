//go:build cgo

package platform

// #include "shim_surface.h"
import "C"

import "unsafe"

// Results that swapchains have besides.
const (
	NotReady   Result = C.VK_NOT_READY
	Suboptimal Result = C.VK_SUBOPTIMAL
	OutOfDate  Result = C.VK_ERROR_OUT_OF_DATE
)

// Pointer returns the VkInstance, for libraries that make surfaces of windows. It has the extensions of surfaces in a program that was built
// with the tag window, as far as the loader has them.
func (in *Instance) Pointer() unsafe.Pointer { return unsafe.Pointer(in.c.handle) }

// DestroySurface destroys a surface that somebody made; nothing may use it any more.
func (in *Instance) DestroySurface(surface Handle) {
	C.sg_surface_destroy(in.c, C.VkNonDispatchable(surface))
}

// Presents tells whether a queue family can show images in the window of a surface.
func (p *Physical) Presents(family uint32, surface Handle) bool {
	return p.about.has_swapchain != 0 && C.sg_surface_supported(p.inst.c, p.handle, C.uint32_t(family), C.VkNonDispatchable(surface)) != 0
}

// Swapchain is the images that a window shows in turn. Free it before its device, and destroy the surface after it.
type Swapchain struct{ c *C.sg_swapchain }

// NewSwapchain makes one without images, for a device that was created to present.
func (d *Device) NewSwapchain(p *Physical, family uint32, surface Handle) (*Swapchain, Result) {
	c := C.sg_swapchain_new(p.inst.c, p.handle, d.c, C.uint32_t(family), C.VkNonDispatchable(surface))
	if c == nil {
		return nil, InitializationFailed
	}
	return &Swapchain{c}, Success
}

// Build makes the images anew: of the surface's size, or where it leaves that to them, of width × height. A hidden window has none.
func (s *Swapchain) Build(width, height int) Result {
	return Result(C.sg_swapchain_build(s.c, C.uint32_t(max(width, 0)), C.uint32_t(max(height, 0))))
}

// Size is the size of the images, 0 × 0 without any, and whether blue is the lowest byte of a pixel.
func (s *Swapchain) Size() (width, height int, blueFirst bool) {
	var w, h C.uint32_t
	var blue C.int
	C.sg_swapchain_size(s.c, &w, &h, &blue)
	return int(w), int(h), blue != 0
}

// Present shows the pixels of a buffer that a finished run has written, row by row, of the size of the images. NotReady and Timeout mean that
// the window system had no image to spare, OutOfDate and Suboptimal that Build is due.
func (s *Swapchain) Present(pixels Handle) Result {
	return Result(C.sg_swapchain_present(s.c, C.VkNonDispatchable(pixels)))
}

// Free waits for the device and destroys what the swapchain has made.
func (s *Swapchain) Free() {
	C.sg_swapchain_free(s.c)
	s.c = nil
}
