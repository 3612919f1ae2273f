//go:build cgo

#include "radv.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

struct ss_device {
	VkDispatchable instance, device;
	PFN_getProc deviceProc;
	void (*destroyInstance)(VkDispatchable, const void *);
};

static int say(char *fault, const char *what, VkResult result) {
	snprintf(fault, SS_TEXT, "%s: result %d", what, result);
	return -1;
}

// create_instance makes an instance through the loader's vkGetInstanceProcAddr.
static VkDispatchable create_instance(PFN_getProc getProc, char *fault) {
	VkResult (*create)(const VkInstanceCreateInfo *, const void *, VkDispatchable *) = (void *)getProc(NULL, "vkCreateInstance");
	VkApplicationInfo app = {.sType = VK_ST_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2};
	VkInstanceCreateInfo info = {.sType = VK_ST_INSTANCE_CREATE_INFO, .app = &app};
	VkDispatchable instance = NULL;
	VkResult result = create(&info, NULL, &instance);
	if (result != VK_SUCCESS) {
		say(fault, "vkCreateInstance", result);
		return NULL;
	}
	return instance;
}

// find_radv returns the first physical device whose driver is RADV.
static VkDispatchable find_radv(PFN_getProc getProc, VkDispatchable instance, char *name, char *info, char *fault) {
	VkResult (*enumerate)(VkDispatchable, uint32_t *, VkDispatchable *) = (void *)getProc(instance, "vkEnumeratePhysicalDevices");
	void (*properties)(VkDispatchable, VkPhysicalDeviceProperties2 *) = (void *)getProc(instance, "vkGetPhysicalDeviceProperties2");
	VkDispatchable devices[16];
	uint32_t count = 16;
	VkResult result = enumerate(instance, &count, devices);
	if (result != VK_SUCCESS && result != VK_INCOMPLETE) {
		say(fault, "vkEnumeratePhysicalDevices", result);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		VkPhysicalDeviceDriverProperties driver = {.sType = VK_ST_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
		VkPhysicalDeviceProperties2 p = {.sType = VK_ST_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};
		properties(devices[i], &p);
		if (driver.driverID == VK_DRIVER_ID_MESA_RADV) {
			snprintf(name, SS_TEXT, "%.255s", p.properties.deviceName);
			snprintf(info, SS_TEXT, "%.255s", driver.driverInfo);
			return devices[i];
		}
	}
	snprintf(fault, SS_TEXT, "none of %u Vulkan devices is one of RADV", count);
	return NULL;
}

// create_device opens a device that tells about its pipelines.
static VkDispatchable create_device(PFN_getProc getProc, VkDispatchable instance, VkDispatchable physical, char *fault) {
	VkResult (*create)(VkDispatchable, const VkDeviceCreateInfo *, const void *, VkDispatchable *) =
	    (void *)getProc(instance, "vkCreateDevice");
	const char *extension = "VK_KHR_pipeline_executable_properties";
	VkPipelineExecutableFeatures features = {
	    .sType = VK_ST_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES, .pipelineExecutableInfo = 1};
	const float priority = 1;
	VkDeviceQueueCreateInfo queue = {.sType = VK_ST_DEVICE_QUEUE_CREATE_INFO, .count = 1, .priorities = &priority};
	VkDeviceCreateInfo info = {
	    .sType = VK_ST_DEVICE_CREATE_INFO,
	    .pNext = &features,
	    .queueCount = 1,
	    .queues = &queue,
	    .extensionCount = 1,
	    .extensions = &extension,
	};
	VkDispatchable device = NULL;
	VkResult result = create(physical, &info, NULL, &device);
	if (result != VK_SUCCESS) {
		say(fault, "vkCreateDevice with VK_KHR_pipeline_executable_properties", result);
		return NULL;
	}
	return device;
}

ss_device *ss_open(char *name, char *info, char *fault) {
	void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
	PFN_getProc getProc = library ? (PFN_getProc)dlsym(library, "vkGetInstanceProcAddr") : NULL;
	if (!getProc) {
		snprintf(fault, SS_TEXT, "%.200s: install the package libvulkan1", dlerror());
		return NULL;
	}
	ss_device *d = calloc(1, sizeof *d);
	d->instance = create_instance(getProc, fault);
	if (!d->instance) {
		free(d);
		return NULL;
	}
	d->destroyInstance = (void *)getProc(d->instance, "vkDestroyInstance");
	d->deviceProc = (PFN_getProc)getProc(d->instance, "vkGetDeviceProcAddr");
	VkDispatchable physical = find_radv(getProc, d->instance, name, info, fault);
	if (physical)
		d->device = create_device(getProc, d->instance, physical, fault);
	if (!d->device) {
		ss_close(d);
		return NULL;
	}
	return d;
}

void ss_close(ss_device *d) {
	if (d->device)
		((void (*)(VkDispatchable, const void *))d->deviceProc(d->device, "vkDestroyDevice"))(d->device, NULL);
	d->destroyInstance(d->instance, NULL);
	free(d);
}

// objects are what a compilation makes, 0 what it did not get to.
typedef struct {
	VkNonDispatchable module, set, layout, pipeline;
} objects;

static void destroy(ss_device *d, const char *function, VkNonDispatchable object) {
	void (*f)(VkDispatchable, VkNonDispatchable, const void *) = (void *)d->deviceProc(d->device, function);
	f(d->device, object, NULL);
}

static void destroy_all(ss_device *d, const objects *o) {
	destroy(d, "vkDestroyPipeline", o->pipeline);
	destroy(d, "vkDestroyPipelineLayout", o->layout);
	destroy(d, "vkDestroyDescriptorSetLayout", o->set);
	destroy(d, "vkDestroyShaderModule", o->module);
}

// create calls a vkCreate function of the usual form.
static int create(ss_device *d, const char *function, const void *info, VkNonDispatchable *object, char *fault) {
	VkResult (*f)(VkDispatchable, const void *, const void *, VkNonDispatchable *) = (void *)d->deviceProc(d->device, function);
	VkResult result = f(d->device, info, NULL, object);
	return result == VK_SUCCESS ? 0 : say(fault, function, result);
}

static int create_layout(ss_device *d, const ss_kernel *k, objects *o, char *fault) {
	VkDescriptorSetLayoutBinding *bindings = calloc(k->bindingCount + 1, sizeof *bindings);
	for (uint32_t i = 0; i < k->bindingCount; i++)
		bindings[i] = (VkDescriptorSetLayoutBinding){
		    .binding = i, .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .count = 1, .stages = VK_SHADER_STAGE_COMPUTE};
	VkDescriptorSetLayoutCreateInfo set = {
	    .sType = VK_ST_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = k->bindingCount, .bindings = bindings};
	int bad = create(d, "vkCreateDescriptorSetLayout", &set, &o->set, fault);
	free(bindings);
	VkPushConstantRange range = {.stages = VK_SHADER_STAGE_COMPUTE, .size = k->pushBytes};
	VkPipelineLayoutCreateInfo layout = {
	    .sType = VK_ST_PIPELINE_LAYOUT_CREATE_INFO,
	    .setCount = 1,
	    .sets = &o->set,
	    .rangeCount = k->pushBytes > 0,
	    .ranges = &range,
	};
	return bad ? bad : create(d, "vkCreatePipelineLayout", &layout, &o->layout, fault);
}

static int create_pipeline(ss_device *d, const ss_kernel *k, objects *o, char *fault) {
	VkSpecializationMapEntry *entries = calloc(k->specCount + 1, sizeof *entries);
	for (uint32_t i = 0; i < k->specCount; i++)
		entries[i] = (VkSpecializationMapEntry){.id = k->specIDs[i], .offset = 4 * i, .size = 4};
	VkSpecializationInfo spec = {.entryCount = k->specCount, .entries = entries, .dataSize = 4 * k->specCount, .data = k->spec};
	VkComputePipelineCreateInfo info = {
	    .sType = VK_ST_COMPUTE_PIPELINE_CREATE_INFO,
	    .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS,
	    .stage = {
	        .sType = VK_ST_PIPELINE_SHADER_STAGE_CREATE_INFO,
	        .stage = VK_SHADER_STAGE_COMPUTE,
	        .module = o->module,
	        .name = "main",
	        .specialization = &spec,
	    },
	    .layout = o->layout,
	};
	VkResult (*f)(VkDispatchable, VkNonDispatchable, uint32_t, const VkComputePipelineCreateInfo *, const void *, VkNonDispatchable *) =
	    (void *)d->deviceProc(d->device, "vkCreateComputePipelines");
	VkResult result = f(d->device, 0, 1, &info, NULL, &o->pipeline);
	free(entries);
	return result == VK_SUCCESS ? 0 : say(fault, "vkCreateComputePipelines", result);
}

// query_statistics fills in everything of the report but the assembly. A compute pipeline has one executable.
static int query_statistics(ss_device *d, VkNonDispatchable pipeline, ss_report *report, char *fault) {
	VkPipelineInfo which = {.sType = VK_ST_PIPELINE_INFO, .pipeline = pipeline};
	VkPipelineExecutableProperties p = {.sType = VK_ST_PIPELINE_EXECUTABLE_PROPERTIES};
	uint32_t count = 1;
	VkResult (*properties)(VkDispatchable, const void *, uint32_t *, void *) =
	    (void *)d->deviceProc(d->device, "vkGetPipelineExecutablePropertiesKHR");
	VkResult result = properties(d->device, &which, &count, &p);
	if (result != VK_SUCCESS || count != 1)
		return say(fault, "vkGetPipelineExecutablePropertiesKHR", result);
	report->subgroupSize = p.subgroupSize;

	VkPipelineExecutableInfo executable = {.sType = VK_ST_PIPELINE_EXECUTABLE_INFO, .pipeline = pipeline};
	VkPipelineExecutableStatistic *list = calloc(SS_STATISTICS, sizeof *list);
	for (uint32_t i = 0; i < SS_STATISTICS; i++)
		list[i].sType = VK_ST_PIPELINE_EXECUTABLE_STATISTIC;
	VkResult (*statistics)(VkDispatchable, const void *, uint32_t *, void *) =
	    (void *)d->deviceProc(d->device, "vkGetPipelineExecutableStatisticsKHR");
	count = SS_STATISTICS;
	result = statistics(d->device, &executable, &count, list);
	for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) {
		if (list[i].format != VK_STATISTIC_FORMAT_UINT64)
			continue;
		memcpy(report->names[report->count], list[i].name, SS_TEXT);
		report->values[report->count++] = list[i].value;
	}
	free(list);
	return result == VK_SUCCESS ? 0 : say(fault, "vkGetPipelineExecutableStatisticsKHR", result);
}

enum { REPRESENTATIONS = 16 };

// query_assembly fetches the text of the representation called Assembly.
static int query_assembly(ss_device *d, VkNonDispatchable pipeline, ss_report *report, char *fault) {
	VkPipelineExecutableInfo executable = {.sType = VK_ST_PIPELINE_EXECUTABLE_INFO, .pipeline = pipeline};
	VkPipelineExecutableInternalRepresentation *list = calloc(REPRESENTATIONS, sizeof *list);
	for (uint32_t i = 0; i < REPRESENTATIONS; i++)
		list[i].sType = VK_ST_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION;
	VkResult (*representations)(VkDispatchable, const void *, uint32_t *, void *) =
	    (void *)d->deviceProc(d->device, "vkGetPipelineExecutableInternalRepresentationsKHR");
	uint32_t count = REPRESENTATIONS;
	VkResult result = representations(d->device, &executable, &count, list); // sizes
	for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++)
		list[i].data = calloc(1, list[i].dataSize + 1);
	if (result == VK_SUCCESS)
		result = representations(d->device, &executable, &count, list); // texts
	for (uint32_t i = 0; i < REPRESENTATIONS; i++) {
		if (result == VK_SUCCESS && list[i].isText && strcmp(list[i].name, "Assembly") == 0 && !report->assembly)
			report->assembly = list[i].data;
		else
			free(list[i].data);
	}
	free(list);
	return result == VK_SUCCESS ? 0 : say(fault, "vkGetPipelineExecutableInternalRepresentationsKHR", result);
}

int ss_compile(ss_device *d, const ss_kernel *k, ss_report *report, char *fault) {
	memset(report, 0, sizeof *report);
	objects o = {0};
	VkShaderModuleCreateInfo module = {.sType = VK_ST_SHADER_MODULE_CREATE_INFO, .codeSize = k->codeBytes, .code = k->code};
	int bad = create(d, "vkCreateShaderModule", &module, &o.module, fault);
	bad = bad ? bad : create_layout(d, k, &o, fault);
	bad = bad ? bad : create_pipeline(d, k, &o, fault);
	bad = bad ? bad : query_statistics(d, o.pipeline, report, fault);
	bad = bad ? bad : query_assembly(d, o.pipeline, report, fault);
	destroy_all(d, &o);
	return bad;
}
