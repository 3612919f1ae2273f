//go:build cgo

#include "shim.h"

VkResult sg_command_pool_create(sg_device *dev, uint32_t family, VkNonDispatchable *out) {
	VkCommandPoolCreateInfo info = {.sType = VK_ST_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER, .family = family};
	sg_enter(dev);
	return dev->create_command_pool(dev->handle, &info, NULL, out);
}

VkResult sg_command_buffer_allocate(sg_device *dev, VkNonDispatchable pool, VkDispatchable *out) {
	VkCommandBufferAllocateInfo info = {.sType = VK_ST_COMMAND_BUFFER_ALLOCATE_INFO, .pool = pool, .count = 1};
	sg_enter(dev);
	return dev->allocate_commands(dev->handle, &info, out);
}

void sg_command_buffer_free(sg_device *dev, VkNonDispatchable pool, VkDispatchable buffer) {
	sg_enter(dev);
	dev->free_commands(dev->handle, pool, 1, &buffer);
}

VkResult sg_fence_create(sg_device *dev, VkNonDispatchable *out) {
	VkFenceCreateInfo info = {.sType = VK_ST_FENCE_CREATE_INFO};
	sg_enter(dev);
	return dev->create_fence(dev->handle, &info, NULL, out);
}

VkResult sg_queries_create(sg_device *dev, uint32_t count, VkNonDispatchable *out) {
	VkQueryPoolCreateInfo info = {.sType = VK_ST_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = count};
	sg_enter(dev);
	return dev->create_queries(dev->handle, &info, NULL, out);
}

VkResult sg_buffer_create(sg_device *dev, uint64_t size, VkNonDispatchable *out, VkMemoryRequirements *needs) {
	VkBufferCreateInfo info = {
		.sType = VK_ST_BUFFER_CREATE_INFO,
		.size = size,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER | VK_BUFFER_USAGE_TRANSFER_SRC | VK_BUFFER_USAGE_TRANSFER_DST | (dev->buffer_address ? VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS : 0),
	};
	sg_enter(dev);
	VkResult r = dev->create_buffer(dev->handle, &info, NULL, out);
	if (r == VK_SUCCESS)
		dev->get_requirements(dev->handle, *out, needs);
	return r;
}

VkResult sg_memory_allocate(sg_device *dev, uint64_t size, uint32_t type, VkNonDispatchable *out) {
	const VkMemoryAllocateFlagsInfo flags = {.sType = VK_ST_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS};
	VkMemoryAllocateInfo info = {.sType = VK_ST_MEMORY_ALLOCATE_INFO, .pNext = dev->buffer_address ? &flags : NULL, .size = size, .typeIndex = type};
	sg_enter(dev);
	return dev->allocate_memory(dev->handle, &info, NULL, out);
}

VkResult sg_buffer_bind(sg_device *dev, VkNonDispatchable buffer, VkNonDispatchable memory) {
	sg_enter(dev);
	return dev->bind_buffer(dev->handle, buffer, memory, 0);
}

uint64_t sg_buffer_address(sg_device *dev, VkNonDispatchable buffer) {
	VkBufferDeviceAddressInfo info = {.sType = VK_ST_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer};
	sg_enter(dev);
	return dev->buffer_address ? dev->buffer_address(dev->handle, &info) : 0;
}

VkResult sg_memory_map(sg_device *dev, VkNonDispatchable memory, void **out) {
	sg_enter(dev);
	return dev->map(dev->handle, memory, 0, UINT64_MAX, 0, out); // VK_WHOLE_SIZE
}

VkResult sg_module_create(sg_device *dev, const uint32_t *code, size_t words, VkNonDispatchable *out) {
	VkDataCreateInfo info = {.sType = VK_ST_SHADER_MODULE_CREATE_INFO, .size = 4 * words, .data = code};
	sg_enter(dev);
	return dev->create_module(dev->handle, &info, NULL, out);
}

VkResult sg_cache_create(sg_device *dev, const void *data, size_t size, VkNonDispatchable *out) {
	VkDataCreateInfo info = {.sType = VK_ST_PIPELINE_CACHE_CREATE_INFO, .size = size, .data = data};
	sg_enter(dev);
	return dev->create_cache(dev->handle, &info, NULL, out);
}

VkResult sg_cache_data(sg_device *dev, VkNonDispatchable cache, size_t *size, void *data) {
	sg_enter(dev);
	return dev->cache_data(dev->handle, cache, size, data);
}
