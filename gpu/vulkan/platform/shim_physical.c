//go:build cgo

#include <stdlib.h>
#include <string.h>

#include "shim.h"

static VkResult find_extensions(sg_instance *inst, VkDispatchable physical, sg_physical *out) {
	uint32_t count = 0;
	VkResult r = inst->enumerate_extensions(physical, NULL, &count, NULL);
	if (r != VK_SUCCESS || !count)
		return r;
	VkExtensionProperties *list = calloc(count, sizeof *list);
	if (!list)
		return VK_ERROR_OUT_OF_HOST_MEMORY;
	r = inst->enumerate_extensions(physical, NULL, &count, list);
	for (uint32_t i = 0; r >= VK_SUCCESS && i < count; i++) {
		if (!strcmp(list[i].name, "VK_EXT_memory_budget"))
			out->has_memory_budget = 1;
		if (!strcmp(list[i].name, "VK_KHR_swapchain"))
			out->has_swapchain = 1;
		if (!strcmp(list[i].name, "VK_KHR_portability_subset"))
			out->has_portability_subset = 1;
		if (!strcmp(list[i].name, "VK_KHR_buffer_device_address"))
			out->has_addresses = 1;
		if (!strcmp(list[i].name, "VK_KHR_driver_properties"))
			out->driver.sType = VK_ST_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
		if (!strcmp(list[i].name, "VK_NV_shader_sm_builtins"))
			out->nvidia.sType = VK_ST_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV;
		if (!strcmp(list[i].name, "VK_AMD_shader_core_properties"))
			out->amd.sType = VK_ST_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD;
	}
	free(list);
	return r < VK_SUCCESS ? r : VK_SUCCESS;
}

// find_addresses leaves has_addresses set on a processor that has the extension and its feature.
static void find_addresses(sg_instance *inst, VkDispatchable physical, sg_physical *out) {
	enum { processor = 4 }; // VK_PHYSICAL_DEVICE_TYPE_CPU
	if (!inst->get_features2 || out->properties.deviceType != processor || out->properties.apiVersion < (1u << 22 | 1u << 12))
		out->has_addresses = 0;
	if (!out->has_addresses)
		return;
	VkPhysicalDeviceBufferDeviceAddressFeatures addresses = {.sType = VK_ST_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES};
	VkPhysicalDeviceFeatures2 all = {.sType = VK_ST_PHYSICAL_DEVICE_FEATURES_2, .pNext = &addresses};
	inst->get_features2(physical, &all);
	out->has_addresses = addresses.bufferDeviceAddress != 0;
}

VkResult sg_physical_describe(sg_instance *inst, VkDispatchable physical, sg_physical *out) {
	memset(out, 0, sizeof *out);
	sg_speaker = NULL;
	VkResult r = find_extensions(inst, physical, out);
	if (r != VK_SUCCESS)
		return r;
	inst->get_properties(physical, &out->properties);
	inst->get_memory(physical, &out->memory);
	VkPhysicalDeviceFeatures features;
	inst->get_features(physical, &features);
	out->has_int64 = features.shaderInt64 != 0;
	find_addresses(inst, physical, out);
	out->family_count = sizeof out->families / sizeof *out->families;
	inst->get_families(physical, &out->family_count, out->families);
	if (!inst->get_properties2 || out->properties.apiVersion < (1u << 22 | 1u << 12))
		return VK_SUCCESS;

	VkPhysicalDeviceProperties2 all = {.sType = VK_ST_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &out->id};
	out->id.sType = VK_ST_PHYSICAL_DEVICE_ID_PROPERTIES;
	out->id.pNext = &out->subgroup;
	out->subgroup.sType = VK_ST_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
	out->subgroup.pNext = &out->maintenance3;
	out->maintenance3.sType = VK_ST_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
	// Core since 1.2, an extension before.
	if (out->driver.sType)
		out->maintenance3.pNext = &out->driver;
	void **next = out->driver.sType ? &out->driver.pNext : &out->maintenance3.pNext;
	if (out->nvidia.sType) {
		*next = &out->nvidia;
		next = &out->nvidia.pNext;
	}
	if (out->amd.sType)
		*next = &out->amd;
	inst->get_properties2(physical, &all);
	out->id.pNext = out->subgroup.pNext = out->maintenance3.pNext = out->driver.pNext = out->nvidia.pNext = NULL;
	return VK_SUCCESS;
}

int sg_memory_budget(sg_instance *inst, VkDispatchable physical, const sg_physical *about, uint64_t budget[16], uint64_t usage[16]) {
	if (!about->has_memory_budget || !inst->get_memory2)
		return 0;
	VkMemoryBudgetProperties b = {.sType = VK_ST_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES};
	VkMemoryProperties2 all = {.sType = VK_ST_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &b};
	sg_speaker = NULL;
	inst->get_memory2(physical, &all);
	memcpy(budget, b.budget, sizeof b.budget);
	memcpy(usage, b.usage, sizeof b.usage);
	return 1;
}
