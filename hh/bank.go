package hh

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// bank is weights of one kind whose parameters, and everything that is computed from them, lie at regular distances: each operation is recorded for
// the first weight and repeated for the others (gpu.Repeat). One weight is a bank of one.
type bank struct {
	*Weight      // the first
	svd     *SVD // nil where W is applied
	count   int
	steps   []gpu.Step
}

// bankWords is the most words of one buffer that a bank spans: every Vulkan device has kernels that see as many.
const bankWords = 1 << 25

// kind is what weights of one bank have in common.
type kind struct {
	cfg    SVDConfig
	use    nn.Use
	method Method
}

// Kind implements nn.Banked.
func (w *Weight) Kind() any { return kind{w.cfg, w.use, w.Method} }

// Place implements nn.Banked.
func (w *Weight) Place() gpu.View { return w.value.U }

// Bank implements nn.Banked.
func (w *Weight) Bank(p *nn.Params, weights []nn.Banked, apart int) (nn.Bank, int, error) {
	b := &bank{Weight: w, count: len(weights)}
	w.method = w.choose(b.count)
	sigma := p.Out.Reserve(1, w.cfg.long())
	w.sigma = sigma.ColRange(0, w.cfg.Rank())
	unit, err := b.plan(p)
	if err != nil {
		return nil, 0, err
	}
	b.count = min(b.count, 1+bankWords/max(unit.Len(), apart, 1))
	b.steps = []gpu.Step{{Buf: p.Values(), Words: apart}}
	if p.Train {
		b.steps = append(b.steps, gpu.Step{Buf: p.Grads(), Words: apart})
	}
	b.reserve(p.Out, sigma)
	b.reserve(unit, unit.View(0, 1, unit.Len()))
	if p.Train && w.method == Materialised {
		dw := p.Mem.Unit(w.name+" dL/dW", gpu.DeviceOnly)
		w.dw = dw.Reserve(w.cfg.Rows, w.cfg.Cols)
		b.reserve(dw, w.dw)
	}
	for i, other := range weights[:b.count] {
		b.place(other.(*Weight), i)
		if i > 0 && b.svd != nil {
			for _, v := range b.svd.ones() {
				p.Mem.Fill(b.at(v, i), constant(1))
			}
		}
	}
	return b, b.count, nil
}

// plan plans the intermediates of the first weight in a unit, which it returns.
func (b *bank) plan(p *nn.Params) (*gpu.Buffer, error) {
	if b.method == Applied {
		b.products = b.cfg.products(b.info, b.use.Rows, AlgorithmAuto)
		unit := p.Mem.Unit(b.name, gpu.DeviceOnly)
		for i, u := range []gpu.View{b.value.U, b.value.V} {
			if b.products[i].Reflectors > 0 {
				b.factors[i] = planFactors(unit, b.products[i], u)
			}
		}
		return unit, nil
	}
	cfg := b.cfg
	if cfg.Form = cfg.chooseForm(b.info, b.count); b.method == AsLowRank {
		cfg.Form = FormLowRank
	}
	var err error
	if b.svd, err = PlanSVD(p.Mem, b.name, cfg, b.value, b.sigma); err != nil {
		return nil, err
	}
	b.w, b.f, b.df = b.svd.W(), b.svd.LowRank(), b.svd.LowRankGradients()
	return b.svd.unit, nil
}

// reserve plans for the other weights what the first has in a unit.
func (b *bank) reserve(unit *gpu.Buffer, first gpu.View) {
	for i := 1; i < b.count && first.Len() > 0; i++ {
		if v := unit.Reserve(first.Rows, first.Cols); i == 1 {
			b.steps = append(b.steps, gpu.Step{Buf: unit, Words: v.Off - first.Off})
		}
	}
}

// at returns what weight i has in place of a view of the first.
func (b *bank) at(v gpu.View, i int) gpu.View { return gpu.Repeat{Steps: b.steps}.Place(v, i) }

// place gives weight i its places.
func (b *bank) place(w *Weight, i int) {
	at := func(v gpu.View) gpu.View { return b.at(v, i) }
	lowRank := func(f gpu.LowRank) gpu.LowRank { return gpu.LowRank{D: at(f.D), L: at(f.L), R: at(f.R)} }
	w.method, w.products = b.method, b.products
	w.sigma, w.w, w.dw, w.f, w.df = at(b.sigma), at(b.Weight.w), at(b.dw), lowRank(b.f), lowRank(b.df)
	for side, f := range b.factors {
		w.factors[side] = f.moved(at)
	}
}

// all returns operations of the first weight as those of all.
func (b *bank) all(ops []gpu.Op) []gpu.Op {
	if b.count == 1 {
		return ops
	}
	out := make([]gpu.Op, len(ops))
	for i, op := range ops {
		out[i] = gpu.Repeat{Op: op, Count: b.count, Steps: b.steps}
	}
	return out
}

// Prepare implements nn.Bank.
func (b *bank) Prepare(r *nn.Record) {
	if b.svd != nil {
		r.Do(b.all(b.svd.Materialise())...)
		return
	}
	ops := []gpu.Op{gpu.Sigma{Out: b.sigma, S: b.value.S, Center: b.Center, Radius: b.Radius, Map: b.Map}}
	for _, f := range b.factors {
		ops = append(ops, f.prepare()...)
	}
	r.Do(b.all(ops)...)
}

// Finish implements nn.Bank.
func (b *bank) Finish(r *nn.Record) {
	var ops []gpu.Op
	var err error
	switch b.method {
	case Materialised:
		ops, err = b.svd.Gradient(b.dw, b.grad)
	case AsLowRank:
		ops, err = b.svd.LowRankGradient(b.grad)
	}
	r.Take(b.all(ops), err)
}

// Project implements nn.Bank.
func (b *bank) Project(r *nn.Record) { r.Do(b.all(project(b.cfg, b.value))...) }
