package train_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// first is a task of one's own: after eight values, which one was shown first, a negative or a positive one?
type first struct{ seed uint64 }

func (first) Spec() data.Spec {
	return data.Spec{Name: "first", Length: 8, Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 2}, Metric: data.Accuracy,
		TrainSize: data.Endless, TestSize: 200, Encoding: data.Encoding{Classes: []string{"negative", "positive"}}}
}

// Fill writes a batch, which depends on its arguments alone.
func (f first) Fill(split data.Split, epoch, index int, b data.Batch) (counted int, err error) {
	src := philox.New(f.seed, philox.Stream(fmt.Sprint("first", split, epoch, index)))
	counted = b.Size
	if n := f.Spec().Samples(split); n != data.Endless {
		counted = min(counted, n-index*b.Size)
	}
	for row := range b.Size {
		b.Labels[row] = data.NotCounted
		for step := range b.Length {
			v := 2*src.Float64() - 1
			b.Values[step*b.Size+row] = float32(v)
			if step == 0 && row < counted {
				b.Labels[row] = 0
				if v > 0 {
					b.Labels[row] = 1
				}
			}
		}
	}
	return counted, nil
}

func (first) Close() error { return nil }

// A task of one's own is registered under a name, by which runs find it again; it is trained, interrupted, resumed, evaluated and used.
func Example() {
	if err := data.Register(data.Source{Name: "first", Summary: "was the first value positive?", Generated: true,
		Open: func(_ string, c data.Config) (data.Task, error) { return first{c.Seed}, nil }}); err != nil {
		log.Fatal(err)
	}
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	task, err := data.Open("first", data.Config{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer task.Close()
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	c := train.Default("first", task.Spec(), train.Config{})
	c.Steps, c.Model.Hidden, c.Model.Reflectors, c.Model.Batch, c.Optimizer.LR = 300, 16, 4, 32, 0.01
	opts := train.Options{Dev: dev, Task: task, Folder: train.Folder{Dir: dir}}
	ctx, stop := context.WithCancel(context.Background())
	opts.Observe = func(e train.Event) {
		if s, ok := e.(train.StepEvent); ok && s.Step == 100 {
			stop() // as ^C would
		}
	}
	_, err = train.Run(ctx, c, opts)
	fmt.Println(err)

	// As `train --resume` and `eval` do, which know no more than the folder: the task is found by the name that stands in it.
	state, err := opts.Folder.Read()
	if err != nil {
		log.Fatal(err)
	}
	if opts.Task, err = state.Config.OpenTask(""); err != nil {
		log.Fatal(err)
	}
	defer opts.Task.Close()
	opts.Resume, opts.Observe = true, nil
	end, err := train.Run(context.Background(), state.Config, opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(end.Reason, "after", end.Steps, "steps")
	if state, err = opts.Folder.Read(); err != nil {
		log.Fatal(err)
	}
	net, err := state.Checkpoint.Network(dev)
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	eval, err := train.Evaluate(context.Background(), net, opts.Task, data.Test)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("at least 9 of 10 of %d right: %v\n", eval.Samples, *eval.Accuracy >= 0.9)

	p, err := model.Open(dev, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	said, err := p.Predict([][]float32{{0.8, -0.5, 0.3, 0.9, -0.1, -0.7, 0.2, -0.4}, {-0.8, -0.5, 0.3, 0.9, -0.1, -0.7, 0.2, -0.4}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(said[0].Label, said[1].Label)
	// Output:
	// interrupted
	// done after 300 steps
	// at least 9 of 10 of 200 right: true
	// positive negative
}
