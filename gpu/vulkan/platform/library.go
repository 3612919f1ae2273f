//go:build cgo

package platform

// #cgo CFLAGS: -std=c11 -D_GNU_SOURCE -O2 -Wall
// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// library is the Vulkan loader of this process. It is never closed: drivers leave threads and exit handlers behind.
var library struct {
	sync.Mutex
	proc unsafe.Pointer // vkGetInstanceProcAddr
	name string
}

// libraryNames are the files that hold Vulkan, in the order they are tried. Without development packages Linux has no
// libvulkan.so; on macOS MoltenVK can stand in for the loader.
func libraryNames() []string {
	if name := os.Getenv("SPECTRAL_VULKAN_LIBRARY"); name != "" {
		return []string{name}
	}
	if runtime.GOOS == "darwin" {
		var names []string
		if sdk := os.Getenv("VULKAN_SDK"); sdk != "" { // as the SDK's setup script sets it; the system's search leaves it out
			names = append(names, filepath.Join(sdk, "lib", "libvulkan.1.dylib"))
		}
		return append(names, "libvulkan.1.dylib", "libvulkan.dylib", "/usr/local/lib/libvulkan.1.dylib", "/opt/homebrew/lib/libvulkan.1.dylib",
			"libMoltenVK.dylib", "/usr/local/lib/libMoltenVK.dylib", "/opt/homebrew/lib/libMoltenVK.dylib")
	}
	if runtime.GOOS == "windows" {
		return []string{"vulkan-1.dll"}
	}
	return []string{"libvulkan.so.1", "libvulkan.so"}
}

// openLibrary finds the Vulkan loader and says what it looked for.
func openLibrary() (proc unsafe.Pointer, report []string, err error) {
	library.Lock()
	defer library.Unlock()
	if library.proc != nil {
		return library.proc, []string{"loader " + library.name}, nil
	}
	var reason [256]C.char
	for _, name := range libraryNames() {
		c := C.CString(name)
		p := C.sg_open_library(c, &reason[0], C.size_t(len(reason)))
		C.free(unsafe.Pointer(c))
		if p == nil {
			report = append(report, fmt.Sprintf("loader %s: %s", name, C.GoString(&reason[0])))
			continue
		}
		library.proc, library.name = p, name
		return p, append(report, "loader "+name), nil
	}
	return nil, report, &gpu.Error{Op: "load Vulkan", Kind: gpu.ErrNoDevice,
		Msg: "none of " + strings.Join(libraryNames(), ", ") + " could be opened; install the Vulkan loader (Debian: libvulkan1; macOS: the Vulkan SDK or MoltenVK)"}
}
