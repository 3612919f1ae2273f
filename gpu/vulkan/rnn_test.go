//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// recurrence is a recurrence to test.
type recurrence struct {
	n, k, t, b int
	act        gpu.Activation
	lay        layout
	inPlace    bool // Z is H, DH is Delta
	lastOnly   bool // DH belongs to the last step
	withDH0    bool
}

func (c recurrence) String() string {
	return fmt.Sprintf("n=%d,k=%d,T=%d,B=%d,%v,%v,inplace=%v,last=%v,dh0=%v", c.n, c.k, c.t, c.b, c.act, c.lay, c.inPlace, c.lastOnly, c.withDH0)
}

// opLayouts are the layouts of all operands; in the first, and with n a multiple of 4, kernels move whole vec4.
var opLayouts = []layout{vectors, tight, {off: 5, gap: 3}}

// vectors is a layout whose rows begin at multiples of 4 words if their length is one.
var vectors = layout{off: 40 - guardWords}

var testActs = []gpu.Activation{{Kind: gpu.Tanh}, {Kind: gpu.ReLU}, {Kind: gpu.LeakyReLU, Slope: 0.1}, {}}

// TestRNN runs recurrences of all sizes with each way to give Z and DH.
func TestRNN(t *testing.T) {
	dev := deviceFor(t)
	for i, n := range sizes {
		c := recurrence{n: n, t: 1 + i*3%5, b: 1 + i*11%37, act: testActs[i%4]}
		for j, k := range []int{0, 1, 3, 7} {
			c.k, c.inPlace, c.lastOnly, c.withDH0 = k, k == 0, j%2 == 1, (i+j)%2 == 0
			c.lay = opLayouts[(i+j)%3]
			testRNN(t, dev, c)
		}
		c.k, c.inPlace, c.lay = 0, false, opLayouts[i%3]
		testRNN(t, dev, c)
	}
}

// TestRNNEdges runs recurrences of no steps and no samples, one step, states too large for shared memory, and more time steps than
// one dispatch takes.
func TestRNNEdges(t *testing.T) {
	dev := deviceFor(t)
	for _, c := range []recurrence{
		{n: 5, t: 0, b: 3, withDH0: true},
		{n: 5, t: 4, b: 0},
		{n: 5, k: 2, t: 1, b: 1, withDH0: true, lastOnly: true},
		{n: 260, k: 1, t: 3, b: 67, act: gpu.Activation{Kind: gpu.Tanh}, withDH0: true},
		{n: 512, t: 2, b: 33, lay: vectors, act: gpu.Activation{Kind: gpu.ReLU}, lastOnly: true},
		{n: 1025, t: 2, b: 9, lay: opLayouts[2], act: gpu.Activation{Kind: gpu.Tanh}, withDH0: true},
	} {
		testRNN(t, dev, c)
	}
}

// TestRNNLarge runs recurrences of enough work for the largest tiles, one of them long.
func TestRNNLarge(t *testing.T) {
	dev := deviceFor(t)
	for _, c := range []recurrence{
		{n: 128, k: 1, t: 30, b: 110, lay: vectors, lastOnly: true},
		{n: 128, k: 1, t: 784, b: 17, act: gpu.Activation{Kind: gpu.Tanh}, lay: vectors, withDH0: true}, // as many turns of loops as one dispatch may take
		{n: 127, t: 30, b: 115, act: gpu.Activation{Kind: gpu.ReLU}, withDH0: true},
		{n: 260, t: 30, b: 33, lay: vectors, act: gpu.Activation{Kind: gpu.ReLU}, inPlace: true},
	} {
		testRNN(t, dev, c)
	}
}

// TestRNNPerStep forces one product a step.
func TestRNNPerStep(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.MaxSharedBytes = 64 })
	for _, c := range []recurrence{
		{n: 33, k: 2, t: 4, b: 5, act: gpu.Activation{Kind: gpu.Tanh}, withDH0: true, lay: opLayouts[2]},
		{n: 32, t: 3, b: 7, lay: vectors, act: gpu.Activation{Kind: gpu.ReLU}, lastOnly: true},
		{n: 32, t: 3, b: 7, lay: vectors, act: gpu.Activation{Kind: gpu.ReLU}, inPlace: true, withDH0: true},
	} {
		testRNN(t, dev, c)
	}
}

// TestRNNHardware runs the tiles of graphics processors.
func TestRNNHardware(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.Software = false })
	for i, n := range []int{1, 7, 33, 128, 129, 260, 600} {
		testRNN(t, dev, recurrence{n: n, k: i % 3, t: 3, b: 5 + 4*i, act: testActs[i%4], lay: opLayouts[i%3], withDH0: i%2 == 0, inPlace: i%3 == 0})
	}
}

// TestRNNTiles runs each tile that suits the size of the state.
func TestRNNTiles(t *testing.T) {
	for i, tile := range slices.Concat(shaders.RNNSoftware, shaders.RNNHardware) {
		dev := limitedDevice(t, func(l *limits) { l.RNNTiles = []shaders.RNNTile{tile} })
		n := stateFor(tile, 64-29*(i%2))
		if _, ok := tile.Lanes(n); !ok {
			t.Errorf("tile %v does not suit a state of %d", tile, n)
			continue
		}
		testRNN(t, dev, recurrence{n: n, k: i % 3, t: 3, b: int(tile.Rows) + 1, act: testActs[i%4], lay: opLayouts[i%2], withDH0: true, inPlace: i%3 == 0})
	}
}

// TestRNNSplit proves that cutting the time steps into several dispatches changes no bit.
func TestRNNSplit(t *testing.T) {
	for _, c := range []recurrence{
		{n: 33, k: 1, t: 11, b: 6, act: gpu.Activation{Kind: gpu.Tanh}, withDH0: true},
		{n: 32, t: 11, b: 6, lay: vectors, act: gpu.Activation{Kind: gpu.ReLU}, inPlace: true, withDH0: true},
		{n: 32, t: 11, b: 6, lay: vectors, act: gpu.Activation{Kind: gpu.Tanh}, lastOnly: true},
	} {
		var whole [][]float32
		for _, steps := range []int{0, 1, 2, 3, 10} {
			dev := deviceFor(t)
			if steps > 0 {
				dev = limitedDevice(t, func(l *limits) { l.MaxLoop = (steps + 9) * (ceilDiv(c.n, 4) + 8) })
			}
			got := testRNN(t, dev, c)
			if whole == nil {
				whole = got
			}
			for i := range got {
				if !slices.EqualFunc(got[i], whole[i], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
					t.Errorf("%v: output %d differs with %d steps a dispatch", c, i, steps)
				}
			}
		}
	}
}

// TestRNNDispatches proves that the number of dispatches of a training step does not depend on T.
func TestRNNDispatches(t *testing.T) {
	dev := deviceFor(t)
	count := func(steps int) int {
		const n, b, k = 128, 128, 1
		view := func(name string, rows, cols int) gpu.View {
			buf, err := dev.NewBuffer(name, rows*cols, gpu.DeviceOnly)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(buf.Close)
			return buf.View(0, rows, cols)
		}
		h, w, x, wx, bias := view("H", (steps+1)*b, n), view("W", n, n), view("X", steps*b, k), view("Wx", n, k), view("bias", 1, n)
		delta, dh, dw, dwx, dbias := view("delta", steps*b, n), view("DH", b, n), view("DW", n, n), view("DWx", n, k), view("dbias", 1, n)
		p, err := dev.Compile("step",
			gpu.RNNForward{H: h, W: w, X: x, Wx: wx, Bias: bias, T: steps, B: b},
			gpu.RNNBackward{Delta: delta, W: w, H: h, DH: dh, T: steps, B: b},
			gpu.RNNGradient{DW: dw, DWx: dwx, DBias: dbias, Delta: delta, H: h, X: x, T: steps, B: b})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		t.Logf("T = %d: %q", steps, p.Plan())
		return p.Stats().Dispatches
	}
	if a, b := count(100), count(784); a != b || a > 12 {
		t.Errorf("%d dispatches for 100 steps, %d for 784, want the same and at most 12", a, b)
	}
}

// TestRNNManySequences has more work groups than lie in one dimension.
func TestRNNManySequences(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.RNNTiles = []shaders.RNNTile{{Rows: 1, Vecs: 1, Parts: 1}} })
	testRNN(t, dev, recurrence{n: 3, t: 2, b: 65_535 + 70, withDH0: true})
}

// testRNN runs forward, backward and gradient of a recurrence, compares each with loops in float64, and returns what they wrote.
func testRNN(t *testing.T, dev *gpu.Device, c recurrence) (outputs [][]float32) {
	t.Run(c.String(), func(t *testing.T) {
		s := newRNNTrial(t, dev, c)
		runOps(t, dev, s.forward(), s.backward(), s.gradient())
		s.checkForward()
		s.checkBackward()
		s.checkGradient()
		outputs = [][]float32{s.h.get(), s.delta.get(), s.dw.get()}
		if c.withDH0 {
			outputs = append(outputs, s.dh0.get())
		}
	})
	return outputs
}

// rnnTrial holds the operands of a recurrence on the device and their values.
type rnnTrial struct {
	recurrence
	t                    *testing.T
	w, wx, bias, x, z, h operand
	dh, delta, dh0, dw   operand
	dwx, dbias           operand
	wv, wxv, bv, xv, zv  []float32
	h0v, dhv             []float32
}

func newRNNTrial(t *testing.T, dev *gpu.Device, c recurrence) *rnnTrial {
	n, rows := c.n, c.t*c.b
	s := &rnnTrial{recurrence: c, t: t}
	fill := func(name string, rows, cols int, seed uint64, scale float64) (operand, []float32) {
		v := randoms(seed, rows*cols)
		for i := range v {
			v[i] *= float32(scale)
		}
		return newFilled(t, dev, name, rows, cols, c.lay, v), v
	}
	s.w, s.wv = fill("W", n, n, 1, 0.8/math.Sqrt(float64(n)))
	s.h = newOperand(t, dev, "H", (c.t+1)*c.b, n, c.lay)
	s.h0v = randoms(2, c.b*n)
	states := append(slices.Clone(s.h0v), make([]float32, rows*n)...)
	for i := c.b * n; i < len(states); i++ {
		states[i] = float32(math.NaN())
	}
	if c.k > 0 {
		s.x, s.xv = fill("X", rows, c.k, 3, 1)
		s.wx, s.wxv = fill("Wx", n, c.k, 4, 1)
		s.bias, s.bv = fill("bias", 1, n, 5, 1)
		s.dwx = newOperand(t, dev, "DWx", n, c.k, c.lay)
	} else if c.inPlace {
		s.zv = randoms(6, rows*n)
		copy(states[c.b*n:], s.zv)
	} else {
		s.z, s.zv = fill("Z", rows, n, 6, 1)
	}
	s.h.set(states)
	outer := rows
	if c.lastOnly {
		outer = c.b
	}
	s.dh, s.dhv = fill("DH", outer, n, 7, 1)
	s.delta = newOperand(t, dev, "Delta", rows, n, c.lay)
	if c.inPlace && !c.lastOnly {
		s.delta.set(s.dhv)
		s.dh = s.delta
	}
	s.dh0 = newOperand(t, dev, "DH0", c.b, n, c.lay)
	s.dw = newOperand(t, dev, "DW", n, n, c.lay)
	s.dbias = newOperand(t, dev, "DBias", 1, n, c.lay)
	return s
}

func (s *rnnTrial) forward() gpu.RNNForward {
	o := gpu.RNNForward{H: s.h.View, W: s.w.View, T: s.recurrence.t, B: s.b, Act: s.act}
	switch {
	case s.k > 0:
		o.X, o.Wx, o.Bias = s.x.View, s.wx.View, s.bias.View
	case s.inPlace:
		o.Z = o.States()
	default:
		o.Z = s.z.View
	}
	return o
}

func (s *rnnTrial) backward() gpu.RNNBackward {
	o := gpu.RNNBackward{Delta: s.delta.View, W: s.w.View, H: s.h.View, DH: s.dh.View, T: s.recurrence.t, B: s.b, Act: s.act}
	if s.withDH0 {
		o.DH0 = s.dh0.View
	}
	return o
}

func (s *rnnTrial) gradient() gpu.RNNGradient {
	o := gpu.RNNGradient{DW: s.dw.View, DBias: s.dbias.View, Delta: s.delta.View, H: s.h.View, T: s.recurrence.t, B: s.b}
	if s.k > 0 {
		o.X, o.DWx = s.x.View, s.dwx.View
	}
	return o
}

// checkForward compares every state with one float64 step from the state before as the device left it, which bounds the error of
// each step by itself.
func (s *rnnTrial) checkForward() {
	n := s.n
	h := s.h.get()
	near(s.t, "h0", h[:s.b*n], wide(s.h0v), constant(s.b*n, 0))
	want, tol := make([]float64, len(h)-s.b*n), make([]float64, len(h)-s.b*n)
	for at := range want {
		r, i := at/n, at%n
		var sum, size float64
		add := func(v float64) { sum, size = sum+v, size+math.Abs(v) }
		for j := range n {
			add(float64(s.wv[i*n+j]) * float64(h[r*n+j]))
		}
		if s.k > 0 {
			for q := range s.k {
				add(float64(s.wxv[i*s.k+q]) * float64(s.xv[r*s.k+q]))
			}
			add(float64(s.bv[i]))
		} else {
			add(float64(s.zv[at]))
		}
		want[at], tol[at] = activation(s.act, sum), unit*(size*(8+2*math.Sqrt(float64(n)))+16)
	}
	near(s.t, "H", h[s.b*n:], want, tol)
}

// checkBackward does the same for δ.
func (s *rnnTrial) checkBackward() {
	n, rows := s.n, s.recurrence.t*s.b
	h, delta := s.h.get(), s.delta.get()
	product := func(r, i int) (sum, size float64) { // row r of δ times column i of W
		for j := range n {
			v := float64(delta[r*n+j]) * float64(s.wv[j*n+i])
			sum, size = sum+v, size+math.Abs(v)
		}
		return sum, size
	}
	bound := func(size float64) float64 { return unit * size * (8 + 2*math.Sqrt(float64(n))) }
	want, tol := make([]float64, rows*n), make([]float64, rows*n)
	for at := range want {
		r, i := at/n, at%n
		var sum, size float64
		if r+s.b < rows {
			sum, size = product(r+s.b, i)
		}
		switch {
		case !s.lastOnly || s.recurrence.t == 1:
			sum, size = sum+float64(s.dhv[at]), size+math.Abs(float64(s.dhv[at]))
		case r+s.b >= rows:
			v := float64(s.dhv[at-(rows-s.b)*n])
			sum, size = sum+v, size+math.Abs(v)
		}
		want[at], tol[at] = slope(s.act, float64(h[at+s.b*n]))*sum, bound(size)
	}
	near(s.t, "Delta", delta, want, tol)
	if !s.withDH0 {
		return
	}
	want, tol = make([]float64, s.b*n), make([]float64, s.b*n)
	for at := range want {
		if s.recurrence.t > 0 {
			var size float64
			want[at], size = product(at/n, at%n)
			tol[at] = bound(size)
		}
	}
	near(s.t, "DH0", s.dh0.get(), want, tol)
}

// checkGradient compares the weights' gradients with sums over the rows.
func (s *rnnTrial) checkGradient() {
	n, rows := s.n, s.recurrence.t*s.b
	h, delta := s.h.get(), s.delta.get()
	sums := func(name string, got []float32, cols int, right func(r, j int) float64) {
		want, tol := make([]float64, n*cols), make([]float64, n*cols)
		for r := range rows {
			for i := range n {
				for j := range cols {
					v := float64(delta[r*n+i]) * right(r, j)
					want[i*cols+j] += v
					tol[i*cols+j] += math.Abs(v)
				}
			}
		}
		for i := range tol {
			tol[i] *= unit * (8 + 2*math.Sqrt(float64(rows)))
		}
		near(s.t, name, got, want, tol)
	}
	sums("DW", s.dw.get(), n, func(r, j int) float64 { return float64(h[r*n+j]) })
	sums("DBias", s.dbias.get(), 1, func(int, int) float64 { return 1 })
	if s.k > 0 {
		sums("DWx", s.dwx.get(), s.k, func(r, j int) float64 { return float64(s.xv[r*s.k+j]) })
	}
}

// slope is φ' from h in float64.
func slope(a gpu.Activation, h float64) float64 {
	switch {
	case a.Kind == gpu.ReLU && h <= 0:
		return 0
	case a.Kind == gpu.LeakyReLU && h <= 0:
		return float64(a.Slope)
	case a.Kind == gpu.Tanh:
		return 1 - h*h
	}
	return 1
}
