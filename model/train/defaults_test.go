package train

import (
	"errors"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestDefaultsCanBe: every task's defaults with every cell are settings that can be, at any size that is asked for.
func TestDefaultsCanBe(t *testing.T) {
	specs := map[string]data.Spec{
		"adding":      {Length: 20, Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}, TrainSize: data.Endless},
		"adding:long": {Length: 2000, Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}, TrainSize: data.Endless},
		"copy":        {Length: 40, Input: data.Tokens(10), Output: data.Output{Width: 9, Where: data.EveryStep, Tail: 10}, TrainSize: data.Endless},
		"mnist:rows":  {Length: 28, Input: data.Values(28), Output: data.Output{Width: 10}, TrainSize: 100},
		"mnist":       {Length: 784, Input: data.Values(1), Output: data.Output{Width: 10}, TrainSize: 100},
		"pmnist":      {Length: 784, Input: data.Values(1), Output: data.Output{Width: 10}, TrainSize: 100},
		"ptb":         {Length: 35, Input: data.Tokens(50), Output: data.Output{Width: 50, Where: data.EveryStep}, Stream: true, TrainSize: 1000},
		"ptb-char":    {Length: 50, Input: data.Tokens(50), Output: data.Output{Width: 50, Where: data.EveryStep}, Stream: true, TrainSize: 1000},
		"ucr:X":       {Length: 22, Input: data.Values(13), Output: data.Output{Width: 3}, TrainSize: 30},
		"other":       {Length: 5, Input: data.Values(3), Output: data.Output{Width: 3}, TrainSize: 30},
	}
	for task, spec := range specs {
		for _, cell := range model.Cells() {
			info, _ := model.FindCell(cell)
			if !info.Time && (spec.Input.IsTokens() || spec.Stream) {
				continue
			}
			for _, hidden := range []int{0, 1, 7, 300} {
				s := spec
				if !info.Time {
					s.Length = 1
				}
				asked := Config{}
				asked.Model.Cell, asked.Model.Hidden = cell, hidden
				c := Default(task, s, asked)
				if err := c.Check(); err != nil {
					t.Errorf("%s, %s, hidden %d: %v", task, cell, hidden, err)
				}
				if hidden > 0 && c.Model.Hidden != hidden {
					t.Errorf("%s, %s: %d hidden units, %d were asked for", task, cell, c.Model.Hidden, hidden)
				}
			}
		}
	}
}

// TestCentersOfDenseNetworks: σ* keeps the mean square of what goes through a layer with its activation.
func TestCentersOfDenseNetworks(t *testing.T) {
	spec := data.Spec{Length: 1, Input: data.Values(784), Output: data.Output{Width: 10}, TrainSize: 100}
	for activation, want := range map[string]float64{"relu": math.Sqrt2, "leaky-relu:0.1": math.Sqrt(2 / 1.01), "tanh": 1, "leaky-relu:1": 1} {
		asked := Config{}
		asked.Model.Cell, asked.Model.Activation = "spectral-mlp", activation
		if c := Default("mnist", spec, asked); c.Model.Init != "identity" || c.Model.Center != 1 {
			t.Errorf("%s: init %s, σ* = %g, want the identity", activation, c.Model.Init, c.Model.Center)
		}
		asked.Model.Init = "haar"
		if c := Default("mnist", spec, asked); math.Abs(c.Model.Center-want) > 1e-6 || c.Model.Activation != activation {
			t.Errorf("%s: σ* = %g with %s, want %g", activation, c.Model.Center, c.Model.Activation, want)
		}
		asked.Model.Cell = "spectral-resnet"
		if c := Default("mnist", spec, asked); c.Model.Center != 0 {
			t.Errorf("%s: σ* = %g in residual blocks, want 0", activation, c.Model.Center)
		}
	}
}

// TestResidualNetworksHaveABlock: fewer layers than a map and a block are refused, and the default has blocks.
func TestResidualNetworksHaveABlock(t *testing.T) {
	spec := data.Spec{Length: 1, Input: data.Values(784), Output: data.Output{Width: 10}, TrainSize: 100}
	for _, cell := range []string{"resnet", "spectral-resnet"} {
		asked := Config{Seed: 1}
		asked.Model.Cell = cell
		c := Default("mnist", spec, asked)
		if err := c.Check(); err != nil || c.Model.Layers < model.LeastResidual+2 {
			t.Errorf("%s: %d layers, %v", cell, c.Model.Layers, err)
		}
		for layers, ok := range map[int]bool{1: false, 2: false, 3: true, 4: true} {
			c.Model.Layers = layers
			if err := c.Check(); (err == nil) != ok || !ok && !errors.Is(err, model.ErrConfig) {
				t.Errorf("%s of %d layers: %v", cell, layers, err)
			}
		}
	}
}

// TestDefaultsOfLongAdditions: two small layers are the default of spectral cells alone, and what is asked for stays.
func TestDefaultsOfLongAdditions(t *testing.T) {
	for _, x := range []struct {
		cell                   string
		length, hidden         int
		wantHidden, wantLayers int
	}{{"spectral", 1000, 0, 64, 2}, {"ornn", 1000, 0, 64, 2}, {"lstm", 1000, 0, 128, 1}, {"rnn", 1000, 0, 128, 1}, {"spectral", 100, 0, 128, 1}, {"spectral", 1000, 32, 32, 2}} {
		asked := Config{}
		asked.Model.Cell, asked.Model.Hidden = x.cell, x.hidden
		spec := data.Spec{Length: x.length, Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}, TrainSize: data.Endless}
		if m := Default("adding", spec, asked).Model; m.Hidden != x.wantHidden || m.Layers != x.wantLayers {
			t.Errorf("%s, T=%d, hidden %d asked for: %d layers of %d, want %d of %d", x.cell, x.length, x.hidden, m.Layers, m.Hidden, x.wantLayers, x.wantHidden)
		}
	}
}

// TestDefaultsOfDigits: what was found for several pixels a step is the default of spectral recurrences alone, and of those lengths.
func TestDefaultsOfDigits(t *testing.T) {
	for _, x := range []struct {
		cell       string
		length     int
		wantInit   string
		wantRadius float64
	}{{"spectral", 28, "cayley", 0.1}, {"spectral", 112, "cayley", 0.1}, {"spectral", 784, "", 0.01}, {"spectral-lstm", 28, "", 0.01}, {"rnn", 28, "", 0.01}} {
		asked := Config{}
		asked.Model.Cell = x.cell
		spec := data.Spec{Length: x.length, Input: data.Values(784 / x.length), Output: data.Output{Width: 10}, TrainSize: 100}
		if m := Default("mnist", spec, asked).Model; m.Init != x.wantInit || m.Radius != x.wantRadius {
			t.Errorf("%s, %d steps: init %q, r = %g, want %q, %g", x.cell, x.length, m.Init, m.Radius, x.wantInit, x.wantRadius)
		}
	}
}

// TestDefaultsOfWords: spectral cells read and write words with one table, unless an embedding of another width is asked for.
func TestDefaultsOfWords(t *testing.T) {
	spec := data.Spec{Length: 35, Input: data.Tokens(50), Output: data.Output{Width: 50, Where: data.EveryStep}, Stream: true, TrainSize: 1000}
	for _, x := range []struct {
		cell                      string
		hidden, embedding         int
		wantTied                  bool
		wantHidden, wantEmbedding int
	}{{"spectral", 0, 0, true, 200, 200}, {"spectral-lstm", 48, 0, true, 48, 48}, {"spectral", 48, 48, true, 48, 48}, {"spectral", 0, 30, false, 200, 30}, {"lstm", 0, 0, false, 200, 0}} {
		asked := Config{}
		asked.Model.Cell, asked.Model.Hidden, asked.Model.Embedding = x.cell, x.hidden, x.embedding
		c := Default("ptb", spec, asked)
		if x.embedding > 0 {
			c.Model.Embedding = x.embedding
		}
		if m := c.Model; m.Tied != x.wantTied || m.Hidden != x.wantHidden || m.Embedding != x.wantEmbedding || c.Check() != nil {
			t.Errorf("%+v: tied %v, %d units, embedding %d; %v", x, m.Tied, m.Hidden, m.Embedding, c.Check())
		}
	}
}

// TestBandsOfLanguage: plain recurrences have a wide band, and reflectors at a rate of their own; gates and orthogonal maps a tenth of the others' rate.
func TestBandsOfLanguage(t *testing.T) {
	spec := data.Spec{Length: 35, Input: data.Tokens(50), Output: data.Output{Width: 50, Where: data.EveryStep}, Stream: true, TrainSize: 1000}
	for _, x := range []struct {
		task, cell     string
		center, radius float64
		lr, reflectors float64
	}{
		{"ptb", "spectral", 1, 0.95, 3e-3, 1e-3}, {"ptb", "ornn", 1, 0.1, 3e-3, 3e-4}, {"ptb", "spectral-lstm", 1, 0.1, 3e-3, 3e-4},
		{"ptb-char", "spectral", 1, 0.95, 1e-2, 1e-3}, {"ptb-char", "ornn", 1, 0.1, 1e-2, 1e-3}, {"ptb-char", "spectral-lstm", 1, 0.1, 2e-3, 2e-4},
	} {
		asked := Config{}
		asked.Model.Cell = x.cell
		c := Default(x.task, spec, asked)
		got := []float64{c.Model.Center, c.Model.Radius, c.Optimizer.LR, c.Optimizer.LRReflectors}
		for i, want := range []float64{x.center, x.radius, x.lr, x.reflectors} {
			if math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("%s, %s: σ*, r, rate and rate of reflectors are %g, want %g, %g, %g, %g", x.task, x.cell, got, x.center, x.radius, x.lr, x.reflectors)
				break
			}
		}
	}
}

// TestDefaultsOfCharacters: plain recurrences read characters by a table and an input map, as wide as a tied read-out needs it; an orthogonal one stays
// orthogonal; of words a text is another thing.
func TestDefaultsOfCharacters(t *testing.T) {
	spec := data.Spec{Length: 50, Input: data.Tokens(50), Output: data.Output{Width: 50, Where: data.EveryStep}, Stream: true, TrainSize: 1000}
	for _, x := range []struct {
		task, cell    string
		unit          data.Unit
		tied          bool
		wantEmbedding int
		wantCenter    float64
	}{
		{"ptb-char", "spectral", "", false, 200, 1}, {"text:a.txt", "spectral", data.Byte, false, 200, 1}, {"text:a.txt", "spectral", data.Word, false, 0, 1},
		{"ptb-char", "spectral", "", true, 256, 1}, {"ptb-char", "ornn", "", false, 200, 1}, {"ptb", "ornn", "", false, 200, 1}, {"ptb-char", "rnn", "", false, 200, 1},
		{"ptb-char", "lstm", "", false, 0, 1}, {"text:a.txt", "spectral-lstm", "", false, 0, 1},
	} {
		asked := Config{}
		asked.Unit, asked.Model.Cell, asked.Model.Tied = x.unit, x.cell, x.tied
		c := Default(x.task, spec, asked)
		c.Model.Tied = c.Model.Tied || x.tied
		if m := c.Model; m.Embedding != x.wantEmbedding || m.Center != x.wantCenter || c.Check() != nil {
			t.Errorf("%+v: embedding %d, σ* = %g; %v", x, m.Embedding, m.Center, c.Check())
		}
	}
}

// TestDefaultDecays: a schedule that is asked for does what its name says, whatever the task.
func TestDefaultDecays(t *testing.T) {
	for _, task := range []string{"adding", "copy", "mnist"} {
		spec, err := data.Shape(task, data.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for schedule, want := range map[string]float64{model.Constant: 1, model.Plateau: 0.5, model.Steps: 0.1, model.Exponential: 0.99} {
			asked := Config{}
			asked.Optimizer.Schedule = schedule
			if got := Default(task, spec, asked).Optimizer.LRDecay; got != want {
				t.Errorf("%s: the schedule %s multiplies the rate by %g, want %g", task, schedule, got, want)
			}
		}
	}
}
