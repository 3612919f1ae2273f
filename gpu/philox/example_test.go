package philox_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// A value is known by its address; drawing other values before it changes nothing.
func Example() {
	s := philox.New(42, philox.Stream("example"))
	for range 5 {
		s.Normal()
	}
	sixth := s.Normal()
	fmt.Println(sixth == philox.New(42, philox.Stream("example")).NormalAt(5))
	fmt.Println(philox.New(42, philox.Stream("order")).Perm(6))
	// Output:
	// true
	// [0 1 4 2 3 5]
}
