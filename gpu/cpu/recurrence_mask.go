package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// stateMask is what multiplies the states of a recurrence on their way back into W, and where the products go; absent where there is
// none.
type stateMask struct {
	mask, kept matrix // B × n, T·B × n
	k          *kernels
}

func (k *kernels) stateMask(mask, kept gpu.View) stateMask {
	return stateMask{bind(mask), bind(kept), k}
}

// apply masks the given columns of a state of samples from lo on, and keeps them as those of a time step, counted from 0.
func (m *stateMask) apply(state *matrix, lo, count int, cols span, step int) {
	if m.mask.absent() {
		return
	}
	masked := state.block(0, count, cols)
	m.k.gateRows.mask(masked, masked, m.mask.block(lo, count, cols))
	for r := 0; r < count && !m.kept.absent(); r++ {
		copy(m.kept.from(step*m.mask.rows+lo+r, cols.lo), masked.row(r))
	}
}

// keep writes whole states of samples from lo on, masked, where those of a time step, counted from 0, are kept, and shows them there.
func (m *stateMask) keep(shown *matrix, states matrix, lo, step int) {
	shown.show(&m.kept, step*m.mask.rows+lo, states.rows)
	m.k.gateRows.mask(*shown, states, m.mask.rowRange(lo, lo+states.rows))
}

// backwardTail is what a turn of back-propagation through time does behind the product, where the micro-kernel has no epilogue for it: to
// mask the product and add the gradient from outside, to gate it, and to add up the gradients of an activation's parameters (B × n).
type backwardTail struct {
	act        bound
	sums, mask matrix
}

func (k *kernels) backwardTail(act gpu.Activation, sums, mask gpu.View) backwardTail {
	return backwardTail{k.bound(act), bind(sums), bind(mask)}
}

// absent tells whether the micro-kernel does all.
func (b *backwardTail) absent() bool { return b.mask.absent() && !b.act.PerUnit() }

// begin clears the sums of samples lo … hi−1.
func (b *backwardTail) begin(lo, hi int) {
	for i := lo; i < hi && !b.sums.absent(); i++ {
		clear(b.sums.row(i))
	}
}

// outside is what of a turn is left to be done behind the product.
type outside struct {
	add   matrix // the gradient from outside
	to    matrix // where δ is copied
	gated bool   // only the mask
}

// prepare takes from a turn's product what is done behind it. With a mask that is the whole epilogue, and the product goes to the state
// alone where there is one apart from δ, which may be about to replace the gradient from outside. Where nothing comes from outside, the
// micro-kernel can gate before the mask multiplies.
func (b *backwardTail) prepare(t *tile, p *turnProduct) outside {
	switch {
	case b.absent():
		return outside{}
	case b.mask.absent():
		left := outside{to: p.d}
		p.d.data = nil
		return left
	}
	left := outside{add: p.add, gated: p.add.absent() && t.epilogue != store}
	if !p.d.absent() {
		left.to, p.c, p.d.data = p.c, p.d, nil
	}
	if !left.gated {
		p.add.data, p.e.data, t.epilogue = nil, nil, store
	}
	return left
}

// finish makes δ of the product for the columns of count samples from lo on, and finishes the sums in the last turn.
func (b *backwardTail) finish(p *turnProduct, h *matrix, left *outside, lo, count int, cols span, last bool) {
	delta := p.c.block(0, count, cols)
	switch {
	case b.mask.absent():
	case left.add.absent():
		b.act.k.gateRows.mask(delta, delta, b.mask.block(lo, count, cols))
	default:
		b.act.k.gateRows.maskAdd(delta, b.mask.block(lo, count, cols), left.add.block(0, count, cols))
	}
	if !left.gated {
		b.gate(&delta, h.block(0, count, cols), b.sums.block(lo, count, cols), cols.lo, last)
	}
	for r := 0; r < count && !left.to.absent(); r++ {
		copy(left.to.from(r, cols.lo), delta.row(r))
	}
}

// gate multiplies columns from lo on of samples' δ by the activation's derivative at h, and finishes their sums in the last turn.
func (b *backwardTail) gate(delta *matrix, h, sums matrix, lo int, last bool) {
	if b.act.PerUnit() {
		b.act.gateUnits(*delta, h, sums, lo)
	}
	for r := range delta.rows {
		if !b.act.PerUnit() {
			b.act.gate(delta.row(r), h.row(r), nil, lo)
		}
		if last && !sums.absent() {
			b.act.finishSums(sums.row(r), lo)
		}
	}
}

// start masks dL/dh_0 of samples from lo on.
func (b *backwardTail) start(v *matrix, lo int, cols span) {
	if b.mask.absent() {
		return
	}
	masked := v.block(0, v.rows, cols)
	b.act.k.gateRows.mask(masked, masked, b.mask.block(lo, v.rows, cols))
}
