package parity_test

import (
	"context"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/parity"
)

// The short cases of one operation on the CPU executor.
func ExampleRun() {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	only := func(c parity.Case) bool { return c.Op == "tri_inverse" }
	sums, err := parity.Run(context.Background(), dev, parity.Options{Short: true, Match: only}, func(r parity.Result) {
		if !r.Pass {
			fmt.Println(r.Op, r.Case, r.Err)
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range sums {
		fmt.Println(s.Op, s.Failed, "failed")
	}
	// Output:
	// tri_inverse 0 failed
}
