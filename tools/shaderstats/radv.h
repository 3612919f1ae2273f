// Compiles compute pipelines with the driver that the Vulkan loader finds and returns what its compiler says about them.
#ifndef SHADERSTATS_RADV_H
#define SHADERSTATS_RADV_H

#include <stddef.h>
#include <stdint.h>

enum { SS_TEXT = 256, SS_STATISTICS = 64 };

typedef struct ss_device ss_device;

// ss_kernel is what a pipeline is made of. Buffers are storage buffers of set 0, numbered from 0.
typedef struct {
	const uint32_t *code;
	size_t codeBytes;
	uint32_t bindingCount, pushBytes, specCount;
	const uint32_t *specIDs, *spec;
} ss_kernel;

// ss_report is what the compiler says. The caller frees assembly, which is NULL when the driver gives none.
typedef struct {
	uint32_t subgroupSize, count;
	char names[SS_STATISTICS][SS_TEXT];
	uint64_t values[SS_STATISTICS];
	char *assembly;
} ss_report;

// ss_open loads the Vulkan loader and opens the first RADV device. It returns NULL and writes the reason to fault (SS_TEXT
// bytes) when there is none; otherwise name and info (SS_TEXT bytes each) tell the device and the version of the driver.
ss_device *ss_open(char *name, char *info, char *fault);

// ss_compile compiles a kernel. It returns 0, or another number with the reason in fault (SS_TEXT bytes).
int ss_compile(ss_device *d, const ss_kernel *k, ss_report *report, char *fault);

void ss_close(ss_device *d);

#endif
