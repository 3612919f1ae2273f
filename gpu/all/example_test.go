package all_test

import (
	"fmt"
	"log"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all"
)

// A program is recorded once and run with whatever the host slices hold at the time.
func Example() {
	dev, err := gpu.Open("auto", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	x, err := dev.NewBuffer("x", 6, gpu.HostToDevice)
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	y, err := dev.NewBuffer("y", 6, gpu.DeviceToHost)
	if err != nil {
		log.Fatal(err)
	}
	defer y.Close()

	program, err := dev.Compile("transpose", gpu.Copy{Y: y.View(0, 3, 2), X: x.View(0, 2, 3), Transpose: true})
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	copy(x.Host(), []float32{1, 2, 3, 4, 5, 6})
	if err := program.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Host())
	// Output: [1 4 2 5 3 6]
}
