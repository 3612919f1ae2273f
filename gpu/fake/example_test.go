package fake_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

// A program is compiled and looked at: which operations wait for which.
func Example() {
	dev, x := fake.Open()
	defer dev.Close()
	buf, err := dev.NewBuffer("numbers", 300, gpu.DeviceOnly)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer buf.Close()
	a, b, c := buf.View(0, 10, 10), buf.View(100, 10, 10), buf.View(200, 10, 10)
	prog, err := dev.Compile("three",
		gpu.Fill{Y: a, Value: 1},
		gpu.Fill{Y: b, Value: 2},                                      // apart from a
		gpu.Gemm{C: c, A: a, B: b, Alpha: 1},                          // needs both
		gpu.Activate{Y: c, X: c, Act: gpu.Activation{Kind: gpu.ReLU}}, // needs c
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer prog.Close()
	for i, name := range x.Programs()[0].Names() {
		fmt.Println(name, x.Programs()[0].Barriers[i])
	}
	// Output:
	// fill false
	// fill false
	// gemm true
	// activate true
}
