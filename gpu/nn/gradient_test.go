package nn_test

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

var (
	tanh   = gpu.Activation{Kind: gpu.Tanh}
	mod    = gpu.Activation{Kind: gpu.ModReLU}
	scaled = gpu.Activation{Kind: gpu.ScaledTanh}
	leaky  = gpu.Activation{Kind: gpu.LeakyReLU, Slope: 0.3}
)

// network is a composition of layers whose gradients are compared.
type network struct {
	layer      nn.Layer
	length     int // 1 where it is 0
	width      int // of the input; tokens where it is 0
	vocabulary int
	values     bool // squared error
	training   bool // training computes something else than evaluation
}

func networks() map[string]network {
	block := func(inner int, act gpu.Activation) *nn.Residual { return &nn.Residual{Inner: inner, Act: act} }
	words := func(width int) *nn.Embedding { return &nn.Embedding{Vocabulary: 4, Width: width} }
	list := map[string]network{
		"linear":                     {layer: &nn.Linear{Out: 3}, width: 2},
		"linear without bias":        {layer: &nn.Linear{Out: 3, NoBias: true, Act: scaled}, width: 2, values: true},
		"nothing before the loss":    {layer: nn.Sequential{nn.Sequential{}, &nn.Linear{Out: 2}, nn.Sequential{}}, width: 3},
		"a block alone":              {layer: block(0, tanh), width: 3},
		"a wide block":               {layer: nn.Sequential{&nn.Linear{Out: 3}, block(5, mod)}, width: 2},
		"a narrow block":             {layer: nn.Sequential{&nn.Linear{Out: 4}, block(1, leaky)}, width: 2, values: true},
		"blocks without activations": {layer: nn.Sequential{&nn.Linear{Out: 3, Act: tanh}, block(0, gpu.Activation{}), block(2, gpu.Activation{})}, width: 2},
		"blocks behind one another":  {layer: nn.Sequential{&nn.Linear{Out: 3}, block(0, mod), block(4, scaled), block(2, tanh), &nn.Linear{Out: 2}}, width: 2},
		"a layer behind a block":     {layer: nn.Sequential{block(4, tanh), &nn.Linear{Out: 3, Act: mod}, block(0, leaky)}, width: 3, values: true},
		"nested": {layer: nn.Sequential{&nn.Linear{Out: 4, Act: tanh},
			nn.Sequential{nn.Sequential{block(0, tanh), nn.Named("inside", &nn.Linear{Out: 3})}, nn.Named("deep", nn.Sequential{block(2, scaled)})}, &nn.Linear{Out: 2}}, width: 2},
		"a block behind a recurrence": {layer: nn.Sequential{&nn.Recurrent{Hidden: 4, Act: tanh}, block(3, mod), &nn.Linear{Out: 2}}, length: 3, width: 2},
		"a block before a recurrence": {layer: nn.Sequential{block(3, mod), &nn.Recurrent{Hidden: 4, Act: tanh, Initial: true, Last: true}, &nn.Linear{Out: 2}}, length: 3, width: 3},
		"recurrences of several widths": {layer: nn.Sequential{&nn.Recurrent{Hidden: 4, Act: scaled, NoBias: true}, &nn.Recurrent{Hidden: 2, Act: mod, Initial: true},
			&nn.Recurrent{Hidden: 3, Last: true, Act: tanh}}, length: 4, width: 2, values: true},
		"a recurrence that takes a layer's output as it is": {layer: nn.Sequential{&nn.Linear{Out: 4}, &nn.Recurrent{Hidden: 4, Direct: true, Act: tanh},
			&nn.Recurrent{Hidden: 4, Direct: true, Act: mod, Last: true}, &nn.Linear{Out: 2}}, length: 3, width: 2},
		"a block whose output is taken as it is": {layer: nn.Sequential{block(0, tanh), &nn.Recurrent{Hidden: 3, Direct: true, Act: tanh}, block(0, tanh)}, length: 3, width: 3},
		"embedding":                              {layer: nn.Sequential{words(3), &nn.Linear{Out: 2}}, length: 3, vocabulary: 4},
		"embedding, block":                       {layer: nn.Sequential{words(3), block(2, mod), &nn.Linear{Out: 2}}, length: 3, vocabulary: 4},
	}
	for name, between := range map[string]nn.Layer{"nothing": nn.Sequential{}, "a layer": &nn.Linear{Out: 3, Act: tanh}, "a block": block(2, tanh),
		"a recurrence": &nn.Recurrent{Hidden: 3, Act: tanh}, "a direct recurrence": &nn.Recurrent{Hidden: 3, Direct: true, Act: tanh}} {
		table := words(3)
		list["tied, with "+name+" between"] = network{layer: nn.Sequential{table, between, &nn.Linear{Out: 4, Weight: nn.Tied{Table: table}}}, length: 3, vocabulary: 4}
	}
	for name, c := range dropouts() {
		list["dropout "+name] = c
	}
	list["a block in a sum"] = network{layer: nn.Sequential{&nn.Linear{Out: 3, Act: tanh}, around{block(2, tanh)}, &nn.Linear{Out: 2}}, width: 2}
	// One matrix in several places: its gradients add up, in whatever order the uses come.
	square := &nn.Embedding{Vocabulary: 4, Width: 4}
	once := func() nn.Weight { return nn.Tied{Table: square} }
	list["one matrix in layers, blocks and recurrences"] = network{length: 3, vocabulary: 4, layer: nn.Sequential{square, &nn.Linear{Out: 4, Weight: once(), Act: tanh},
		&nn.Recurrent{Hidden: 4, Weight: once(), Direct: true, Act: tanh}, &nn.Residual{W1: once(), W2: once(), Act: tanh}, &nn.Recurrent{Hidden: 4, Weight: once(), Act: tanh, Initial: true},
		&nn.Linear{Out: 4, Weight: once()}}}
	return list
}

// dropouts are networks with dropout wherever the gradient of its input goes another way.
func dropouts() map[string]network {
	drop := func() nn.Layer { return &nn.Dropout{Rate: 0.4} }
	overTime := func() nn.Layer { return &nn.Dropout{Rate: 0.4, OverTime: true} }
	return map[string]network{
		"of the input":       {layer: nn.Sequential{drop(), &nn.Linear{Out: 3, Act: tanh}, &nn.Linear{Out: 2}}, width: 4, training: true},
		"between layers":     {layer: nn.Sequential{&nn.Linear{Out: 4, Act: tanh}, drop(), &nn.Linear{Out: 4, Act: mod}, drop(), &nn.Linear{Out: 2}}, width: 2, training: true},
		"of the outputs":     {layer: nn.Sequential{&nn.Linear{Out: 3, Act: tanh}, drop()}, width: 2, values: true, training: true},
		"before a block":     {layer: nn.Sequential{&nn.Linear{Out: 4, Act: tanh}, drop(), &nn.Residual{Inner: 3, Act: tanh}, drop(), &nn.Linear{Out: 2}}, width: 2, training: true},
		"behind a table":     {layer: nn.Sequential{&nn.Embedding{Vocabulary: 4, Width: 3}, drop(), &nn.Linear{Out: 2}}, length: 3, vocabulary: 4, training: true},
		"behind recurrences": {layer: nn.Sequential{&nn.Recurrent{Hidden: 4, Act: tanh}, drop(), &nn.Recurrent{Hidden: 3, Act: scaled}, overTime(), &nn.Linear{Out: 2}}, length: 3, width: 2, training: true},
		"of the last state":  {layer: nn.Sequential{&nn.Recurrent{Hidden: 4, Act: tanh}, overTime(), &nn.LSTM{Hidden: 4, Last: true}, drop(), &nn.Linear{Out: 2}}, length: 3, width: 2, training: true},
		"in a sum":           {layer: nn.Sequential{&nn.Linear{Out: 4, Act: tanh}, around{drop()}, &nn.Linear{Out: 2}}, width: 2, training: true},
	}
}

// around is y = x + layer(x), whose part of the gradient of x is written before the layer's.
type around struct{ nn.Layer }

func (l around) Plan(p *nn.Plan, x nn.Flow) (nn.Pass, error) {
	inner, err := l.Layer.Plan(p.Scope("around"), x)
	if err != nil {
		return nil, err
	}
	unit := p.Unit("sum")
	out := nn.Flow{Shape: x.Shape, Y: unit.Reserve(x.Rows(), x.Width)}
	if p.Train {
		out.DY = unit.Reserve(x.Rows(), x.Width)
	}
	return aroundPass{x, out, inner}, nil
}

type aroundPass struct {
	x, out nn.Flow
	inner  nn.Pass
}

func (a aroundPass) Out() nn.Flow { return a.out }

func (a aroundPass) Forward(r *nn.Record) {
	a.inner.Forward(r)
	r.Do(gpu.Copy{Y: a.out.Y, X: a.x.Y}, gpu.Scale{Y: a.out.Y, X: a.inner.Out().Y, Alpha: 1, Beta: 1})
}

func (a aroundPass) Backward(r *nn.Record) {
	r.Do(gpu.Scale{Y: a.x.DY, X: a.out.DY, Alpha: 1, Beta: r.Beta(a.x.DY)}, gpu.Copy{Y: a.inner.Out().DY, X: a.out.DY})
	a.inner.Backward(r)
}

// TestGradients holds the gradients of compositions of layers against central differences in float64, element by element.
func TestGradients(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	for name, c := range networks() {
		t.Run(name, func(t *testing.T) {
			cfg := nn.Config{Layer: c.layer, Loss: nn.CrossEntropy{}, Rule: nn.SGD{}, In: nn.Shape{Length: max(c.length, 1), Batch: 3, Width: c.width}, Seed: 2}
			if c.values {
				cfg.Loss = nn.SquaredError{}
			}
			if c.width == 0 {
				cfg.Tokens, cfg.In.Width = true, 1
			}
			net, err := nn.New(dev, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			// Within the differences at one point there may be a kink of an activation.
			o := nntest.Options{Vocabulary: c.vocabulary, Seed: 1, Elements: true, Training: c.training}
			again := o
			again.Seed = 2
			if err = nntest.Gradients(net, o); err != nil && nntest.Gradients(net, again) != nil {
				t.Error(err)
			}
			if o.Training = false; c.training && nntest.Gradients(net, o) == nil {
				t.Error("training computes what evaluation does")
			}
		})
	}
}

// TestGradientsAreFound proves the proof: a layer whose gradient is off by a millionth part of a few is refused.
func TestGradientsAreFound(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	net, err := nn.New(dev, nn.Config{Layer: nn.Sequential{&nn.Linear{Out: 3, Act: tanh}, wrong{}, &nn.Linear{Out: 2}}, Loss: nn.CrossEntropy{}, Rule: nn.SGD{},
		In: nn.Shape{Length: 1, Batch: 3, Width: 2}, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if err := nntest.Gradients(net, nntest.Options{Seed: 1}); err == nil {
		t.Error("a wrong gradient was taken")
	}
}

// wrong is the identity, with a gradient of 1.000004.
type wrong struct{}

func (wrong) Declare(_ *nn.Params, in nn.Shape) (nn.Shape, error) { return in, nil }

func (wrong) Plan(_ *nn.Plan, x nn.Flow) (nn.Pass, error) { return wrongPass{x}, nil }

type wrongPass struct{ x nn.Flow }

func (w wrongPass) Out() nn.Flow       { return w.x }
func (w wrongPass) Forward(*nn.Record) {}
func (w wrongPass) Backward(r *nn.Record) {
	r.Do(gpu.Scale{Y: w.x.DY, X: w.x.DY, Alpha: 1.000004})
}

// TestInitials: what initialisers promise of the values that they draw.
func TestInitials(t *testing.T) {
	const rows, cols = 40, 60
	for name, c := range map[string]struct {
		init  nn.Init
		std   float64
		bound float64
	}{
		"uniform": {nn.Uniform(0.5), 0.5 / 1.7320508, 0.5}, "fan-in": {nn.FanIn, 0.0745356, 0.1290995}, "fan-max": {nn.FanMax, 0.0745356, 0.1290995},
		"xavier": {nn.Xavier(2), 0.2828427, 0.4898980}, "kaiming": {nn.Kaiming, 0.1825742, 1}, "normal": {nn.Normal(3), 3, 15},
		"unit columns": {nn.UnitColumns, 0.1581139, 1}, "constant": {nn.Constant(0.3), 0.3, 0.30000002},
	} {
		v := make([]float32, rows*cols)
		c.init(v, rows, cols, philox.New(1, 2))
		sum := 0.0
		for _, x := range v {
			if f := float64(x); f > c.bound || f < -c.bound {
				t.Fatalf("%s draws %g, more than %g", name, x, c.bound)
			}
			sum += float64(x) * float64(x)
		}
		if s := sum / (rows * cols) / (c.std * c.std); s < 0.93 || s > 1.07 {
			t.Errorf("%s has %.3f of the variance that it should have", name, s)
		}
	}
}
