package hh

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Method is how a layer applies its weight.
type Method uint8

// The methods of a layer. Both give the same numbers up to rounding.
const (
	// MethodAuto takes what costs less for the batch.
	MethodAuto Method = iota
	// Materialised forms W once per step and multiplies by it: right for large batches or many reflectors.
	Materialised
	// Applied multiplies by Q(V)ᵀ, Σ and Q(U) in turn and never forms W: right for few reflectors.
	Applied
)

func (m Method) String() string {
	switch m {
	case MethodAuto:
		return "auto"
	case Materialised:
		return "materialised"
	case Applied:
		return "applied"
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// LayerConfig describes a fully connected layer y = φ(W x + b) with a spectral weight W = Q(U) Σ Q(V)ᵀ.
type LayerConfig struct {
	In, Out, Batch int // W is Out × In; batches are Batch × In and Batch × Out
	Reflectors     int // a side, 0 … min(In, Out)
	Center, Radius float32
	Map            gpu.SigmaMap
	Bias           bool
	Activation     gpu.Activation
	Method         Method
	ForwardOnly    bool
}

func (c LayerConfig) svd() SVDConfig {
	return SVDConfig{Rows: c.Out, Cols: c.In, ReflectorsU: c.Reflectors, ReflectorsV: c.Reflectors, Center: c.Center, Radius: c.Radius, Map: c.Map, ForwardOnly: c.ForwardOnly}
}

// Layer is a fully connected layer with a spectral weight on a device. It owns its parameters, their gradients and its intermediates:
//
//	layer, err := hh.NewLayer(dev, hh.LayerConfig{In: 784, Out: 300, Batch: 128, Reflectors: 16, Center: 1, Radius: 0.1, Bias: true})
//	layer.Init(seed)
//	forward, err := layer.Forward(y, x)             // operations of y = φ(W x + b)
//	backward, err := layer.Backward(dx, dy, y, x)   // operations of dx and layer.Gradients()
//	step, err := dev.Compile("step", …)             // forward, a loss, backward, an optimiser over layer.Parameters(), layer.Project()
//
// The parameters are one contiguous vector, U and V and s and the bias, so that gpu.Adam or gpu.SGD updates them as they are.
type Layer struct {
	cfg      LayerConfig
	method   Method
	params   *gpu.Buffer
	grads    *gpu.Buffer
	value    layout
	gradient layout
	svd      *SVD      // of Materialised
	operator *Operator // of Applied
	dw       gpu.View  // Out × In
	pre      gpu.View  // Batch × Out: W x without the bias, of Applied
	dz       gpu.View  // Batch × Out
	dx       gpu.View  // Batch × In, of Applied where nobody asks for dx
	mem      arena
}

// layout is the parameters of a layer, or their gradients, in one vector.
type layout struct {
	SVDParams
	bias gpu.View // 1 × Out
}

// words returns the places of V, s and the bias, and the end; every part but V starts at a multiple of gpu.GroupBlock.
func (c LayerConfig) words() (v, s, bias, end int) {
	up := func(x int) int { return (x + gpu.GroupBlock - 1) / gpu.GroupBlock * gpu.GroupBlock }
	v = c.Reflectors * c.Out
	s = up(v + c.Reflectors*c.In)
	bias = up(s + min(c.In, c.Out))
	end = bias
	if c.Bias {
		end = up(bias + c.Out)
	}
	return v, s, bias, end
}

func (c LayerConfig) layout(b *gpu.Buffer) layout {
	v, s, bias, _ := c.words()
	l := layout{SVDParams: SVDParams{U: b.View(0, c.Reflectors, c.Out), V: b.View(v, c.Reflectors, c.In), S: b.View(s, 1, min(c.In, c.Out))}}
	if c.Bias {
		l.bias = b.View(bias, 1, c.Out)
	}
	return l
}

// NewLayer allocates a layer with W of singular values Center and zero reflectors, and no bias: call Init or Set. Close it before
// the device.
func NewLayer(dev *gpu.Device, cfg LayerConfig) (*Layer, error) {
	const op = "layer"
	if err := cfg.svd().Check(); err != nil {
		return nil, err
	}
	if k := min(cfg.In, cfg.Out); cfg.Reflectors > k || cfg.Batch < 1 {
		return nil, shapeError(op, "%d reflectors a side of a %d×%d weight and batches of %d; want 0 … %d and at least 1", cfg.Reflectors, cfg.Out, cfg.In, cfg.Batch, k)
	}
	if cfg.Method > Applied {
		return nil, shapeError(op, "unknown method %d", cfg.Method)
	}
	l := &Layer{cfg: cfg, method: cfg.chooseMethod()}
	if err := l.allocate(dev); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Layer) allocate(dev *gpu.Device) (err error) {
	c := l.cfg
	_, _, _, words := c.words()
	if l.params, err = dev.NewBuffer("layer parameters", words, gpu.DeviceOnly); err != nil {
		return err
	}
	l.value = c.layout(l.params)
	if !c.ForwardOnly {
		if l.grads, err = dev.NewBuffer("layer gradients", words, gpu.DeviceOnly); err != nil {
			return err
		}
		l.gradient = c.layout(l.grads)
		l.mem.take(&l.dz, c.Batch, c.Out)
	}
	if l.method == Applied {
		l.mem.take(&l.pre, c.Batch, c.Out)
		l.mem.take(&l.dx, c.Batch, c.In)
		l.operator, err = NewOperator(dev, c.svd(), c.Batch, AlgorithmAuto, l.value.SVDParams)
	} else {
		if !c.ForwardOnly {
			l.mem.take(&l.dw, c.Out, c.In)
		}
		l.svd, err = NewSVD(dev, c.svd(), l.value.SVDParams)
	}
	if err != nil {
		return err
	}
	return l.mem.alloc(dev, fmt.Sprintf("layer %d×%d", c.Out, c.In))
}

// chooseMethod compares the flops of a step.
func (c LayerConfig) chooseMethod() Method {
	if c.Method != MethodAuto {
		return c.Method
	}
	s, B := c.svd(), float64(c.Batch)
	passes := 3.0 // forward, input gradient, weight gradient
	if c.ForwardOnly {
		passes = 1
	}
	materialised := passes*2*B*float64(c.In*c.Out) + s.lowRankFlops()
	if s.denseFits() {
		materialised = passes*2*B*float64(c.In*c.Out) + min(s.lowRankFlops(), s.denseFlops())
	}
	// The products of the applied form are thin and run in dependent steps: they reach about half the rate of the large ones.
	applied := 2 * (1 + 1.5*(passes-1)) * 4 * B * float64(c.In+c.Out) * float64(c.Reflectors)
	if applied < materialised {
		return Applied
	}
	return Materialised
}

// Config returns the configuration.
func (l *Layer) Config() LayerConfig { return l.cfg }

// Method returns the method that was chosen.
func (l *Layer) Method() Method { return l.method }

// Parameters returns the parameters as one vector (1 × N, with gaps of zeros): U, V, s, bias.
func (l *Layer) Parameters() gpu.View { return l.params.All() }

// Gradients returns the gradients, laid out as Parameters; the gaps are 0.
func (l *Layer) Gradients() gpu.View { return l.grads.All() }

// Weights returns the views of the parameters: U is m × Out, V is m × In, S is 1 × min(In, Out); bias is 1 × Out or the zero View.
func (l *Layer) Weights() (p SVDParams, bias gpu.View) { return l.value.SVDParams, l.value.bias }

// Sigma returns the singular values, 1 × min(In, Out), valid after the operations of Forward.
func (l *Layer) Sigma() gpu.View {
	if l.operator != nil {
		return l.operator.Sigma()
	}
	return l.svd.Sigma()
}

// Init writes random reflectors (InitReflectors), s from N(0, 1) where spread is set and 0 otherwise (all σ = Center), and a zero bias.
// The numbers depend on the seed and on the sizes alone.
func (l *Layer) Init(seed uint64, spread bool) error {
	src := philox.New(seed, philox.Stream("hh/layer"))
	f := &Factorization{Rows: l.cfg.Out, Cols: l.cfg.In, U: make([]float32, l.value.U.Len()), V: make([]float32, l.value.V.Len())}
	if err := InitReflectors(f.U, l.cfg.Reflectors, l.cfg.Out, src); err != nil {
		return err
	}
	if err := InitReflectors(f.V, l.cfg.Reflectors, l.cfg.In, src); err != nil {
		return err
	}
	s := make([]float32, min(l.cfg.In, l.cfg.Out))
	if spread {
		for i := range s {
			s[i] = float32(src.Normal())
		}
	}
	return l.write(f, s)
}

// Set writes given factors, and σ as parameters s; σ outside the layer's band is ErrBand (see Factorization.Parameters to clamp it).
func (l *Layer) Set(f *Factorization) error {
	if f.Rows != l.cfg.Out || f.Cols != l.cfg.In || f.ReflectorsU() != l.cfg.Reflectors || f.ReflectorsV() != l.cfg.Reflectors {
		return shapeError("layer set", "factors of %d×%d with %d and %d reflectors for a layer of %d×%d with %d", f.Rows, f.Cols, f.ReflectorsU(), f.ReflectorsV(), l.cfg.Out, l.cfg.In, l.cfg.Reflectors)
	}
	s, _, err := f.Parameters(Band{Center: l.cfg.Center, Radius: l.cfg.Radius, Map: l.cfg.Map})
	if err != nil {
		return err
	}
	return l.write(f, s)
}

func (l *Layer) write(f *Factorization, s []float32) error {
	_, at, _, _ := l.cfg.words()
	all := make([]float32, l.params.Len())
	copy(all, f.U)
	copy(all[len(f.U):], f.V)
	copy(all[at:], s)
	return l.params.Write(0, all)
}

// Project returns the operations that restore unit lengths and structural zeros of the reflectors after an update.
func (l *Layer) Project() []gpu.Op {
	var ops []gpu.Op
	for _, set := range stackSets([2]gpu.View{l.value.U, l.value.V}) {
		ops = append(ops, gpu.NormalizeReflectors{U: set.view, Sets: set.count})
	}
	return ops
}

// Close frees what the layer owns. Programs that use it must be closed first.
func (l *Layer) Close() {
	if l.svd != nil {
		l.svd.Close()
	}
	if l.operator != nil {
		l.operator.Close()
	}
	l.mem.close()
	l.params.Close()
	l.grads.Close()
}
