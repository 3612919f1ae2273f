package shaders_test

import (
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// What an executor may pick fits every device: local size and shared memory
// are within what Vulkan demands of devices.
func TestVariants(t *testing.T) {
	for _, k := range shaders.Kernels() {
		list := k.Variants()
		if len(list) == 0 {
			t.Errorf("%s: no variant", k.Name)
		}
		for i, spec := range list {
			if len(spec) != len(k.Spec) {
				t.Fatalf("%s: variant %v has %d constants, the kernel %d", k.Name, spec, len(spec), len(k.Spec))
			}
			for j, s := range k.Spec {
				if s.Type == "bool" && spec[j] > 1 {
					t.Errorf("%s: variant %v sets the bool %s to %d", k.Name, spec, s.Name, spec[j])
				}
			}
			if n := k.LocalSizeFor(spec); n[0]*n[1]*n[2] == 0 || n[0] > 1024 || n[1] > 1024 || n[2] > 64 || n[0]*n[1]*n[2] > 1024 {
				t.Errorf("%s: variant %v has %v invocations", k.Name, spec, n)
			}
			if n := k.SharedBytesFor(spec); n < 0 || n > 32<<10 {
				t.Errorf("%s: variant %v takes %d bytes of shared memory", k.Name, spec, n)
			}
			if slices.ContainsFunc(list[:i], func(v []uint32) bool { return slices.Equal(v, spec) }) {
				t.Errorf("%s: variant %v is there twice", k.Name, spec)
			}
		}
	}
}

func TestVariantsAreCopies(t *testing.T) {
	k := shaders.Lookup("fill")
	k.Variants()[0][0] += 1000
	if k.Variants()[0][0] > 1000 {
		t.Errorf("fill has the variants %v after a change of what Variants returned", k.Variants())
	}
}
