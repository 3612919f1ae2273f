package cpu_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/cpu" // registers the CPU executor
)

// A program is recorded once and run any number of times.
func Example() {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	buf, err := dev.NewBuffer("matrices", 12, gpu.HostToDevice)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer buf.Close()
	a, b, c := buf.View(0, 2, 2), buf.View(4, 2, 2), buf.View(8, 2, 2)
	copy(buf.Host(), []float32{1, 2, 3, 4, 0, 1, 1, 0})

	program, err := dev.Compile("product", gpu.Gemm{C: c, A: a, B: b, Alpha: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer program.Close()
	if err := program.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(buf.Host()[8:12])
	// Output: [2 1 4 3]
}
