//go:build cgo

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

static const char validation_layer[] = "VK_LAYER_KHRONOS_validation";

#ifdef _WIN32
void *sg_open_library(const char *name, char *error, size_t size) {
	HMODULE lib = LoadLibraryA(name);
	FARPROC found = lib ? GetProcAddress(lib, "vkGetInstanceProcAddr") : NULL;
	void *proc = NULL;
	memcpy(&proc, &found, sizeof proc);
	if (!proc)
		snprintf(error, size, "error %lu", (unsigned long)GetLastError());
	return proc;
}
#else
void *sg_open_library(const char *name, char *error, size_t size) {
	void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	void *proc = lib ? dlsym(lib, "vkGetInstanceProcAddr") : NULL;
	if (!proc) {
		const char *why = dlerror();
		snprintf(error, size, "%s", why ? why : "no vkGetInstanceProcAddr in it");
		if (lib)
			dlclose(lib);
	}
	return proc;
}
#endif

typedef PFN_void (*PFN_get_proc)(VkDispatchable, const char *);
typedef VkResult (*PFN_enumerate_instance_extensions)(const char *, uint32_t *, VkExtensionProperties *);
typedef VkResult (*PFN_enumerate_layers)(uint32_t *, VkLayerProperties *);
typedef VkResult (*PFN_enumerate_version)(uint32_t *);
typedef VkResult (*PFN_create_instance)(const VkInstanceCreateInfo *, const void *, VkDispatchable *);
typedef VkResult (*PFN_create_messenger)(VkDispatchable, const VkDebugMessengerCreateInfo *, const void *, VkNonDispatchable *);
typedef void (*PFN_destroy_instance)(VkDispatchable, const void *);

// extension_offered tells whether the instance, or the given layer, offers an extension.
static int extension_offered(PFN_get_proc get, const char *layer, const char *name) {
	PFN_enumerate_instance_extensions enumerate = (PFN_enumerate_instance_extensions)get(NULL, "vkEnumerateInstanceExtensionProperties");
	uint32_t count = 0;
	if (!enumerate || enumerate(layer, &count, NULL) != VK_SUCCESS || !count)
		return 0;
	VkExtensionProperties *list = calloc(count, sizeof *list);
	int found = 0;
	if (list && enumerate(layer, &count, list) >= VK_SUCCESS)
		for (uint32_t i = 0; i < count && !found; i++)
			found = !strcmp(list[i].name, name);
	free(list);
	return found;
}

static int layer_offered(PFN_get_proc get, const char *name) {
	PFN_enumerate_layers enumerate = (PFN_enumerate_layers)get(NULL, "vkEnumerateInstanceLayerProperties");
	uint32_t count = 0;
	if (!enumerate || enumerate(&count, NULL) != VK_SUCCESS || !count)
		return 0;
	VkLayerProperties *list = calloc(count, sizeof *list);
	int found = 0;
	if (list && enumerate(&count, list) >= VK_SUCCESS)
		for (uint32_t i = 0; i < count && !found; i++)
			found = !strcmp(list[i].name, name);
	free(list);
	return found;
}

static VkDebugMessengerCreateInfo messenger_info(sg_messages *messages) {
	return (VkDebugMessengerCreateInfo){
		.sType = VK_ST_DEBUG_UTILS_MESSENGER_CREATE_INFO,
		.severity = VK_DEBUG_SEVERITY_WARNING | VK_DEBUG_SEVERITY_ERROR,
		.types = VK_DEBUG_TYPE_GENERAL | VK_DEBUG_TYPE_VALIDATION,
		.callback = sg_on_message,
		.user = messages,
	};
}

// surface_extensions are those of windows, the first of which the others need. Drivers complain about Wayland where it does not run.
static const char *const surface_extensions[] = {"VK_KHR_surface", "VK_KHR_xlib_surface", "VK_KHR_xcb_surface", "VK_KHR_wayland_surface", "VK_KHR_win32_surface", "VK_EXT_metal_surface"};

enum { surface_extension_count = sizeof surface_extensions / sizeof *surface_extensions };

// create_handle builds the chain of structs and makes the instance.
static VkResult create_handle(PFN_create_instance create, sg_instance *out, int features, int surfaces) {
	const char *extensions[4 + surface_extension_count];
	uint32_t extension_count = 0;
	if (out->messages)
		extensions[extension_count++] = "VK_EXT_debug_utils";
	if (features)
		extensions[extension_count++] = "VK_EXT_validation_features";
	if (out->portability)
		extensions[extension_count++] = "VK_KHR_portability_enumeration";
	if (out->properties2)
		extensions[extension_count++] = "VK_KHR_get_physical_device_properties2";
	for (int i = 0; surfaces && i < surface_extension_count; i++)
		if (extension_offered(out->get_proc, NULL, surface_extensions[i]) && (strcmp(surface_extensions[i], "VK_KHR_wayland_surface") || getenv("WAYLAND_DISPLAY")))
			extensions[extension_count++] = surface_extensions[i];

	const char *layers[] = {validation_layer};
	uint32_t sync = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION;
	VkDebugMessengerCreateInfo messenger = messenger_info(out->messages);
	VkValidationFeatures validation = {.sType = VK_ST_VALIDATION_FEATURES, .pNext = &messenger, .enabledCount = 1, .enabled = &sync};
	// Core 1.1 holds everything the shim needs; a 1.0 loader refuses a higher version.
	VkApplicationInfo app = {.sType = VK_ST_APPLICATION_INFO, .applicationName = "spectral-gpu", .engineName = "spectral-gpu",
		.apiVersion = out->version >= (1u << 22 | 1u << 12) ? (1u << 22 | 1u << 12) : 1u << 22};
	VkInstanceCreateInfo info = {
		.sType = VK_ST_INSTANCE_CREATE_INFO,
		.pNext = !out->validated ? NULL : features ? (void *)&validation : (void *)&messenger,
		.flags = out->portability ? VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY : 0,
		.app = &app,
		.layerCount = out->validated ? 1 : 0,
		.layers = layers,
		.extensionCount = extension_count,
		.extensions = extensions,
	};
	return create(&info, NULL, &out->handle);
}

// load_functions finds what the shim calls on instances; 0 if one is missing.
static int load_functions(sg_instance *in) {
	PFN_get_proc get = in->get_proc;
	sg_set(&in->enumerate_devices, get(in->handle, "vkEnumeratePhysicalDevices"));
	sg_set(&in->enumerate_extensions, get(in->handle, "vkEnumerateDeviceExtensionProperties"));
	sg_set(&in->get_properties, get(in->handle, "vkGetPhysicalDeviceProperties"));
	sg_set(&in->get_features, get(in->handle, "vkGetPhysicalDeviceFeatures"));
	sg_set(&in->get_memory, get(in->handle, "vkGetPhysicalDeviceMemoryProperties"));
	sg_set(&in->get_families, get(in->handle, "vkGetPhysicalDeviceQueueFamilyProperties"));
	sg_set(&in->create_device, get(in->handle, "vkCreateDevice"));
	sg_set(&in->get_device_proc, get(in->handle, "vkGetDeviceProcAddr"));
	sg_set(&in->get_features2, get(in->handle, "vkGetPhysicalDeviceFeatures2"));
	sg_set(&in->get_properties2, get(in->handle, "vkGetPhysicalDeviceProperties2"));
	sg_set(&in->get_memory2, get(in->handle, "vkGetPhysicalDeviceMemoryProperties2"));
	if (in->properties2 && !in->get_properties2) {
		sg_set(&in->get_properties2, get(in->handle, "vkGetPhysicalDeviceProperties2KHR"));
		sg_set(&in->get_memory2, get(in->handle, "vkGetPhysicalDeviceMemoryProperties2KHR"));
	}
	return in->enumerate_devices && in->enumerate_extensions && in->get_properties && in->get_features && in->get_memory && in->get_families && in->create_device && in->get_device_proc;
}

// undo takes back what a failed sg_instance_create has made.
static void undo(sg_instance *inst) {
	PFN_destroy_instance destroy = inst->handle ? (PFN_destroy_instance)inst->get_proc(inst->handle, "vkDestroyInstance") : NULL;
	if (destroy)
		destroy(inst->handle, NULL);
	sg_messages_free(inst->messages);
	inst->handle = NULL;
	inst->messages = NULL;
}

VkResult sg_instance_create(void *get_proc, int validate, int surfaces, sg_instance *out) {
	memset(out, 0, sizeof *out);
	memcpy(&out->get_proc, &get_proc, sizeof get_proc);
	sg_speaker = NULL;
	PFN_get_proc get = out->get_proc;
	PFN_create_instance create = (PFN_create_instance)get(NULL, "vkCreateInstance");
	PFN_enumerate_version version = (PFN_enumerate_version)get(NULL, "vkEnumerateInstanceVersion");
	if (!create)
		return VK_ERROR_INITIALIZATION_FAILED;
	if (!version || version(&out->version) != VK_SUCCESS)
		out->version = 1u << 22;
	int features = 0;
	if (validate) {
		if (!layer_offered(get, validation_layer))
			return VK_ERROR_LAYER_NOT_PRESENT;
		out->validated = 1;
		features = extension_offered(get, validation_layer, "VK_EXT_validation_features");
		if (!(out->messages = sg_messages_new()))
			return VK_ERROR_OUT_OF_HOST_MEMORY;
	}
	out->portability = extension_offered(get, NULL, "VK_KHR_portability_enumeration");
	out->properties2 = extension_offered(get, NULL, "VK_KHR_get_physical_device_properties2");

	VkResult r = create_handle(create, out, features, surfaces);
	if (r == VK_SUCCESS && !load_functions(out))
		r = VK_ERROR_INITIALIZATION_FAILED;
	PFN_create_messenger messenger = r == VK_SUCCESS && out->messages ? (PFN_create_messenger)get(out->handle, "vkCreateDebugUtilsMessengerEXT") : NULL;
	if (messenger) {
		VkDebugMessengerCreateInfo info = messenger_info(out->messages);
		r = messenger(out->handle, &info, NULL, &out->messenger);
	}
	if (r != VK_SUCCESS)
		undo(out);
	return r;
}

VkResult sg_devices_list(sg_instance *inst, uint32_t *count, VkDispatchable *list) {
	sg_speaker = NULL;
	VkResult r = inst->enumerate_devices(inst->handle, count, list);
	return r == VK_INCOMPLETE ? VK_SUCCESS : r;
}
