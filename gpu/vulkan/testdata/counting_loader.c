// A Vulkan loader that hands on everything to the system's, named in COUNTED_LOADER, but counts the instances that are made and refuses
// the third: as a driver that cannot be loaded again and again does.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void (*function)(void);
typedef function (*get_proc)(void *, const char *);
typedef int (*create_instance)(const void *, const void *, void **);

static create_instance real_create;
static int made;

static int counted_create(const void *info, const void *allocator, void **out) {
	return ++made > 2 ? -9 : real_create(info, allocator, out); // VK_ERROR_INCOMPATIBLE_DRIVER
}

function vkGetInstanceProcAddr(void *instance, const char *name) {
	static get_proc real;
	if (!real) {
		void *lib = dlopen(getenv("COUNTED_LOADER"), RTLD_NOW | RTLD_LOCAL);
		void *f = lib ? dlsym(lib, "vkGetInstanceProcAddr") : NULL;
		if (!f)
			return NULL;
		memcpy(&real, &f, sizeof real);
	}
	function f = real(instance, name);
	if (f && !strcmp(name, "vkCreateInstance")) {
		memcpy(&real_create, &f, sizeof real_create);
		create_instance counted = counted_create;
		memcpy(&f, &counted, sizeof f);
	}
	return f;
}
