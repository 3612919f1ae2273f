package model_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// trained returns the folder of a small run of the adding problem.
func trained(dev *gpu.Device) string {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	c := train.Config{Task: "adding", Config: data.Config{Length: 4, ValidSize: 100, TestSize: 100}, Seed: 1, Optimizer: model.DefaultOptimizer(), Steps: 300}
	task, err := c.OpenTask("")
	if err != nil {
		log.Fatal(err)
	}
	defer task.Close()
	c.Optimizer.LR, c.Optimizer.Warmup = 0.01, 0
	c.Model = model.DefaultConfig(task.Spec())
	c.Model.Hidden, c.Model.Reflectors, c.Model.Batch = 16, 4, 64
	if _, err := train.Run(context.Background(), c, train.Options{Dev: dev, Task: task, Folder: train.Folder{Dir: dir}}); err != nil {
		log.Fatal(err)
	}
	return dir
}

// A run's network predicts sequences, and reads streams step by step.
func ExampleOpen() {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	dir := trained(dev)
	defer os.RemoveAll(dir)

	p, err := model.Open(dev, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	// Four steps of a value and a mark: the sum of the marked values is asked for.
	sequence := []float32{0.9, 1, 0.5, 0, 0.3, 0, 0.1, 1}
	said, err := p.Predict([][]float32{sequence})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("of the sequence: %.1f\n", said[0].Values[0])

	s, err := p.Stream()
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	var after model.Prediction
	for t := range 4 {
		if after, err = s.Next(sequence[2*t : 2*t+2]); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("after its last step: %.1f\n", after.Values[0])
	// Output:
	// of the sequence: 1.0
	// after its last step: 1.0
}
