// Windows: surfaces, and swapchains whose images a buffer of pixels is copied to (shim_surface.c).
#ifndef SPECTRAL_VULKAN_SHIM_SURFACE_H
#define SPECTRAL_VULKAN_SHIM_SURFACE_H

#include "abi_surface.h"
#include "shim.h"

// sg_surface_supported tells whether a queue family can present to a surface.
int sg_surface_supported(sg_instance *inst, VkDispatchable physical, uint32_t family, VkNonDispatchable surface);
void sg_surface_destroy(sg_instance *inst, VkNonDispatchable surface);

typedef struct sg_swapchain sg_swapchain;

// sg_swapchain_new makes one without images for a device that was created for presenting; NULL without memory or functions.
sg_swapchain *sg_swapchain_new(sg_instance *inst, VkDispatchable physical, sg_device *dev, uint32_t family, VkNonDispatchable surface);
// sg_swapchain_build makes the images anew, of the surface's size, or where it has none of width × height. Without VK_SUCCESS there are no
// images; a surface that is hidden has width or height 0, and none either.
VkResult sg_swapchain_build(sg_swapchain *s, uint32_t width, uint32_t height);
// sg_swapchain_size returns the images' size; blue_first tells whether blue is the lowest byte of a pixel.
void sg_swapchain_size(const sg_swapchain *s, uint32_t *width, uint32_t *height, int *blue_first);
// sg_swapchain_present copies the pixels that a finished dispatch has written and shows them. VK_NOT_READY and VK_TIMEOUT mean that the window
// system gave no image in time, VK_ERROR_OUT_OF_DATE and VK_SUBOPTIMAL that sg_swapchain_build should be called.
VkResult sg_swapchain_present(sg_swapchain *s, VkNonDispatchable pixels);
// sg_swapchain_free waits for the device and destroys everything but the surface.
void sg_swapchain_free(sg_swapchain *s);

#endif
