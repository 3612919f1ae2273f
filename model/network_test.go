package model_test

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// onDevices runs f on every executor; a missing Vulkan device is a failure where SPECTRAL_REQUIRE_GPU=1.
func onDevices(t *testing.T, f func(t *testing.T, dev *gpu.Device)) {
	for _, name := range []string{"cpu", "vulkan"} {
		t.Run(name, func(t *testing.T) { f(t, open(t, name)) })
	}
}

func open(t testing.TB, name string) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open(name, gpu.Options{OnMessage: func(m gpu.Message) {
		if m.Severity == "error" {
			t.Errorf("%s: %s", m.ID, m.Text)
		}
	}})
	if err != nil {
		if name == "vulkan" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
			t.Skip("no Vulkan device:", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return dev
}

// small returns settings of a network that the oracle can differentiate.
func small(cell string, kind data.Loss) model.Config {
	return model.Config{Cell: cell, Length: 5, Batch: 3, Input: data.Values(2), Output: data.Output{Loss: kind, Width: 4}, Hidden: 7, Layers: 1, Reflectors: 3,
		Radius: 0.2, Center: 1, Activation: "tanh", Seed: 3}
}

func newNetwork(t *testing.T, dev *gpu.Device, c model.Config, o model.Optimizer) *model.Network {
	t.Helper()
	m, err := model.New(dev, c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// fill writes a random batch whose last row is padding where there is more than one.
func fill(m *model.Network) data.Batch {
	b := m.Batch()
	src := philox.New(9, 1)
	for i := range b.Values {
		b.Values[i] = float32(src.Normal())
	}
	for i := range b.Labels {
		b.Labels[i] = int32(src.IntN(m.Config.Output.Width))
	}
	if n := len(b.Labels); n > 1 {
		b.Labels[n-1] = data.NotCounted
	}
	for i := range b.Targets {
		b.Targets[i] = float32(src.Normal())
	}
	return b
}

// oracleLoss is the mean loss of the batch in float64, from explicit dense matrices.
func oracleLoss(c model.Config, b data.Batch, p map[string]oracle.Matrix) float64 {
	act, _ := model.ParseActivation(c.Activation)
	phi := oracle.Activation{Kind: oracle.ActivationKind(act.Kind), Slope: float64(act.Slope)}
	x := oracle.FromFloat32(b.Values, c.Length*c.Batch, c.Input.Width, c.Input.Width)
	var last oracle.Matrix
	for l := range c.Layers {
		name := func(s string) string { return fmt.Sprintf("layers.%d.%s", l, s) }
		var w oracle.Matrix
		if info, _ := model.FindCell(c.Cell); info.Factored {
			radius := c.Radius
			if c.Cell == "ornn" {
				radius = 0
			}
			w = oracle.W(p[name("U")], p[name("V")], oracle.Sigma(p[name("s")].Data, c.Center, radius))
		} else {
			w = p[name("W")]
		}
		z := oracle.Mul(x, p[name("Wx")].T())
		for i := range z.Data {
			z.Data[i] += p[name("b")].Data[i%c.Hidden]
		}
		h := oracle.RNNForward(phi, w, oracle.Zeros(c.Batch, c.Hidden), z)
		x, last = h, oracle.Matrix{Rows: c.Batch, Cols: c.Hidden, Data: h.Data[(c.Length-1)*c.Batch*c.Hidden:]}
	}
	out := oracle.Mul(last, p["head.W"].T())
	for i := range out.Data {
		out.Data[i] += p["head.b"].Data[i%c.Output.Width]
	}
	labels := make([]int, c.Batch)
	for i, y := range b.Labels {
		labels[i] = int(y)
	}
	scale := 1 / float64(c.Batch)
	if c.Output.Loss == data.CrossEntropy {
		return oracle.SoftmaxCrossEntropy(out, labels, scale).Loss
	}
	return oracle.MSE(out, oracle.FromFloat32(b.Targets, c.Batch, c.Output.Width, c.Output.Width), labels, scale).Loss
}

func readParams(t *testing.T, m *model.Network, b *gpu.Buffer) map[string]oracle.Matrix {
	t.Helper()
	p := map[string]oracle.Matrix{}
	for _, ts := range m.Params().Tensors() {
		v, err := gpu.ReadView(ts.In(b))
		if err != nil {
			t.Fatal(err)
		}
		p[ts.Name] = oracle.FromFloat32(v, ts.Rows, ts.Cols, ts.Cols)
	}
	return p
}

func TestGradientIsThatOfTheOracle(t *testing.T) {
	cases := map[string]model.Config{
		"spectral classification": small("spectral", data.CrossEntropy),
		"spectral regression":     small("spectral", data.SquaredError),
		"ornn":                    small("ornn", data.CrossEntropy),
		"rnn":                     small("rnn", data.CrossEntropy),
		"irnn":                    small("irnn", data.SquaredError),
	}
	two := small("spectral", data.CrossEntropy)
	two.Layers = 2
	cases["two layers"] = two
	full := small("spectral", data.CrossEntropy)
	full.Reflectors = full.Hidden
	cases["m = n"] = full
	for _, form := range []model.Form{model.FormMatrix, model.FormLowRank} {
		for cell, m := range map[string]int{"spectral": 2, "ornn": 1} {
			c := small(cell, data.CrossEntropy)
			c.Form, c.Reflectors, c.Layers = form, m, m
			cases[fmt.Sprintf("%s in the form %s", cell, form)] = c
		}
	}
	none := small("spectral", data.CrossEntropy)
	none.Reflectors = 0
	cases["m = 0"] = none
	one := small("spectral", data.SquaredError)
	one.Length, one.Batch, one.Input.Width, one.Output.Width, one.Hidden, one.Reflectors = 1, 1, 1, 1, 1, 1
	cases["all ones"] = one
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) { checkGradient(t, dev, c) })
		}
	})
}

func checkGradient(t *testing.T, dev *gpu.Device, c model.Config) {
	o := model.DefaultOptimizer()
	m := newNetwork(t, dev, c, o)
	batch := fill(m)
	before := readParams(t, m, m.Params().Values())
	stats, err := m.TrainStep(model.Position{}, m.Config.Batch)
	if err != nil || !stats.Finite {
		t.Fatalf("step: %+v, %v", stats, err)
	}
	if want := oracleLoss(c, batch, before); math.Abs(stats.LossSum/float64(c.Batch)-want) > 1e-5*(1+want) {
		t.Errorf("loss %g, oracle %g", stats.LossSum/float64(c.Batch), want)
	}
	var norm float64
	for name, got := range readParams(t, m, m.Params().Grads()) {
		v := before[name]
		want := oracle.Gradient(func(x []float64) float64 {
			trial := map[string]oracle.Matrix{}
			for k, p := range before {
				trial[k] = p
			}
			trial[name] = oracle.Matrix{Rows: v.Rows, Cols: v.Cols, Data: x}
			return oracleLoss(c, batch, trial)
		}, v.Data, 1e-4)
		scale := 0.0
		for _, w := range want {
			scale = max(scale, math.Abs(w))
		}
		for i := range want {
			norm += want[i] * want[i]
			if d := math.Abs(got.Data[i] - want[i]); !(d <= 2e-5*(scale+0.01)) {
				t.Errorf("gradient of %s[%d] is %g, central differences of the oracle %g", name, i, got.Data[i], want[i])
				break
			}
		}
	}
	if math.Abs(stats.GradNorm-math.Sqrt(norm)) > 1e-4*(1e-3+math.Sqrt(norm)) {
		t.Errorf("gradient norm %g, oracle %g", stats.GradNorm, math.Sqrt(norm))
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		m := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
		fill(m)
		step := int64(0)
		if n := testing.AllocsPerRun(20, func() {
			step++
			if _, err := m.TrainStep(model.Position{Step: step - 1}, m.Config.Batch); err != nil {
				t.Fatal(err)
			}
			if _, err := m.EvalStep(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%g allocations a step", n)
		}
		train, _ := m.Programs()
		if s := train.Stats(); s.Submits != 1 {
			t.Errorf("%d submissions a step, want 1", s.Submits)
		}
	})
}

func TestDispatchesDoNotDependOnT(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		var got []int
		for _, steps := range []int{100, 784} {
			c := small("spectral", data.CrossEntropy)
			c.Length, c.Batch, c.Hidden = steps, 128, 32
			train, _ := newNetwork(t, dev, c, model.DefaultOptimizer()).Programs()
			got = append(got, train.Stats().Dispatches)
		}
		if got[0] != got[1] || got[0] == 0 {
			t.Errorf("%d dispatches for T = 100, %d for T = 784", got[0], got[1])
		}
	})
}

func TestNonFiniteGradientChangesNothing(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		m := newNetwork(t, dev, small("spectral", data.SquaredError), model.DefaultOptimizer())
		b := fill(m)
		b.Targets[0] = float32(math.Inf(1))
		before := readParams(t, m, m.Params().Values())
		s, err := m.TrainStep(model.Position{}, m.Config.Batch)
		if err != nil || s.Finite {
			t.Fatalf("step with an infinite target: %+v, %v; want Finite false", s, err)
		}
		where, err := m.FirstNonFinite()
		if err != nil || where == "" {
			t.Errorf("FirstNonFinite: %q, %v", where, err)
		}
		after := readParams(t, m, m.Params().Values())
		for _, name := range []string{"head.W", "layers.0.Wx", "layers.0.s"} {
			for i, v := range before[name].Data {
				if after[name].Data[i] != v {
					t.Fatalf("%s[%d] changed from %g to %g", name, i, v, after[name].Data[i])
				}
			}
		}
	})
}

func TestConfigErrors(t *testing.T) {
	good := small("spectral", data.CrossEntropy)
	for name, change := range map[string]func(*model.Config){
		"hidden 0":             func(c *model.Config) { c.Hidden = 0 },
		"batch −1":             func(c *model.Config) { c.Batch = -1 },
		"reflectors > hidden":  func(c *model.Config) { c.Reflectors = c.Hidden + 1 },
		"r = σ*":               func(c *model.Config) { c.Radius = c.Center },
		"r NaN":                func(c *model.Config) { c.Radius = math.NaN() },
		"r 0":                  func(c *model.Config) { c.Radius = 0 },
		"σ* 0":                 func(c *model.Config) { c.Center = 0 },
		"unknown cell":         func(c *model.Config) { c.Cell = "elman" },
		"unknown activation":   func(c *model.Config) { c.Activation = "selu" },
		"slope that vanishes":  func(c *model.Config) { c.Activation = "leaky-relu:1e-46" },
		"radius that vanishes": func(c *model.Config) { c.Radius = 1e-46 },
		"sigma that vanishes":  func(c *model.Config) { c.Center, c.Radius = 1e-39, 1e-40 },
		"radius up to sigma":   func(c *model.Config) { c.Center, c.Radius = 1, 0.99999999 },
		"slope out of range":   func(c *model.Config) { c.Activation = "leaky-relu:2" },
		"noise of no size":     func(c *model.Config) { c.Initial = "noise" },
		"noise that vanishes":  func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 1e-46 },
		"noise that is lost":   func(c *model.Config) { c.InitialNoise = 0.1 },
		"noise in a stream":    func(c *model.Config) { c.Initial, c.InitialNoise, c.Stream = "noise", 0.1, true },
		"all states dropped":   func(c *model.Config) { c.DropoutState = 1 },
		"slope of the unknown": func(c *model.Config) { c.Activation = "relu:0.1" },
	} {
		c := good
		change(&c)
		if err := c.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, change := range map[string]func(*model.Config){
		"no bias":             func(c *model.Config) { c.NoBias = true },
		"learned first state": func(c *model.Config) { c.Initial = "learned" },
		"noise":               func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 0.1 },
		"dropout of states":   func(c *model.Config) { c.DropoutState = 0.5 },
	} {
		for _, cell := range model.Cells() {
			c := good
			c.Cell = cell
			if info, _ := model.FindCell(cell); !info.Time {
				c.Length = 1
			}
			change(&c)
			info, _ := model.FindCell(cell)
			takes := map[string]bool{"noise": info.Time, "dropout of states": info.Time, "no bias": info.Plain, "learned first state": info.Plain}[name]
			if err := c.Check(); (err == nil) != takes {
				t.Errorf("%s with the cell %s: %v", name, cell, err)
			}
		}
	}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

func TestOptimizerErrors(t *testing.T) {
	for name, change := range map[string]func(*model.Optimizer){
		"lr NaN":                 func(o *model.Optimizer) { o.LR = math.NaN() },
		"lr 0":                   func(o *model.Optimizer) { o.LR = 0 },
		"lr Inf":                 func(o *model.Optimizer) { o.LR = math.Inf(1) },
		"beta1 1":                func(o *model.Optimizer) { o.Beta1 = 1 },
		"clip −1":                func(o *model.Optimizer) { o.Clip = -1 },
		"decay 1.1":              func(o *model.Optimizer) { o.LRDecay = 1.1 },
		"unknown":                func(o *model.Optimizer) { o.Name = "lion" },
		"eps 0":                  func(o *model.Optimizer) { o.Eps = 0 },
		"warmup −1":              func(o *model.Optimizer) { o.Warmup = -1 },
		"schedule":               func(o *model.Optimizer) { o.Schedule = "linear" },
		"momentum 1":             func(o *model.Optimizer) { o.Momentum = 1 },
		"beta2 that rounds to 1": func(o *model.Optimizer) { o.Beta2 = 0.99999999999 },
		"clip that vanishes":     func(o *model.Optimizer) { o.Clip = 1e-46 },
		"eps that is denormal":   func(o *model.Optimizer) { o.Eps = 1e-39 },
		"rates too far apart":    func(o *model.Optimizer) { o.LR, o.LRSigma = 1e-37, 100 },
	} {
		o := model.DefaultOptimizer()
		change(&o)
		if err := o.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCountIsThePapersFormula(t *testing.T) {
	dev := open(t, "cpu")
	for _, c := range []model.Config{small("spectral", data.CrossEntropy), {Cell: "spectral", Length: 2, Batch: 2, Input: data.Values(1), Output: data.Output{Width: 10}, Hidden: 128,
		Layers: 1, Reflectors: 16, Radius: 0.01, Center: 1, Activation: "relu"}} {
		n, m := c.Hidden, c.Reflectors
		want := (c.Output.Width+c.Input.Width+2*m+2)*n - (2*m*m-2*m)/2 + c.Output.Width
		if got := newNetwork(t, dev, c, model.DefaultOptimizer()).Params().Count(); got != want {
			t.Errorf("n=%d m=%d: %d parameters, the formula says %d", n, m, got, want)
		}
	}
}
