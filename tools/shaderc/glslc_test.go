package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newCompiler returns a compiler over a temporary folder. Without glslc the
// test fails where the whole tool chain must exist and is skipped elsewhere.
func newCompiler(t testing.TB) *compiler {
	t.Helper()
	c := &compiler{temp: t.TempDir(), include: "../../shaders/lib"}
	for name, path := range map[string]*string{"glslc": &c.glslc, "spirv-val": &c.val} {
		found, err := exec.LookPath(name)
		if err == nil {
			*path = found
			continue
		}
		if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
			t.Fatalf("SPECTRAL_REQUIRE_GPU=1 and %v: install glslc and spirv-tools", err)
		}
		t.Skipf("needs the shader compiler: %v", err)
	}
	return c
}

// compileText compiles GLSL as the kernel test_kernel; the #version line and
// the local size are added where they are missing.
func compileText(t testing.TB, text string) (kernel, error) {
	t.Helper()
	c := newCompiler(t)
	s := source{Path: filepath.Join(c.temp, "test_kernel.comp"), Name: "test_kernel", Go: "TestKernel", Doc: "Test."}
	if err := os.WriteFile(s.Path, []byte(complete(text)), 0o666); err != nil {
		t.Fatal(err)
	}
	return c.compile(t.Context(), s)
}

func complete(text string) string {
	if !strings.Contains(text, "local_size") {
		text = "layout(local_size_x = 64) in;\n" + text
	}
	return "#version 450\n" + text
}
