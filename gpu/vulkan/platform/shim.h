// Every call of Vulkan that the engine makes, with the structs built on C's own stack, and whole lists of commands in one call.
// Functions are found at run time, for each device its own. Nothing here keeps a Go pointer.
#ifndef SPECTRAL_VULKAN_SHIM_H
#define SPECTRAL_VULKAN_SHIM_H

#include <string.h>

#include "abi.h"

// ---- loader (shim_instance.c)

// sg_open_library returns vkGetInstanceProcAddr of a shared library, or NULL with the reason in error.
void *sg_open_library(const char *name, char *error, size_t size);

// sg_set stores a function in a pointer to any function type and tells whether there is one.
static inline int sg_set(void *slot, PFN_void f) {
	memcpy(slot, &f, sizeof f);
	return f != NULL;
}

// ---- messages (shim_messages.c)

typedef struct sg_messages sg_messages;

typedef struct {
	uint32_t severity, types;
	char *id, *text;
} sg_message;

sg_messages *sg_messages_new(void);
void sg_messages_free(sg_messages *m);
uint32_t sg_messages_count(sg_messages *m);
// sg_messages_take moves the oldest message to out and returns 1, or 0 if there is none; free it with sg_message_free.
int sg_messages_take(sg_messages *m, sg_message *out);
void sg_message_free(sg_message *m);
// sg_on_message is the messenger's callback; user is the sg_messages of the instance.
uint32_t sg_on_message(uint32_t severity, uint32_t types, const VkDebugMessage *message, void *user);

// sg_speaker is whose messages those are that come up in the calling thread: the device's that a call is made on, or NULL for the
// instance's. Devices share an instance, and the layer calls back from inside the calls.
extern _Thread_local sg_messages *sg_speaker;

// ---- instance and physical devices (shim_instance.c, shim_physical.c)

typedef struct {
	VkDispatchable handle;
	uint32_t version; // of Vulkan, what the loader offers
	int properties2, validated, portability;
	sg_messages *messages; // NULL without validation
	VkNonDispatchable messenger;
	PFN_void (*get_proc)(VkDispatchable, const char *);
	VkResult (*enumerate_devices)(VkDispatchable, uint32_t *, VkDispatchable *);
	VkResult (*enumerate_extensions)(VkDispatchable, const char *, uint32_t *, VkExtensionProperties *);
	void (*get_properties)(VkDispatchable, VkPhysicalDeviceProperties *);
	void (*get_features)(VkDispatchable, VkPhysicalDeviceFeatures *);
	void (*get_features2)(VkDispatchable, VkPhysicalDeviceFeatures2 *);
	void (*get_properties2)(VkDispatchable, VkPhysicalDeviceProperties2 *);
	void (*get_memory)(VkDispatchable, VkMemoryProperties *);
	void (*get_memory2)(VkDispatchable, VkMemoryProperties2 *);
	void (*get_families)(VkDispatchable, uint32_t *, VkQueueFamilyProperties *);
	VkResult (*create_device)(VkDispatchable, const VkDeviceCreateInfo *, const void *, VkDispatchable *);
	PFN_void (*get_device_proc)(VkDispatchable, const char *);
} sg_instance;

// sg_instance_create fills out; with validate the validation layer with synchronisation validation is on and its messages are
// kept. VK_ERROR_LAYER_NOT_PRESENT means that the layer is not installed.
// With surfaces, the extensions of windows that the loader has are on.
VkResult sg_instance_create(void *get_proc, int validate, int surfaces, sg_instance *out);
// sg_devices_list fills list with at most *count devices and sets *count to their number.
VkResult sg_devices_list(sg_instance *inst, uint32_t *count, VkDispatchable *list);

typedef struct {
	VkPhysicalDeviceProperties properties;
	VkPhysicalDeviceIDProperties id;           // zero where the device is not Vulkan 1.1
	VkPhysicalDeviceSubgroupProperties subgroup;
	VkPhysicalDeviceDriverProperties driver;   // zero where unknown
	VkPhysicalDeviceMaintenance3Properties maintenance3;
	VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia; // zero where the device does not tell
	VkPhysicalDeviceShaderCorePropertiesAMD amd;         // likewise
	VkMemoryProperties memory;
	VkQueueFamilyProperties families[16];
	uint32_t family_count;
	int has_memory_budget, has_portability_subset, has_int64, has_addresses, has_swapchain; // has_addresses: of buffers, on a processor
} sg_physical;

VkResult sg_physical_describe(sg_instance *inst, VkDispatchable physical, sg_physical *out);
// sg_memory_budget returns the bytes this process may use of each heap and uses now, if the device tells.
int sg_memory_budget(sg_instance *inst, VkDispatchable physical, const sg_physical *about, uint64_t budget[16], uint64_t usage[16]);

// ---- device (shim_device.c)

// The kinds of objects that are destroyed by a function of their own.
enum { SG_COMMAND_POOL, SG_FENCE, SG_QUERIES, SG_BUFFER, SG_MEMORY, SG_MODULE, SG_CACHE, SG_SET_LAYOUT, SG_PIPELINE_LAYOUT, SG_PIPELINE, SG_DESCRIPTOR_POOL, SG_KINDS };

typedef struct {
	VkDispatchable handle, queue;
	sg_messages *messages; // of its own; NULL without validation
	void (*destroy_device)(VkDispatchable, const void *);
	VkResult (*wait_idle)(VkDispatchable);
	void (*get_queue)(VkDispatchable, uint32_t, uint32_t, VkDispatchable *);
	void (*destroy[SG_KINDS])(VkDispatchable, VkNonDispatchable, const void *);
	VkResult (*create_command_pool)(VkDispatchable, const VkCommandPoolCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*allocate_commands)(VkDispatchable, const VkCommandBufferAllocateInfo *, VkDispatchable *);
	void (*free_commands)(VkDispatchable, VkNonDispatchable, uint32_t, const VkDispatchable *);
	VkResult (*create_fence)(VkDispatchable, const VkFenceCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_queries)(VkDispatchable, const VkQueryPoolCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_buffer)(VkDispatchable, const VkBufferCreateInfo *, const void *, VkNonDispatchable *);
	void (*get_requirements)(VkDispatchable, VkNonDispatchable, VkMemoryRequirements *);
	uint64_t (*buffer_address)(VkDispatchable, const VkBufferDeviceAddressInfo *); // NULL where buffers have none
	VkResult (*allocate_memory)(VkDispatchable, const VkMemoryAllocateInfo *, const void *, VkNonDispatchable *);
	VkResult (*bind_buffer)(VkDispatchable, VkNonDispatchable, VkNonDispatchable, uint64_t);
	VkResult (*map)(VkDispatchable, VkNonDispatchable, uint64_t, uint64_t, VkFlags32, void **);
	VkResult (*create_module)(VkDispatchable, const VkDataCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_cache)(VkDispatchable, const VkDataCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*cache_data)(VkDispatchable, VkNonDispatchable, size_t *, void *);
	VkResult (*create_set_layout)(VkDispatchable, const VkDescriptorSetLayoutCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_pipeline_layout)(VkDispatchable, const VkPipelineLayoutCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_pipelines)(VkDispatchable, VkNonDispatchable, uint32_t, const VkComputePipelineCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*create_pool)(VkDispatchable, const VkDescriptorPoolCreateInfo *, const void *, VkNonDispatchable *);
	VkResult (*allocate_sets)(VkDispatchable, const VkDescriptorSetAllocateInfo *, VkNonDispatchable *);
	void (*update_sets)(VkDispatchable, uint32_t, const VkWriteDescriptorSet *, uint32_t, const void *);
	VkResult (*begin)(VkDispatchable, const VkCommandBufferBeginInfo *);
	VkResult (*end)(VkDispatchable);
	void (*bind_pipeline)(VkDispatchable, uint32_t, VkNonDispatchable);
	void (*bind_sets)(VkDispatchable, uint32_t, VkNonDispatchable, uint32_t, uint32_t, const VkNonDispatchable *, uint32_t, const uint32_t *);
	void (*push)(VkDispatchable, VkNonDispatchable, uint32_t, uint32_t, uint32_t, const void *);
	void (*dispatch)(VkDispatchable, uint32_t, uint32_t, uint32_t);
	void (*copy)(VkDispatchable, VkNonDispatchable, VkNonDispatchable, uint32_t, const VkBufferCopy *);
	void (*fill)(VkDispatchable, VkNonDispatchable, uint64_t, uint64_t, uint32_t);
	void (*barrier)(VkDispatchable, uint32_t, uint32_t, uint32_t, uint32_t, const VkMemoryBarrier *, uint32_t, const void *, uint32_t, const void *);
	void (*reset_queries)(VkDispatchable, VkNonDispatchable, uint32_t, uint32_t);
	void (*timestamp)(VkDispatchable, uint32_t, VkNonDispatchable, uint32_t);
	VkResult (*query_results)(VkDispatchable, VkNonDispatchable, uint32_t, uint32_t, size_t, void *, uint64_t, VkFlags32);
	VkResult (*submit)(VkDispatchable, uint32_t, const VkSubmitInfo *, VkNonDispatchable);
	VkResult (*wait)(VkDispatchable, uint32_t, const VkNonDispatchable *, uint32_t, uint64_t);
	VkResult (*reset_fences)(VkDispatchable, uint32_t, const VkNonDispatchable *);
	VkResult (*flush)(VkDispatchable, uint32_t, const VkMappedMemoryRange *);
	VkResult (*invalidate)(VkDispatchable, uint32_t, const VkMappedMemoryRange *);
} sg_device;

// sg_device_create makes a device with one queue; presenting, it has swapchains.
VkResult sg_device_create(sg_instance *inst, VkDispatchable physical, const sg_physical *about, uint32_t family, int presenting, sg_device *out);
// sg_device_destroy destroys the device; its messages stay until sg_device_free.
void sg_device_destroy(sg_device *dev);
void sg_device_free(sg_device *dev);
VkResult sg_wait_idle(sg_device *dev);
void sg_destroy(sg_device *dev, int kind, VkNonDispatchable object);

// sg_enter makes the messages that come up in the calling thread the device's.
static inline void sg_enter(sg_device *dev) { sg_speaker = dev->messages; }

// ---- simple objects (shim_objects.c)

VkResult sg_command_pool_create(sg_device *dev, uint32_t family, VkNonDispatchable *out);
VkResult sg_command_buffer_allocate(sg_device *dev, VkNonDispatchable pool, VkDispatchable *out);
void sg_command_buffer_free(sg_device *dev, VkNonDispatchable pool, VkDispatchable buffer);
VkResult sg_fence_create(sg_device *dev, VkNonDispatchable *out);
VkResult sg_queries_create(sg_device *dev, uint32_t count, VkNonDispatchable *out);
VkResult sg_buffer_create(sg_device *dev, uint64_t size, VkNonDispatchable *out, VkMemoryRequirements *needs);
// sg_buffer_address returns where a buffer with memory begins, 0 on a device that does not tell.
uint64_t sg_buffer_address(sg_device *dev, VkNonDispatchable buffer);
VkResult sg_memory_allocate(sg_device *dev, uint64_t size, uint32_t type, VkNonDispatchable *out);
VkResult sg_buffer_bind(sg_device *dev, VkNonDispatchable buffer, VkNonDispatchable memory);
VkResult sg_memory_map(sg_device *dev, VkNonDispatchable memory, void **out);
VkResult sg_module_create(sg_device *dev, const uint32_t *code, size_t words, VkNonDispatchable *out);
VkResult sg_cache_create(sg_device *dev, const void *data, size_t size, VkNonDispatchable *out);
VkResult sg_cache_data(sg_device *dev, VkNonDispatchable cache, size_t *size, void *data);

// ---- pipelines (shim_device.c)

VkResult sg_set_layout_create(sg_device *dev, uint32_t bindings, VkNonDispatchable *out);
VkResult sg_pipeline_layout_create(sg_device *dev, VkNonDispatchable set_layout, uint32_t push_bytes, VkNonDispatchable *out);
VkResult sg_pipeline_create(sg_device *dev, VkNonDispatchable cache, VkNonDispatchable module, VkNonDispatchable layout,
	uint32_t spec_count, const uint32_t *spec_ids, const uint32_t *spec_bits, VkNonDispatchable *out);

// ---- descriptors (shim_device.c)

typedef struct {
	VkNonDispatchable set, buffer;
	uint64_t offset, range;
	uint32_t binding;
} sg_descriptor;

VkResult sg_descriptor_sets(sg_device *dev, uint32_t descriptors, uint32_t sets, const VkNonDispatchable *layouts, VkNonDispatchable *pool, VkNonDispatchable *out);
void sg_descriptors_write(sg_device *dev, uint32_t count, const sg_descriptor *list);

// ---- commands (shim_record.c)

enum { SG_DISPATCH, SG_BARRIER, SG_COPY, SG_FILL, SG_TIMESTAMP, SG_RESET_QUERIES };

// sg_command is one command of a list. SG_DISPATCH: pipeline, layout, set, push constants at push_at of the list's bytes, groups.
// SG_BARRIER: stages and accesses. SG_COPY: source, target, their offsets, size. SG_FILL: target, offset, size, with zeros.
// SG_TIMESTAMP: query. SG_RESET_QUERIES: the first groups[0] queries.
typedef struct {
	uint32_t kind, push_at, push_size, query;
	uint32_t groups[3];
	uint32_t src_stage, dst_stage, src_access, dst_access;
	VkNonDispatchable pipeline, layout, set;
	VkNonDispatchable source, target;
	uint64_t source_at, target_at, size;
} sg_command;

VkResult sg_record(sg_device *dev, VkDispatchable buffer, int once, VkNonDispatchable queries, uint32_t count, const sg_command *list, const uint8_t *push);

// sg_program is what a run needs. It lives in C memory.
typedef struct {
	VkDispatchable commands;
	VkNonDispatchable fence, queries;
	uint32_t query_count, flush_count, invalidate_count;
	uint64_t *ticks; // query_count of them
	VkMappedMemoryRange *flush, *invalidate;
	volatile uint32_t *canary; // the word that the commands write last, NULL for none
	uint32_t canary_value;
	const char *failed; // the call that failed
	uint32_t messages;  // waiting
} sg_program;

sg_program *sg_program_new(uint32_t queries, uint32_t flushes, uint32_t invalidates);
void sg_program_free(sg_program *p);
void sg_program_range(sg_program *p, int invalidate, uint32_t i, VkNonDispatchable memory, uint64_t offset, uint64_t size);
// sg_run flushes, submits, waits, invalidates and fetches the timestamps.
VkResult sg_run(sg_device *dev, sg_program *p);
VkResult sg_flush(sg_device *dev, int invalidate, VkNonDispatchable memory, uint64_t offset, uint64_t size);

#endif
