// The part of Vulkan's binary interface that the shim uses, so that no Vulkan headers need be installed. Names, numbers and
// layouts are those of the Vulkan specification; what lies between the fields that are read is padding. 64-bit machines only.
#ifndef SPECTRAL_VULKAN_ABI_H
#define SPECTRAL_VULKAN_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef void *VkDispatchable;     // VkInstance, VkPhysicalDevice, VkDevice, VkQueue, VkCommandBuffer
typedef uint64_t VkNonDispatchable; // every other handle
typedef int32_t VkResult;
typedef uint32_t VkFlags32;
typedef void (*PFN_void)(void);

enum {
	VK_SUCCESS = 0,
	VK_ERROR_DEVICE_LOST = -4,
	VK_INCOMPLETE = 5,
	VK_ERROR_OUT_OF_HOST_MEMORY = -1,
	VK_ERROR_INITIALIZATION_FAILED = -3,
	VK_ERROR_LAYER_NOT_PRESENT = -6,
};

enum {
	VK_ST_APPLICATION_INFO = 0,
	VK_ST_INSTANCE_CREATE_INFO = 1,
	VK_ST_DEVICE_QUEUE_CREATE_INFO = 2,
	VK_ST_DEVICE_CREATE_INFO = 3,
	VK_ST_SUBMIT_INFO = 4,
	VK_ST_MEMORY_ALLOCATE_INFO = 5,
	VK_ST_MAPPED_MEMORY_RANGE = 6,
	VK_ST_FENCE_CREATE_INFO = 8,
	VK_ST_QUERY_POOL_CREATE_INFO = 11,
	VK_ST_BUFFER_CREATE_INFO = 12,
	VK_ST_SHADER_MODULE_CREATE_INFO = 16,
	VK_ST_PIPELINE_CACHE_CREATE_INFO = 17,
	VK_ST_PIPELINE_SHADER_STAGE_CREATE_INFO = 18,
	VK_ST_COMPUTE_PIPELINE_CREATE_INFO = 29,
	VK_ST_PIPELINE_LAYOUT_CREATE_INFO = 30,
	VK_ST_DESCRIPTOR_SET_LAYOUT_CREATE_INFO = 32,
	VK_ST_DESCRIPTOR_POOL_CREATE_INFO = 33,
	VK_ST_DESCRIPTOR_SET_ALLOCATE_INFO = 34,
	VK_ST_WRITE_DESCRIPTOR_SET = 35,
	VK_ST_COMMAND_POOL_CREATE_INFO = 39,
	VK_ST_COMMAND_BUFFER_ALLOCATE_INFO = 40,
	VK_ST_COMMAND_BUFFER_BEGIN_INFO = 42,
	VK_ST_MEMORY_BARRIER = 46,
	VK_ST_PHYSICAL_DEVICE_FEATURES_2 = 1000059000,
	VK_ST_PHYSICAL_DEVICE_PROPERTIES_2 = 1000059001,
	VK_ST_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2 = 1000059006,
	VK_ST_MEMORY_ALLOCATE_FLAGS_INFO = 1000060000,
	VK_ST_PHYSICAL_DEVICE_ID_PROPERTIES = 1000071004,
	VK_ST_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES = 1000094000,
	VK_ST_DEBUG_UTILS_MESSENGER_CREATE_INFO = 1000128004,
	VK_ST_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV = 1000154001,
	VK_ST_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES = 1000168000,
	VK_ST_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD = 1000185000,
	VK_ST_PHYSICAL_DEVICE_DRIVER_PROPERTIES = 1000196000,
	VK_ST_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES = 1000237000,
	VK_ST_BUFFER_DEVICE_ADDRESS_INFO = 1000244001,
	VK_ST_VALIDATION_FEATURES = 1000247000,
	VK_ST_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES = 1000257000,
};

enum {
	VK_PIPELINE_BIND_POINT_COMPUTE = 1,
	VK_DESCRIPTOR_TYPE_STORAGE_BUFFER = 7,
	VK_SHADER_STAGE_COMPUTE = 0x20,
	VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY = 1,
	VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION = 4,
	VK_DEBUG_SEVERITY_WARNING = 0x100,
	VK_DEBUG_SEVERITY_ERROR = 0x1000,
	VK_DEBUG_TYPE_GENERAL = 1,
	VK_DEBUG_TYPE_VALIDATION = 2,
	VK_PIPELINE_STAGE_COMPUTE_SHADER = 0x800,
	VK_PIPELINE_STAGE_TRANSFER = 0x1000,
	VK_PIPELINE_STAGE_HOST = 0x4000,
	VK_PIPELINE_STAGE_BOTTOM_OF_PIPE = 0x2000,
	VK_BUFFER_USAGE_TRANSFER_SRC = 1,
	VK_BUFFER_USAGE_TRANSFER_DST = 2,
	VK_BUFFER_USAGE_STORAGE_BUFFER = 0x20,
	VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS = 0x20000,
	VK_MEMORY_ALLOCATE_DEVICE_ADDRESS = 2,
	VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER = 2,
	VK_QUERY_TYPE_TIMESTAMP = 2,
	VK_QUERY_RESULT_64 = 1,
	VK_QUERY_RESULT_WAIT = 2,
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
	char name[256];
	uint32_t version;
} VkExtensionProperties;

typedef struct {
	char name[256];
	uint32_t specVersion, implementationVersion;
	char description[256];
} VkLayerProperties;

typedef struct {
	int32_t sType;
	const void *pNext;
	uint32_t enabledCount;
	const uint32_t *enabled;
	uint32_t disabledCount;
	const uint32_t *disabled;
} VkValidationFeatures;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	const char *messageIdName;
	int32_t messageIdNumber;
	const char *message;
	// labels and objects follow
} VkDebugMessage;

typedef uint32_t (*PFN_debug)(uint32_t severity, uint32_t types, const VkDebugMessage *message, void *user);

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags, severity, types;
	PFN_debug callback;
	void *user;
} VkDebugMessengerCreateInfo;

typedef struct {
	uint32_t toUniformBufferRange[6];
	uint32_t maxUniformBufferRange, maxStorageBufferRange, maxPushConstantsSize, maxMemoryAllocationCount, maxSamplerAllocationCount;
	uint64_t bufferImageGranularity, sparseAddressSpaceSize;
	uint32_t maxBoundDescriptorSets, maxPerStageDescriptorSamplers, maxPerStageDescriptorUniformBuffers, maxPerStageDescriptorStorageBuffers;
	uint32_t toShared[34];
	uint32_t maxComputeSharedMemorySize, maxComputeWorkGroupCount[3], maxComputeWorkGroupInvocations, maxComputeWorkGroupSize[3];
	uint32_t toMap[14];
	size_t minMemoryMapAlignment;
	uint64_t minTexelBufferOffsetAlignment, minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment;
	uint32_t toTimestamp[21];
	uint32_t timestampComputeAndGraphics;
	float timestampPeriod;
	uint32_t toAtom[13];
	uint64_t optimalBufferCopyOffsetAlignment, optimalBufferCopyRowPitchAlignment, nonCoherentAtomSize;
} VkLimits;

typedef struct {
	uint32_t apiVersion, driverVersion, vendorID, deviceID, deviceType;
	char deviceName[256];
	uint8_t pipelineCacheUUID[16];
	VkLimits limits;
	uint32_t sparse[5];
} VkPhysicalDeviceProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	VkPhysicalDeviceProperties properties;
} VkPhysicalDeviceProperties2;

typedef struct {
	int32_t sType;
	void *pNext;
	uint8_t deviceUUID[16], driverUUID[16], deviceLUID[8];
	uint32_t deviceNodeMask, deviceLUIDValid;
} VkPhysicalDeviceIDProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t subgroupSize, stages, operations, quadInAllStages;
} VkPhysicalDeviceSubgroupProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t driverID;
	char driverName[256], driverInfo[256];
	uint8_t conformance[4];
} VkPhysicalDeviceDriverProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t maxPerSetDescriptors;
	uint64_t maxMemoryAllocationSize;
} VkPhysicalDeviceMaintenance3Properties;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t shaderSMCount, shaderWarpsPerSM;
} VkPhysicalDeviceShaderSMBuiltinsPropertiesNV;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t shaderEngineCount, shaderArraysPerEngineCount, computeUnitsPerShaderArray;
	uint32_t others[11]; // of registers and waves
} VkPhysicalDeviceShaderCorePropertiesAMD;

typedef struct {
	uint32_t typeCount;
	struct {
		VkFlags32 flags;
		uint32_t heap;
	} types[32];
	uint32_t heapCount;
	struct {
		uint64_t size;
		VkFlags32 flags;
	} heaps[16];
} VkMemoryProperties;

typedef struct {
	int32_t sType;
	void *pNext;
	VkMemoryProperties properties;
} VkMemoryProperties2;

typedef struct {
	int32_t sType;
	void *pNext;
	uint64_t budget[16], usage[16];
} VkMemoryBudgetProperties;

typedef struct {
	VkFlags32 flags;
	uint32_t count, timestampValidBits, granularity[3];
} VkQueueFamilyProperties;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t family, count;
	const float *priorities;
} VkDeviceQueueCreateInfo;

// All members are VkBool32; the others are in the order of the specification.
typedef struct {
	uint32_t before[40];
	uint32_t shaderInt64;
	uint32_t after[14];
} VkPhysicalDeviceFeatures;

typedef struct {
	int32_t sType;
	void *pNext;
	VkPhysicalDeviceFeatures features;
} VkPhysicalDeviceFeatures2;

typedef struct {
	int32_t sType;
	void *pNext;
	uint32_t bufferDeviceAddress, captureReplay, multiDevice;
} VkPhysicalDeviceBufferDeviceAddressFeatures;

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
	const VkPhysicalDeviceFeatures *features;
} VkDeviceCreateInfo;

typedef struct {
	uint32_t binding, type, count, stages;
	const VkNonDispatchable *samplers;
} VkDescriptorSetLayoutBinding;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t bindingCount;
	const VkDescriptorSetLayoutBinding *bindings;
} VkDescriptorSetLayoutCreateInfo;

typedef struct {
	uint32_t stages, offset, size;
} VkPushConstantRange;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t setLayoutCount;
	const VkNonDispatchable *setLayouts;
	uint32_t rangeCount;
	const VkPushConstantRange *ranges;
} VkPipelineLayoutCreateInfo;

typedef struct {
	uint32_t type, count;
} VkDescriptorPoolSize;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t maxSets, sizeCount;
	const VkDescriptorPoolSize *sizes;
} VkDescriptorPoolCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable pool;
	uint32_t count;
	const VkNonDispatchable *layouts;
} VkDescriptorSetAllocateInfo;

typedef struct {
	VkNonDispatchable buffer;
	uint64_t offset, range;
} VkDescriptorBufferInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable set;
	uint32_t binding, element, count, type;
	const void *images;
	const VkDescriptorBufferInfo *buffers;
	const void *texels;
} VkWriteDescriptorSet;

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
	VkNonDispatchable layout, base;
	int32_t baseIndex;
} VkComputePipelineCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint64_t size;
	VkFlags32 usage, sharingMode;
	uint32_t familyCount;
	const uint32_t *families;
} VkBufferCreateInfo;

typedef struct {
	uint64_t size, alignment;
	uint32_t typeBits;
} VkMemoryRequirements;

typedef struct {
	int32_t sType;
	const void *pNext;
	uint64_t size;
	uint32_t typeIndex;
} VkMemoryAllocateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t deviceMask;
} VkMemoryAllocateFlagsInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable buffer;
} VkBufferDeviceAddressInfo;

// VkShaderModuleCreateInfo and VkPipelineCacheCreateInfo, which are laid out alike.
typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	size_t size;
	const void *data;
} VkDataCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t queryType, queryCount;
	VkFlags32 statistics;
} VkQueryPoolCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
} VkFenceCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	uint32_t family;
} VkCommandPoolCreateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable pool;
	uint32_t level, count;
} VkCommandBufferAllocateInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 flags;
	const void *inheritance;
} VkCommandBufferBeginInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkFlags32 src, dst;
} VkMemoryBarrier;

typedef struct {
	uint64_t src, dst, size;
} VkBufferCopy;

typedef struct {
	int32_t sType;
	const void *pNext;
	uint32_t waitCount;
	const VkNonDispatchable *waits;
	const VkFlags32 *waitStages;
	uint32_t commandCount;
	const VkDispatchable *commands;
	uint32_t signalCount;
	const VkNonDispatchable *signals;
} VkSubmitInfo;

typedef struct {
	int32_t sType;
	const void *pNext;
	VkNonDispatchable memory;
	uint64_t offset, size;
} VkMappedMemoryRange;

#endif
