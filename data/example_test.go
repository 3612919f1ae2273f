package data_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// A training loop fills the same batch again and again.
func Example() {
	task, err := data.Open("adding", data.Config{Length: 6, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer task.Close()
	s := task.Spec()
	b := data.NewBatch(s, 1, s.Length)
	for index := range 2 {
		if _, err := task.Fill(data.Train, 0, index, b); err != nil {
			fmt.Println(err)
			return
		}
		var sum float32
		for t := range s.Length {
			value, marker := b.Values[(t*b.Size+0)*s.Input.Width], b.Values[(t*b.Size+0)*s.Input.Width+1]
			sum += value * marker
		}
		fmt.Println("target is the sum of the marked values:", b.Targets[0] == sum)
	}
	// Output:
	// target is the sum of the marked values: true
	// target is the sum of the marked values: true
}
