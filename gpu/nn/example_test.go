package nn_test

import (
	"fmt"
	"log"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/cpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Gain is a layer of one's own: y = g ∘ x with a trained g for each column.
type Gain struct{ g *nn.Param }

// Declare adds the parameter.
func (l *Gain) Declare(p *nn.Params, in nn.Shape) (nn.Shape, error) {
	l.g = p.Add(nn.Tensor{Name: "g", Rows: 1, Cols: in.Width, Init: nn.Constant(1)})
	return in, nil
}

// Plan reserves the output and, for training, the place of its gradient.
func (l *Gain) Plan(p *nn.Plan, x nn.Flow) (nn.Pass, error) {
	unit := p.Unit("outputs")
	out := nn.Flow{Shape: x.Shape, Y: unit.Reserve(x.Rows(), x.Width)}
	if p.Train {
		out.DY = unit.Reserve(x.Rows(), x.Width)
	}
	return gainPass{l, x, out}, nil
}

type gainPass struct {
	l      *Gain
	x, out nn.Flow
}

func (p gainPass) Out() nn.Flow { return p.out }

func (p gainPass) Forward(r *nn.Record) {
	r.Do(gpu.Scale{Y: p.out.Y, X: p.x.Y, Right: p.l.g.Value, Alpha: 1})
}

func (p gainPass) Backward(r *nn.Record) {
	r.Do(gpu.ColDot{Out: p.l.g.Grad, A: p.out.DY, B: p.x.Y, Alpha: 1, Beta: r.Beta(p.l.g.Grad)})
	if !p.x.DY.IsZero() { // somebody wants the gradient of the input
		r.Do(gpu.Scale{Y: p.x.DY, X: p.out.DY, Right: p.l.g.Value, Alpha: 1, Beta: r.Beta(p.x.DY)})
	}
}

// A layer of one's own trains beside those of the package.
func Example_layer() {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&Gain{}, &Gain{}}, Loss: nn.SquaredError{}, Rule: nn.Adam{}, In: nn.Shape{Length: 1, Batch: 2, Width: 2}})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	copy(net.Train.Values(), []float32{1, 2, 3, 4})
	copy(net.Train.Targets(), []float32{3, 1, 9, 2}) // the first column times 3, the second halved
	for step := int64(1); step <= 500; step++ {
		if _, err := net.TrainStep(step, 0.02, 2); err != nil {
			log.Fatal(err)
		}
	}
	y, err := net.Predict([][]float64{{1, 1}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", y[0])
	// Output:
	// [3.00 0.50]
}
