// The part of Vulkan's binary interface that radv.c uses, so that no Vulkan headers need be installed. Names, numbers and
// layouts are those of the Vulkan specification. 64-bit machines only.
#ifndef SHADERSTATS_ABI_H
#define SHADERSTATS_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef void *VkDispatchable;       // VkInstance, VkPhysicalDevice, VkDevice
typedef uint64_t VkNonDispatchable; // every other handle
typedef int32_t VkResult;
typedef uint32_t VkFlags32;
typedef void (*PFN_void)(void);
typedef PFN_void (*PFN_getProc)(VkDispatchable, const char *);

enum {
	VK_SUCCESS = 0,
	VK_INCOMPLETE = 5,
	VK_API_VERSION_1_2 = 1 << 22 | 2 << 12,
	VK_DRIVER_ID_MESA_RADV = 3,
	VK_SHADER_STAGE_COMPUTE = 0x20,
	VK_DESCRIPTOR_TYPE_STORAGE_BUFFER = 7,
	VK_PIPELINE_CREATE_CAPTURE_STATISTICS = 0x40,
	VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS = 0x80,
	VK_STATISTIC_FORMAT_UINT64 = 2,
};

enum {
	VK_ST_APPLICATION_INFO = 0,
	VK_ST_INSTANCE_CREATE_INFO = 1,
	VK_ST_DEVICE_QUEUE_CREATE_INFO = 2,
	VK_ST_DEVICE_CREATE_INFO = 3,
	VK_ST_SHADER_MODULE_CREATE_INFO = 16,
	VK_ST_PIPELINE_SHADER_STAGE_CREATE_INFO = 18,
	VK_ST_COMPUTE_PIPELINE_CREATE_INFO = 29,
	VK_ST_PIPELINE_LAYOUT_CREATE_INFO = 30,
	VK_ST_DESCRIPTOR_SET_LAYOUT_CREATE_INFO = 32,
	VK_ST_PHYSICAL_DEVICE_PROPERTIES_2 = 1000059001,
	VK_ST_PHYSICAL_DEVICE_DRIVER_PROPERTIES = 1000196000,
	VK_ST_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES = 1000269000,
	VK_ST_PIPELINE_INFO = 1000269001,
	VK_ST_PIPELINE_EXECUTABLE_PROPERTIES = 1000269002,
	VK_ST_PIPELINE_EXECUTABLE_INFO = 1000269003,
	VK_ST_PIPELINE_EXECUTABLE_STATISTIC = 1000269004,
	VK_ST_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION = 1000269005,
};

typedef struct {
	int32_t sType;
	const void *pNext;
	const char *applicationName;
	uint32_t applicationVersion;
	const char *engineName;
	uint32_t engineVersion, apiVersion;
} VkApplicationInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	const VkApplicationInfo *app;
	uint32_t layerCount;
	const char *const *layers;
	uint32_t extensionCount;
	const char *const *extensions;
} VkInstanceCreateInfo;

typedef struct {
	uint32_t apiVersion, driverVersion, vendorID, deviceID, deviceType;
	char deviceName[256];
	uint8_t toEnd[548];
} VkPhysicalDeviceProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	_Alignas(8) VkPhysicalDeviceProperties properties;
} VkPhysicalDeviceProperties2;

typedef struct {
	int32_t sType;
	void *pNext;
	int32_t driverID;
	char driverName[256], driverInfo[256];
	uint8_t conformanceVersion[4];
} VkPhysicalDeviceDriverProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t pipelineExecutableInfo;
} VkPipelineExecutableFeatures;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t family, count;
	const float *priorities;
} VkDeviceQueueCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t queueCount;
	const VkDeviceQueueCreateInfo *queues;
	uint32_t layerCount;
	const char *const *layers;
	uint32_t extensionCount;
	const char *const *extensions;
	const void *features;
} VkDeviceCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	size_t codeSize;
	const uint32_t *code;
} VkShaderModuleCreateInfo;

typedef struct {
	uint32_t binding;
	int32_t type;
	uint32_t count;
	VkFlags32 stages;
	const void *samplers;
} VkDescriptorSetLayoutBinding;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t bindingCount;
	const VkDescriptorSetLayoutBinding *bindings;
} VkDescriptorSetLayoutCreateInfo;

typedef struct {
	VkFlags32 stages;
	uint32_t offset, size;
} VkPushConstantRange;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t setCount;
	const VkNonDispatchable *sets;
	uint32_t rangeCount;
	const VkPushConstantRange *ranges;
} VkPipelineLayoutCreateInfo;

typedef struct {
	uint32_t id, offset;
	size_t size;
} VkSpecializationMapEntry;

typedef struct {
	uint32_t entryCount;
	const VkSpecializationMapEntry *entries;
	size_t dataSize;
	const void *data;
} VkSpecializationInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags, stage;
	VkNonDispatchable module;
	const char *name;
	const VkSpecializationInfo *specialization;
} VkPipelineShaderStageCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	VkPipelineShaderStageCreateInfo stage;
	VkNonDispatchable layout, basePipeline;
	int32_t basePipelineIndex;
} VkComputePipelineCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable pipeline;
} VkPipelineInfo;

typedef struct {
	int32_t sType;
	void *pNext;
	VkFlags32 stages;
	char name[256], description[256];
	uint32_t subgroupSize;
} VkPipelineExecutableProperties;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable pipeline;
	uint32_t index;
} VkPipelineExecutableInfo;

typedef struct {
	int32_t sType;
	void *pNext;
	char name[256], description[256];
	int32_t format;
	uint64_t value;
} VkPipelineExecutableStatistic;

typedef struct {
	int32_t sType;
	void *pNext;
	char name[256], description[256];
	uint32_t isText;
	size_t dataSize;
	void *data;
} VkPipelineExecutableInternalRepresentation;

#endif
