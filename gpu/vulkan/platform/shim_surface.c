//go:build cgo

#include <stdlib.h>
#include <string.h>

#include "shim_surface.h"

enum { most_images = 16, acquire_nanoseconds = 100000000 };

struct sg_swapchain {
	sg_instance *inst;
	sg_device *dev;
	VkDispatchable physical, commands;
	VkNonDispatchable surface, handle, pool, fence, acquired;
	VkNonDispatchable images[most_images], copied[most_images]; // copied: a semaphore for each image
	uint32_t count, width, height;
	int32_t format;
	VkResult (*get_capabilities)(VkDispatchable, VkNonDispatchable, VkSurfaceCapabilities *);
	VkResult (*get_formats)(VkDispatchable, VkNonDispatchable, uint32_t *, VkSurfaceFormat *);
	VkResult (*create)(VkDispatchable, const VkSwapchainCreateInfo *, const void *, VkNonDispatchable *);
	void (*destroy)(VkDispatchable, VkNonDispatchable, const void *);
	VkResult (*get_images)(VkDispatchable, VkNonDispatchable, uint32_t *, VkNonDispatchable *);
	VkResult (*acquire)(VkDispatchable, VkNonDispatchable, uint64_t, VkNonDispatchable, VkNonDispatchable, uint32_t *);
	VkResult (*present)(VkDispatchable, const VkPresentInfo *);
	VkResult (*create_semaphore)(VkDispatchable, const VkFlagsCreateInfo *, const void *, VkNonDispatchable *);
	void (*destroy_semaphore)(VkDispatchable, VkNonDispatchable, const void *);
	void (*copy_to_image)(VkDispatchable, VkNonDispatchable, VkNonDispatchable, int32_t, uint32_t, const VkBufferImageCopy *);
};

int sg_surface_supported(sg_instance *inst, VkDispatchable physical, uint32_t family, VkNonDispatchable surface) {
	VkResult (*supported)(VkDispatchable, uint32_t, VkNonDispatchable, uint32_t *);
	uint32_t yes = 0;
	sg_speaker = NULL;
	return sg_set(&supported, inst->get_proc(inst->handle, "vkGetPhysicalDeviceSurfaceSupportKHR")) && supported(physical, family, surface, &yes) == VK_SUCCESS && yes;
}

void sg_surface_destroy(sg_instance *inst, VkNonDispatchable surface) {
	void (*destroy)(VkDispatchable, VkNonDispatchable, const void *);
	sg_speaker = NULL;
	if (sg_set(&destroy, inst->get_proc(inst->handle, "vkDestroySurfaceKHR")))
		destroy(inst->handle, surface, NULL);
}

static int load_functions(sg_swapchain *s) {
	const struct {
		void *at;
		const char *name;
	} wanted[] = {
		{&s->create, "vkCreateSwapchainKHR"},
		{&s->destroy, "vkDestroySwapchainKHR"},
		{&s->get_images, "vkGetSwapchainImagesKHR"},
		{&s->acquire, "vkAcquireNextImageKHR"},
		{&s->present, "vkQueuePresentKHR"},
		{&s->create_semaphore, "vkCreateSemaphore"},
		{&s->destroy_semaphore, "vkDestroySemaphore"},
		{&s->copy_to_image, "vkCmdCopyBufferToImage"},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!sg_set(wanted[i].at, s->inst->get_device_proc(s->dev->handle, wanted[i].name)))
			return 0;
	return sg_set(&s->get_capabilities, s->inst->get_proc(s->inst->handle, "vkGetPhysicalDeviceSurfaceCapabilitiesKHR")) &&
		sg_set(&s->get_formats, s->inst->get_proc(s->inst->handle, "vkGetPhysicalDeviceSurfaceFormatsKHR"));
}

static VkResult semaphore(sg_swapchain *s, VkNonDispatchable *out) {
	VkFlagsCreateInfo info = {.sType = VK_ST_SEMAPHORE_CREATE_INFO};
	return s->create_semaphore(s->dev->handle, &info, NULL, out);
}

sg_swapchain *sg_swapchain_new(sg_instance *inst, VkDispatchable physical, sg_device *dev, uint32_t family, VkNonDispatchable surface) {
	sg_swapchain *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->inst = inst;
	s->dev = dev;
	s->physical = physical;
	s->surface = surface;
	sg_enter(dev);
	if (load_functions(s) && sg_command_pool_create(dev, family, &s->pool) == VK_SUCCESS && sg_command_buffer_allocate(dev, s->pool, &s->commands) == VK_SUCCESS &&
		sg_fence_create(dev, &s->fence) == VK_SUCCESS && semaphore(s, &s->acquired) == VK_SUCCESS)
		return s;
	sg_swapchain_free(s);
	return NULL;
}

// drop destroys the images.
static void drop(sg_swapchain *s) {
	sg_enter(s->dev);
	for (uint32_t i = 0; i < s->count; i++)
		if (s->copied[i])
			s->destroy_semaphore(s->dev->handle, s->copied[i], NULL);
	if (s->handle)
		s->destroy(s->dev->handle, s->handle, NULL);
	memset(s->copied, 0, sizeof s->copied);
	s->handle = 0;
	s->count = s->width = s->height = 0;
}

// choose_format takes one of four bytes that hold a pixel as the screen wants it; an sRGB format is given the same bytes.
static VkResult choose_format(sg_swapchain *s, VkSurfaceFormat *out) {
	static const int32_t good[] = {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_R8G8B8A8_SRGB};
	VkSurfaceFormat list[64];
	uint32_t n = sizeof list / sizeof *list;
	VkResult r = s->get_formats(s->physical, s->surface, &n, list);
	if (r < VK_SUCCESS)
		return r;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		for (uint32_t j = 0; j < n; j++)
			if (list[j].format == good[i]) {
				*out = list[j];
				return VK_SUCCESS;
			}
	return VK_ERROR_FORMAT_NOT_SUPPORTED;
}

static uint32_t within(uint32_t v, uint32_t lo, uint32_t hi) { return v < lo ? lo : v > hi ? hi : v; }

// create makes the swapchain of s->width × s->height.
static VkResult create(sg_swapchain *s, const VkSurfaceCapabilities *caps) {
	VkSurfaceFormat format;
	VkResult r = choose_format(s, &format);
	if (r != VK_SUCCESS)
		return r;
	uint32_t images = caps->minImages + 1;
	if (caps->maxImages && images > caps->maxImages)
		images = caps->maxImages;
	s->format = format.format;
	VkSwapchainCreateInfo info = {
		.sType = VK_ST_SWAPCHAIN_CREATE_INFO,
		.surface = s->surface,
		.minImages = images,
		.format = format.format,
		.colorSpace = format.colorSpace,
		.width = s->width,
		.height = s->height,
		.layers = 1,
		.usage = VK_IMAGE_USAGE_TRANSFER_DST,
		.transform = caps->currentTransform,
		.compositeAlpha = caps->compositeAlpha & 1 ? 1 : caps->compositeAlpha & -caps->compositeAlpha,
		.presentMode = VK_PRESENT_MODE_FIFO,
		.clipped = 1,
	};
	return s->create(s->dev->handle, &info, NULL, &s->handle);
}

VkResult sg_swapchain_build(sg_swapchain *s, uint32_t width, uint32_t height) {
	sg_wait_idle(s->dev);
	drop(s);
	VkSurfaceCapabilities caps;
	VkResult r = s->get_capabilities(s->physical, s->surface, &caps);
	if (r != VK_SUCCESS)
		return r;
	if (!(caps.usage & VK_IMAGE_USAGE_TRANSFER_DST))
		return VK_ERROR_FORMAT_NOT_SUPPORTED;
	int free_size = caps.width == UINT32_MAX;
	uint32_t w = free_size ? within(width, caps.minWidth, caps.maxWidth) : caps.width;
	uint32_t h = free_size ? within(height, caps.minHeight, caps.maxHeight) : caps.height;
	if (!w || !h || (free_size && (!width || !height)))
		return VK_SUCCESS;
	s->width = w;
	s->height = h;
	r = create(s, &caps);
	uint32_t count = most_images;
	if (r == VK_SUCCESS)
		r = s->get_images(s->dev->handle, s->handle, &count, s->images);
	for (uint32_t i = 0; r == VK_SUCCESS && i < count; i++, s->count++)
		r = semaphore(s, &s->copied[i]);
	if (r != VK_SUCCESS)
		drop(s);
	return r == VK_INCOMPLETE ? VK_ERROR_INITIALIZATION_FAILED : r;
}

void sg_swapchain_size(const sg_swapchain *s, uint32_t *width, uint32_t *height, int *blue_first) {
	*width = s->width;
	*height = s->height;
	*blue_first = s->format == VK_FORMAT_B8G8R8A8_UNORM || s->format == VK_FORMAT_B8G8R8A8_SRGB;
}

// record writes the copy of the pixels to an image.
static VkResult record(sg_swapchain *s, VkNonDispatchable pixels, VkNonDispatchable image) {
	sg_device *d = s->dev;
	VkCommandBufferBeginInfo info = {.sType = VK_ST_COMMAND_BUFFER_BEGIN_INFO, .flags = 1};
	VkResult r = d->begin(s->commands, &info);
	if (r != VK_SUCCESS)
		return r;
	VkMemoryBarrier written = {.sType = VK_ST_MEMORY_BARRIER, .src = VK_ACCESS_SHADER_WRITE, .dst = VK_ACCESS_TRANSFER_READ};
	VkImageMemoryBarrier b = {.sType = VK_ST_IMAGE_MEMORY_BARRIER, .dst = VK_ACCESS_TRANSFER_WRITE, .newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST,
		.srcFamily = UINT32_MAX, .dstFamily = UINT32_MAX, .image = image, .aspect = 1, .levels = 1, .layers = 1};
	d->barrier(s->commands, VK_PIPELINE_STAGE_COMPUTE_SHADER | VK_PIPELINE_STAGE_TRANSFER, VK_PIPELINE_STAGE_TRANSFER, 0, 1, &written, 0, NULL, 1, &b);
	VkBufferImageCopy region = {.aspect = 1, .layers = 1, .width = s->width, .height = s->height, .depth = 1};
	s->copy_to_image(s->commands, pixels, image, VK_IMAGE_LAYOUT_TRANSFER_DST, 1, &region);
	b.src = VK_ACCESS_TRANSFER_WRITE;
	b.dst = 0;
	b.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_DST;
	b.newLayout = VK_IMAGE_LAYOUT_PRESENT_SRC;
	d->barrier(s->commands, VK_PIPELINE_STAGE_TRANSFER, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE, 0, 0, NULL, 0, NULL, 1, &b);
	return d->end(s->commands);
}

VkResult sg_swapchain_present(sg_swapchain *s, VkNonDispatchable pixels) {
	sg_device *d = s->dev;
	sg_enter(d);
	if (!s->handle)
		return VK_ERROR_OUT_OF_DATE;
	uint32_t image = 0;
	VkResult got = s->acquire(d->handle, s->handle, acquire_nanoseconds, s->acquired, 0, &image);
	if (got != VK_SUCCESS && got != VK_SUBOPTIMAL)
		return got;
	VkResult r = record(s, pixels, s->images[image]);
	if (r == VK_SUCCESS)
		r = d->reset_fences(d->handle, 1, &s->fence);
	VkFlags32 stage = VK_PIPELINE_STAGE_TRANSFER;
	VkSubmitInfo submit = {.sType = VK_ST_SUBMIT_INFO, .waitCount = 1, .waits = &s->acquired, .waitStages = &stage, .commandCount = 1,
		.commands = &s->commands, .signalCount = 1, .signals = &s->copied[image]};
	if (r == VK_SUCCESS)
		r = d->submit(d->queue, 1, &submit, s->fence);
	VkPresentInfo present = {.sType = VK_ST_PRESENT_INFO, .waitCount = 1, .waits = &s->copied[image], .swapchainCount = 1, .swapchains = &s->handle, .images = &image};
	if (r == VK_SUCCESS)
		r = s->present(d->queue, &present);
	if (r >= VK_SUCCESS || r == VK_ERROR_OUT_OF_DATE) {
		VkResult waited = d->wait(d->handle, 1, &s->fence, 1, UINT64_MAX);
		r = waited == VK_SUCCESS ? r : waited;
	}
	return r == VK_SUCCESS ? got : r;
}

void sg_swapchain_free(sg_swapchain *s) {
	sg_device *d = s->dev;
	sg_wait_idle(d);
	if (s->destroy)
		drop(s);
	sg_enter(d);
	if (s->acquired)
		s->destroy_semaphore(d->handle, s->acquired, NULL);
	if (s->fence)
		sg_destroy(d, SG_FENCE, s->fence);
	if (s->pool)
		sg_destroy(d, SG_COMMAND_POOL, s->pool);
	free(s);
}
