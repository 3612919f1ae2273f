//go:build cgo

#include <stdlib.h>
#include <string.h>

#include "shim.h"

// load_functions finds everything the shim calls on a device; 0 if one is missing.
static int load_functions(sg_instance *inst, sg_device *d) {
	const struct {
		void *at;
		const char *name;
	} wanted[] = {
		{&d->destroy_device, "vkDestroyDevice"},
		{&d->wait_idle, "vkDeviceWaitIdle"},
		{&d->get_queue, "vkGetDeviceQueue"},
		{&d->destroy[SG_COMMAND_POOL], "vkDestroyCommandPool"},
		{&d->destroy[SG_FENCE], "vkDestroyFence"},
		{&d->destroy[SG_QUERIES], "vkDestroyQueryPool"},
		{&d->destroy[SG_BUFFER], "vkDestroyBuffer"},
		{&d->destroy[SG_MEMORY], "vkFreeMemory"},
		{&d->destroy[SG_MODULE], "vkDestroyShaderModule"},
		{&d->destroy[SG_CACHE], "vkDestroyPipelineCache"},
		{&d->destroy[SG_SET_LAYOUT], "vkDestroyDescriptorSetLayout"},
		{&d->destroy[SG_PIPELINE_LAYOUT], "vkDestroyPipelineLayout"},
		{&d->destroy[SG_PIPELINE], "vkDestroyPipeline"},
		{&d->destroy[SG_DESCRIPTOR_POOL], "vkDestroyDescriptorPool"},
		{&d->create_command_pool, "vkCreateCommandPool"},
		{&d->allocate_commands, "vkAllocateCommandBuffers"},
		{&d->free_commands, "vkFreeCommandBuffers"},
		{&d->create_fence, "vkCreateFence"},
		{&d->create_queries, "vkCreateQueryPool"},
		{&d->create_buffer, "vkCreateBuffer"},
		{&d->get_requirements, "vkGetBufferMemoryRequirements"},
		{&d->allocate_memory, "vkAllocateMemory"},
		{&d->bind_buffer, "vkBindBufferMemory"},
		{&d->map, "vkMapMemory"},
		{&d->create_module, "vkCreateShaderModule"},
		{&d->create_cache, "vkCreatePipelineCache"},
		{&d->cache_data, "vkGetPipelineCacheData"},
		{&d->create_set_layout, "vkCreateDescriptorSetLayout"},
		{&d->create_pipeline_layout, "vkCreatePipelineLayout"},
		{&d->create_pipelines, "vkCreateComputePipelines"},
		{&d->create_pool, "vkCreateDescriptorPool"},
		{&d->allocate_sets, "vkAllocateDescriptorSets"},
		{&d->update_sets, "vkUpdateDescriptorSets"},
		{&d->begin, "vkBeginCommandBuffer"},
		{&d->end, "vkEndCommandBuffer"},
		{&d->bind_pipeline, "vkCmdBindPipeline"},
		{&d->bind_sets, "vkCmdBindDescriptorSets"},
		{&d->push, "vkCmdPushConstants"},
		{&d->dispatch, "vkCmdDispatch"},
		{&d->copy, "vkCmdCopyBuffer"},
		{&d->fill, "vkCmdFillBuffer"},
		{&d->barrier, "vkCmdPipelineBarrier"},
		{&d->reset_queries, "vkCmdResetQueryPool"},
		{&d->timestamp, "vkCmdWriteTimestamp"},
		{&d->query_results, "vkGetQueryPoolResults"},
		{&d->submit, "vkQueueSubmit"},
		{&d->wait, "vkWaitForFences"},
		{&d->reset_fences, "vkResetFences"},
		{&d->flush, "vkFlushMappedMemoryRanges"},
		{&d->invalidate, "vkInvalidateMappedMemoryRanges"},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!sg_set(wanted[i].at, inst->get_device_proc(d->handle, wanted[i].name)))
			return 0;
	return 1;
}

// find_addresses finds what tells where a buffer begins; 0 if it is missing.
static int find_addresses(sg_instance *inst, sg_device *d) {
	return sg_set(&d->buffer_address, inst->get_device_proc(d->handle, "vkGetBufferDeviceAddressKHR"));
}

VkResult sg_device_create(sg_instance *inst, VkDispatchable physical, const sg_physical *about, uint32_t family, int presenting, sg_device *out) {
	memset(out, 0, sizeof *out);
	const float priority = 1;
	const char *extensions[3];
	uint32_t extension_count = 0;
	if (about->has_portability_subset)
		extensions[extension_count++] = "VK_KHR_portability_subset";
	if (presenting)
		extensions[extension_count++] = "VK_KHR_swapchain";
	if (about->has_addresses)
		extensions[extension_count++] = "VK_KHR_buffer_device_address";
	const VkPhysicalDeviceBufferDeviceAddressFeatures addresses = {.sType = VK_ST_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES, .bufferDeviceAddress = 1};
	VkDeviceQueueCreateInfo queue = {.sType = VK_ST_DEVICE_QUEUE_CREATE_INFO, .family = family, .count = 1, .priorities = &priority};
	const VkPhysicalDeviceFeatures features = {.shaderInt64 = about->has_int64 ? 1 : 0};
	VkDeviceCreateInfo info = {
		.sType = VK_ST_DEVICE_CREATE_INFO,
		.pNext = about->has_addresses ? &addresses : NULL,
		.queueCount = 1,
		.queues = &queue,
		.extensionCount = extension_count,
		.extensions = extensions,
		.features = &features,
	};
	if (inst->messages && !(out->messages = sg_messages_new()))
		return VK_ERROR_OUT_OF_HOST_MEMORY;
	sg_enter(out);
	VkResult r = inst->create_device(physical, &info, NULL, &out->handle);
	if (r != VK_SUCCESS)
		return r;
	if (!load_functions(inst, out) || (about->has_addresses && !find_addresses(inst, out))) {
		sg_device_destroy(out);
		return VK_ERROR_INITIALIZATION_FAILED;
	}
	out->get_queue(out->handle, family, 0, &out->queue);
	return VK_SUCCESS;
}

void sg_device_destroy(sg_device *dev) {
	sg_enter(dev);
	if (dev->handle && dev->destroy_device)
		dev->destroy_device(dev->handle, NULL);
	dev->handle = NULL;
	sg_speaker = NULL;
}

void sg_device_free(sg_device *dev) {
	sg_messages_free(dev->messages);
	free(dev);
}

VkResult sg_wait_idle(sg_device *dev) {
	sg_enter(dev);
	return dev->wait_idle(dev->handle);
}

void sg_destroy(sg_device *dev, int kind, VkNonDispatchable object) {
	sg_enter(dev);
	dev->destroy[kind](dev->handle, object, NULL);
}

enum { max_bindings = 64, max_spec = 64 };

VkResult sg_set_layout_create(sg_device *dev, uint32_t bindings, VkNonDispatchable *out) {
	VkDescriptorSetLayoutBinding list[max_bindings];
	if (bindings > max_bindings)
		return VK_ERROR_INITIALIZATION_FAILED;
	for (uint32_t i = 0; i < bindings; i++)
		list[i] = (VkDescriptorSetLayoutBinding){.binding = i, .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .count = 1, .stages = VK_SHADER_STAGE_COMPUTE};
	VkDescriptorSetLayoutCreateInfo info = {.sType = VK_ST_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = bindings, .bindings = list};
	sg_enter(dev);
	return dev->create_set_layout(dev->handle, &info, NULL, out);
}

VkResult sg_pipeline_layout_create(sg_device *dev, VkNonDispatchable set_layout, uint32_t push_bytes, VkNonDispatchable *out) {
	VkPushConstantRange range = {.stages = VK_SHADER_STAGE_COMPUTE, .size = push_bytes};
	VkPipelineLayoutCreateInfo info = {
		.sType = VK_ST_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.setLayouts = &set_layout,
		.rangeCount = push_bytes ? 1 : 0,
		.ranges = &range,
	};
	sg_enter(dev);
	return dev->create_pipeline_layout(dev->handle, &info, NULL, out);
}

VkResult sg_pipeline_create(sg_device *dev, VkNonDispatchable cache, VkNonDispatchable module, VkNonDispatchable layout,
	uint32_t spec_count, const uint32_t *spec_ids, const uint32_t *spec_bits, VkNonDispatchable *out) {
	VkSpecializationMapEntry entries[max_spec];
	if (spec_count > max_spec)
		return VK_ERROR_INITIALIZATION_FAILED;
	for (uint32_t i = 0; i < spec_count; i++)
		entries[i] = (VkSpecializationMapEntry){.id = spec_ids[i], .offset = 4 * i, .size = 4};
	VkSpecializationInfo spec = {.entryCount = spec_count, .entries = entries, .dataSize = 4 * spec_count, .data = spec_bits};
	VkComputePipelineCreateInfo info = {
		.sType = VK_ST_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_ST_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE,
			.module = module,
			.name = "main",
			.specialization = spec_count ? &spec : NULL,
		},
		.layout = layout,
		.baseIndex = -1,
	};
	sg_enter(dev);
	return dev->create_pipelines(dev->handle, cache, 1, &info, NULL, out);
}

VkResult sg_descriptor_sets(sg_device *dev, uint32_t descriptors, uint32_t sets, const VkNonDispatchable *layouts, VkNonDispatchable *pool, VkNonDispatchable *out) {
	VkDescriptorPoolSize size = {.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .count = descriptors};
	VkDescriptorPoolCreateInfo info = {.sType = VK_ST_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = sets, .sizeCount = 1, .sizes = &size};
	sg_enter(dev);
	VkResult r = dev->create_pool(dev->handle, &info, NULL, pool);
	if (r != VK_SUCCESS)
		return r;
	VkDescriptorSetAllocateInfo alloc = {.sType = VK_ST_DESCRIPTOR_SET_ALLOCATE_INFO, .pool = *pool, .count = sets, .layouts = layouts};
	return dev->allocate_sets(dev->handle, &alloc, out);
}

void sg_descriptors_write(sg_device *dev, uint32_t count, const sg_descriptor *list) {
	sg_enter(dev);
	enum { batch = 64 };
	VkDescriptorBufferInfo buffers[batch];
	VkWriteDescriptorSet writes[batch];
	for (uint32_t at = 0; at < count; at += batch) {
		uint32_t n = count - at < batch ? count - at : batch;
		for (uint32_t i = 0; i < n; i++) {
			const sg_descriptor *d = &list[at + i];
			buffers[i] = (VkDescriptorBufferInfo){.buffer = d->buffer, .offset = d->offset, .range = d->range};
			writes[i] = (VkWriteDescriptorSet){.sType = VK_ST_WRITE_DESCRIPTOR_SET, .set = d->set, .binding = d->binding,
				.count = 1, .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .buffers = &buffers[i]};
		}
		dev->update_sets(dev->handle, n, writes, 0, NULL);
	}
}
