package shaders_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func Example() {
	fill := shaders.Fill{Push: shaders.FillPush{Rows: 3, Cols: 5, Stride: 8, Value: 1}}
	fill.Y.Region = shaders.Region{Offset: 68, Size: 96}
	d := fill.Dispatch(shaders.Fold(3*5, 256))
	if err := d.Align(64); err != nil {
		fmt.Println(err)
	}
	fmt.Println(d.Kernel.Name, d.Groups, d.Bindings[0].Region.Offset, d.Bindings[0].Region.Size, d.Bindings[0].Access)
	// Output: fill [1 1 1] 64 100 write
}

func TestKernels(t *testing.T) {
	all := shaders.Kernels()
	if len(all) == 0 {
		t.Fatal("no kernels")
	}
	for _, k := range all {
		t.Run(k.Name, func(t *testing.T) {
			if shaders.Lookup(k.Name) != k {
				t.Error("Lookup finds another kernel")
			}
			for _, code := range [][]uint32{k.SPIRV(), k.SPIRV64()} {
				if len(code) < 5 || code[0] != 0x07230203 {
					t.Errorf("the code does not begin with SPIR-V's magic number: %#x", code[:min(5, len(code))])
				}
			}
			if k.Doc == "" || len(k.Bindings) == 0 {
				t.Errorf("no documentation or no buffers: %+v", k)
			}
			if k.LocalSizeFor(k.DefaultSpec()) != k.LocalSize {
				t.Errorf("local size with the defaults %v, want %v", k.LocalSizeFor(k.DefaultSpec()), k.LocalSize)
			}
			if n := k.SharedBytesFor(nil); n < 0 || n > 32<<10 {
				t.Errorf("%d bytes of shared memory with the defaults", n)
			}
		})
	}
	if shaders.Lookup("no_such_kernel") != nil || shaders.Lookup("") != nil {
		t.Error("Lookup finds a kernel that does not exist")
	}
}

func TestAccessNames(t *testing.T) {
	for a, want := range map[shaders.Access]string{
		shaders.Read: "read", shaders.Write: "write", shaders.ReadWrite: "read/write", 0: "no access",
	} {
		if a.String() != want {
			t.Errorf("%d is %q, want %q", uint8(a), a, want)
		}
	}
}
