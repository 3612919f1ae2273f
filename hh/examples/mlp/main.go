// Command mlp trains a network of two fully connected layers with rectangular spectral weights, by packages nn and
// hh: points of the plane, inside or outside a ring.
//
//	go run ./hh/examples/mlp -device auto
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func main() {
	device := flag.String("device", "auto", "device, as for gpu.Open: auto, cpu, vulkan, an index or a name")
	steps := flag.Int("steps", 800, "training steps")
	flag.Parse()
	if _, err := train(os.Stdout, *device, *steps); err != nil {
		log.Fatal(err)
	}
}

// train opens the device, trains, writes a line now and then, and returns the share of right answers on fresh points.
func train(w io.Writer, device string, steps int) (accuracy float64, err error) {
	dev, err := gpu.Open(device, gpu.Options{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if cerr := dev.Close(); err == nil {
			err = cerr
		}
	}()
	net, err := newNetwork(dev)
	if err != nil {
		return 0, err
	}
	defer net.Close()
	fmt.Fprintf(w, "%s: layers %v and %v\n", dev.Info().Name, net.first.Chosen(), net.second.Chosen())
	points := newRing(1)
	for step := 1; step <= steps; step++ {
		points.batch(net.Train.Values(), net.Train.Labels())
		s, err := net.TrainStep(int64(step), 0.01, batch)
		if err != nil {
			return 0, err
		}
		if step%100 == 0 {
			fmt.Fprintf(w, "step %4d  loss %.4f\n", step, s.LossSum/batch)
		}
	}
	const batches = 8
	test := newRing(2)
	for range batches {
		test.batch(net.Eval.Values(), net.Eval.Labels())
		s, err := net.EvalStep()
		if err != nil {
			return 0, err
		}
		accuracy += s.Correct / (batch * batches)
	}
	sigma, err := hh.ReadSpectrum(net.first.Sigma())
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(w, "test accuracy %.3f; first layer: norm %.3f, condition %.3f\n", accuracy, sigma.Norm(), sigma.Condition())
	return accuracy, nil
}
