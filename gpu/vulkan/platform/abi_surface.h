// The part of Vulkan's binary interface that windows need; see abi.h.
#ifndef SPECTRAL_VULKAN_ABI_SURFACE_H
#define SPECTRAL_VULKAN_ABI_SURFACE_H

#include "abi.h"

enum {
	VK_NOT_READY = 1,
	VK_TIMEOUT = 2,
	VK_SUBOPTIMAL = 1000001003,
	VK_ERROR_FORMAT_NOT_SUPPORTED = -11,
	VK_ERROR_OUT_OF_DATE = -1000001004,
};

enum {
	VK_ST_SEMAPHORE_CREATE_INFO = 9,
	VK_ST_IMAGE_MEMORY_BARRIER = 45,
	VK_ST_SWAPCHAIN_CREATE_INFO = 1000001000,
	VK_ST_PRESENT_INFO = 1000001001,
};

enum {
	VK_FORMAT_R8G8B8A8_UNORM = 37,
	VK_FORMAT_R8G8B8A8_SRGB = 43,
	VK_FORMAT_B8G8R8A8_UNORM = 44,
	VK_FORMAT_B8G8R8A8_SRGB = 50,
	VK_IMAGE_USAGE_TRANSFER_DST = 2,
	VK_IMAGE_LAYOUT_TRANSFER_DST = 7,
	VK_IMAGE_LAYOUT_PRESENT_SRC = 1000001002,
	VK_PRESENT_MODE_FIFO = 2,
	VK_ACCESS_SHADER_WRITE = 0x40,
	VK_ACCESS_TRANSFER_READ = 0x800,
	VK_ACCESS_TRANSFER_WRITE = 0x1000,
};

typedef struct {
	uint32_t minImages, maxImages;
	uint32_t width, height; // the surface's; UINT32_MAX: it takes the swapchain's
	uint32_t minWidth, minHeight, maxWidth, maxHeight;
	uint32_t maxLayers;
	VkFlags32 transforms, currentTransform, compositeAlpha, usage;
} VkSurfaceCapabilities;

typedef struct {
	int32_t format, colorSpace;
} VkSurfaceFormat;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	VkNonDispatchable surface;
	uint32_t minImages;
	int32_t format, colorSpace;
	uint32_t width, height, layers;
	VkFlags32 usage, sharingMode;
	uint32_t familyCount;
	const uint32_t *families;
	VkFlags32 transform, compositeAlpha;
	uint32_t presentMode, clipped;
	VkNonDispatchable old;
} VkSwapchainCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	uint32_t waitCount;
	const VkNonDispatchable *waits;
	uint32_t swapchainCount;
	const VkNonDispatchable *swapchains;
	const uint32_t *images;
	VkResult *results;
} VkPresentInfo;

// VkSemaphoreCreateInfo and others that have flags alone.
typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
} VkFlagsCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 src, dst;
	int32_t oldLayout, newLayout;
	uint32_t srcFamily, dstFamily;
	VkNonDispatchable image;
	uint32_t aspect, level, levels, layer, layers;
} VkImageMemoryBarrier;

typedef struct {
	uint64_t offset;
	uint32_t rowLength, imageHeight;
	uint32_t aspect, level, layer, layers;
	int32_t x, y, z;
	uint32_t width, height, depth;
} VkBufferImageCopy;

#endif
