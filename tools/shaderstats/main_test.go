package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test program be the worker that it starts.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) == "" {
		os.Exit(m.Run())
	}
	if err := work(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// skipOrFail skips a test for want of the driver, or fails it where Vulkan is
// required.
func skipOrFail(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// The whole way for two kernels: the worker, the driver, the disassembler.
func TestCompile(t *testing.T) {
	if _, err := findICD(); err != nil {
		skipOrFail(t, err)
	}
	var out strings.Builder
	if err := run(t.Context(), []string{"fill", "norm"}, &out); err != nil && strings.Contains(err.Error(), "built without cgo") {
		skipOrFail(t, err)
	} else if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, kernel := range []string{"fill", "norm"} {
			if want := fmt.Sprintf("| %s | defaults | %s | 64 |", kernel, family); !strings.Contains(out.String(), want) {
				t.Errorf("no line %q in\n%s", want, out.String())
			}
		}
	}
	out.Reset()
	if err := run(t.Context(), []string{"-hot", "norm"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "; norm, ") < len(families) || !strings.Contains(got, "\tv_") {
		t.Errorf("hot blocks of norm:\n%s", got)
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"no_such_kernel"}, `no kernel is called "no_such_kernel"`},
		{[]string{"-check", "fill"}, "-check is for all kernels"},
		{[]string{"-hot"}, "-hot and -asm for named ones"},
		{[]string{"-nonsense"}, "flag provided but not defined"},
	} {
		var out strings.Builder
		if err := run(t.Context(), c.args, &out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.args, err, c.want)
		}
	}
}

// What a developer has set does not change the table.
func TestWorkerEnvironment(t *testing.T) {
	got := workerEnvironment([]string{"HOME=/h", "RADV_DEBUG=llvm", "ACO_DEBUG=noopt", "VK_ICD_FILENAMES=/other.json", "VK_INSTANCE_LAYERS=x"}, "navi21", "/radv.json")
	for _, want := range []string{"HOME=/h", "RADV_FORCE_FAMILY=navi21", "VK_DRIVER_FILES=/radv.json", "VK_ICD_FILENAMES=/radv.json", workerEnv + "=1"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %q", want, got)
		}
	}
	for _, v := range got {
		if v == "RADV_DEBUG=llvm" || v == "ACO_DEBUG=noopt" || v == "VK_ICD_FILENAMES=/other.json" || v == "VK_INSTANCE_LAYERS=x" {
			t.Errorf("%s is left", v)
		}
	}
}

func TestNoDriver(t *testing.T) {
	old := icdFolders
	t.Cleanup(func() { icdFolders = old })
	icdFolders = []string{t.TempDir()}
	if _, err := findICD(); err == nil || !strings.Contains(err.Error(), "install the package mesa-vulkan-drivers") {
		t.Errorf("error %v", err)
	}
	path := filepath.Join(icdFolders[0], "radeon_icd.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := findICD(); err != nil || got != path {
		t.Errorf("%q, %v, want %q", got, err, path)
	}
}
