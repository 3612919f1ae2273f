package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// families are the cards compiled for, as RADV names them: RDNA 2 (Radeon RX
// 6800) and RDNA 3 (Radeon RX 7900).
var families = []string{"navi21", "gfx1100"}

// workerEnv is set where this program is the worker that compiles.
const workerEnv = "SHADERSTATS_WORKER"

// familyRun is what was compiled for a family.
type familyRun struct {
	Family   string
	Driver   string // Mesa 22.3.6
	Compiled []compiled
}

// compiled is one variant of a kernel with what the compiler says about it.
type compiled struct {
	Kernel     string
	Spec       []uint32
	Subgroup   int // lanes
	Statistics map[string]uint64
	Assembly   string
}

// compileFamilies compiles the named kernels, all where there are no names, for
// each family in a process of its own.
func compileFamilies(ctx context.Context, families, names []string) ([]familyRun, error) {
	icd, err := findICD()
	if err != nil {
		return nil, err
	}
	runs, errs := make([]familyRun, len(families)), make([]error, len(families))
	var wg sync.WaitGroup
	for i, family := range families {
		wg.Go(func() { runs[i], errs[i] = compileFamily(ctx, family, icd, names) })
	}
	wg.Wait()
	return runs, errors.Join(errs...)
}

func compileFamily(ctx context.Context, family, icd string, names []string) (familyRun, error) {
	self, err := os.Executable()
	if err != nil {
		return familyRun{}, err
	}
	cmd := exec.CommandContext(ctx, self, names...)
	cmd.Env = workerEnvironment(os.Environ(), family, icd)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return familyRun{}, fmt.Errorf("compile for %s: %w\n%s", family, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var r familyRun
	if err := json.Unmarshal(out, &r); err != nil {
		return familyRun{}, fmt.Errorf("compile for %s: output of the worker: %w", family, err)
	}
	r.Family = family
	return r, nil
}

// workerEnvironment returns the environment without what could change the
// compiler's output, and with what makes the driver compile for a family.
func workerEnvironment(env []string, family, icd string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		return slices.ContainsFunc([]string{"VK_", "RADV_", "ACO_", "NIR_", "MESA_", "AMD_"}, func(p string) bool { return strings.HasPrefix(v, p) })
	})
	return append(env,
		workerEnv+"=1",
		"RADV_FORCE_FAMILY="+family,
		"VK_ICD_FILENAMES="+icd, // loaders before 1.3.207
		"VK_DRIVER_FILES="+icd,
		"VK_LOADER_LAYERS_DISABLE=~all~",
		"MESA_SHADER_CACHE_DISABLE=true",
	)
}

// icdFolders are where drivers leave their descriptions for the Vulkan loader.
var icdFolders = []string{"/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"}

// findICD returns the description of the RADV driver for this processor.
func findICD() (string, error) {
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	for _, dir := range icdFolders {
		for _, name := range []string{"radeon_icd." + machine + ".json", "radeon_icd.json"} {
			path := filepath.Join(dir, name)
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("the RADV driver is not installed (no radeon_icd.%s.json in %s): install the package mesa-vulkan-drivers",
		machine, strings.Join(icdFolders, ", "))
}
