package bench

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// Suite returns the cases: those of the published setting, at d = 512 and 1,024 with batches of 32.
func Suite() []Case {
	var out []Case
	for _, n := range []int{512, 1024} {
		out = append(out,
			Case{Name: "product+inverse", N: n, M: n, B: 32, build: func(w *workload) []contender { return products(w, n, n, 32, false) }},
			Case{Name: "product forward+backward", N: n, M: n, B: 32, build: func(w *workload) []contender { return products(w, n, n, 32, true) }})
	}
	out = append(out, Case{Name: "dense Q backward/forward", N: 512, M: 512, build: func(w *workload) []contender { return denseQ(w, 512, 512) }})
	for _, s := range [][2]int{{784, 300}, {300, 784}} {
		in, outs := s[0], s[1]
		out = append(out, Case{Name: "layer forward+backward", N: in, Out: outs, M: 16, B: 128, build: func(w *workload) []contender { return layers(w, in, outs, 16, 128) }})
	}
	return out
}

func normal(seed uint64, n int) []float32 {
	src := philox.New(seed, philox.Stream("bench"))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(src.Normal())
	}
	return x
}

func (w *workload) reflectors(m, n int) gpu.View {
	u := make([]float32, m*n)
	w.check(hh.InitReflectors(u, m, n, philox.New(1, 1)))
	return w.matrix(m, n, u)
}

// products compares a product with what came from it, its inverse or its gradient, by the algorithm of hh, by one reflection at a
// time in one launch, and by one reflection at a time in a launch each, as frameworks run it.
func products(w *workload, n, m, B int, gradient bool) []contender {
	u, x, dy := w.reflectors(m, n), w.matrix(B, n, normal(2, B*n)), w.matrix(B, n, normal(3, B*n))
	y, z, du := w.matrix(B, n, nil), w.matrix(B, n, nil), w.matrix(m, n, nil)
	if w.err != nil {
		return nil
	}
	by := func(name string, a hh.Algorithm) contender {
		p, err := hh.NewProduct(w.dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: m, Algorithm: a, ForwardOnly: !gradient}, u)
		if !w.check(err) {
			return contender{}
		}
		w.closers = append(w.closers, p.Close)
		ops := append(p.Prepare(), w.ops(p.Apply(y, x, false))...)
		if gradient {
			ops = append(ops, w.ops(p.Backward(z, du, dy, y, false))...)
		} else {
			ops = append(ops, w.ops(p.Apply(z, y, true))...)
		}
		return contender{name: name, note: fmt.Sprintf("%v, block %d", p.Config().Algorithm, p.Config().Block), ops: ops}
	}
	return []contender{by("ours", hh.AlgorithmAuto), {name: "one reflection a launch", ops: launches(u, x, y, z, dy, du, gradient)}, by("one reflection at a time, one launch", hh.Sequential)}
}

// launches is one operation a reflection. Row j alone is a set of one reflector whose zeros are stored.
func launches(u, x, y, z, dy, du gpu.View, gradient bool) []gpu.Op {
	m := u.Rows
	ops := []gpu.Op{gpu.Copy{Y: y, X: x}}
	for j := m - 1; j >= 0; j-- {
		ops = append(ops, gpu.Reflect{Y: y, X: y, U: u.RowRange(j, j+1)})
	}
	if !gradient {
		ops = append(ops, gpu.Copy{Y: z, X: y})
		for j := range m {
			ops = append(ops, gpu.Reflect{Y: z, X: z, U: u.RowRange(j, j+1), Transpose: true})
		}
		return ops
	}
	ops = append(ops, gpu.Copy{Y: z, X: dy})
	for j := range m {
		row := u.RowRange(j, j+1)
		ops = append(ops, gpu.ReflectBackward{DX: z, DU: du.RowRange(j, j+1), DY: z, Y: y, U: row}, gpu.Reflect{Y: y, X: y, U: row})
	}
	return ops
}

// denseQ compares the gradient of a dense Q with Q itself; the ratio is forward over backward.
func denseQ(w *workload, n, m int) []contender {
	u, dq, du := w.reflectors(m, n), w.matrix(n, n, normal(4, n*n)), w.matrix(m, n, nil)
	if w.err != nil {
		return nil
	}
	q, err := hh.NewDenseQ(w.dev, u, false)
	if !w.check(err) {
		return nil
	}
	w.closers = append(w.closers, q.Close)
	return []contender{{name: "backward", ops: w.ops(q.Gradient(dq, du))}, {name: "forward", ops: q.Materialise()}}
}

// layers compares a step of a spectral layer with that of a dense one, y = W x + b with all gradients.
func layers(w *workload, in, out, m, B int) []contender {
	x, dy := w.matrix(B, in, normal(5, B*in)), w.matrix(B, out, normal(6, B*out))
	y, dx := w.matrix(B, out, nil), w.matrix(B, in, nil)
	dense, bias := w.matrix(out, in, normal(7, in*out)), w.matrix(1, out, nil)
	dw, db := w.matrix(out, in, nil), w.matrix(1, out, nil)
	if w.err != nil {
		return nil
	}
	weight := &hh.Weight{Reflectors: m, Center: 1, Radius: 0.1}
	ours := w.layer(&nn.Linear{Out: out, Weight: weight}, nn.Flow{Shape: nn.Shape{Length: 1, Batch: B, Width: in}, Y: x, DY: dx}, normal(6, B*out))
	if w.err != nil {
		return nil
	}
	plain := []gpu.Op{
		gpu.Gemm{C: y, A: x, B: dense, TransB: true, Alpha: 1, Bias: bias},
		gpu.ColDot{Out: db, A: dy, Alpha: 1},
		gpu.Gemm{C: dw, A: dy, TransA: true, B: x, Alpha: 1},
		gpu.Gemm{C: dx, A: dy, B: dense, Alpha: 1},
	}
	return []contender{{name: "ours", note: weight.Chosen().String(), ops: ours}, {name: "dense layer", ops: plain}}
}

// layer returns a step of a layer, forward and backward, from x and dL/dy.
func (w *workload) layer(l nn.Layer, x nn.Flow, dy []float32) []gpu.Op {
	mem := &gpu.Arena{}
	w.closers = append(w.closers, mem.Close)
	p := nn.NewParams(w.dev.Info(), mem, 1, true)
	_, err := l.Declare(p, x.Shape)
	if !w.check(err) || !w.check(p.Complete()) {
		return nil
	}
	pass, err := l.Plan(nn.NewPlan("bench", mem, true), x)
	if !w.check(err) || !w.check(mem.Alloc(w.dev)) || !w.check(gpu.WriteView(pass.Out().DY, dy)) {
		return nil
	}
	r := &nn.Record{Train: true}
	for _, b := range p.Banks() {
		b.Prepare(r)
	}
	pass.Forward(r)
	pass.Backward(r)
	for _, b := range p.Banks() {
		b.Finish(r)
	}
	return w.ops(r.Ops())
}
