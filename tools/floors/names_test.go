package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNames: a folder with all files of an operation has no fault, and one without any of them has one.
func TestNames(t *testing.T) {
	files := map[string]string{
		"gpu/add_one.go":              "package gpu\n\ntype AddOne struct{}\n\nfunc (AddOne) Name() string { return \"add_one\" }\nfunc (AddOne) Check() {}\nfunc (AddOne) Access() {}\nfunc (AddOne) Cost() {}\n",
		"gpu/device.go":               "package gpu\n\ntype Device struct{}\n\nfunc (Device) Check() {}\n",
		"gpu/cpu/add_one.go":          "func init() { implement(addOne) }",
		"gpu/vulkan/add_one.go":       "func init() { implement(addOne) }",
		"shaders/add_one_pack.comp":   "",
		"gpu/parity/case_add_one.go":  "func addOneCases(l *list) {}",
		"gpu/parity/case_program.go":  "",
		"gpu/add_one_test.go":         "package gpu_test\n",
		"gpu/vulkan/add_one_other.go": "",
	}
	for _, left := range []string{"", "gpu/cpu/add_one.go", "gpu/vulkan/add_one.go", "shaders/add_one_pack.comp", "gpu/parity/case_add_one.go"} {
		dir := t.TempDir()
		for name, text := range files {
			if name == left {
				continue
			}
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		faults, err := checkNames(dir)
		if err != nil {
			t.Fatal(err)
		}
		if left == "" && len(faults) > 0 || left != "" && len(faults) != 1 {
			t.Errorf("without %q: %q", left, faults)
		}
	}
	ops, err := operations(filepath.Join("..", ".."))
	if err != nil || len(ops) < 33 || !slices.Contains(ops, operation{"RNNForward", "rnn_forward"}) {
		t.Errorf("operations of this module: %v, %v", ops, err)
	}
}
