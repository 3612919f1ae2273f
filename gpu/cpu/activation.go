package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// bound is an activation with its parameters bound, if it has some.
type bound struct {
	gpu.Activation
	k    *kernels
	unit []float32
}

func (k *kernels) bound(act gpu.Activation) bound { return bound{act, k, bind(act.Unit).data} }

// activate replaces x, which are the columns from lo on of a row, by the activation. None of the loops branches on the signs, which no
// processor predicts.
func (act *bound) activate(x []float32, lo int) {
	switch act.Kind {
	case gpu.ReLU:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	case gpu.LeakyReLU:
		for i, v := range x {
			x[i] = max(v, 0) + float32(act.Slope*min(v, 0))
		}
	case gpu.Tanh:
		act.k.tanh(x)
	case gpu.ModReLU, gpu.ScaledTanh:
		act.activateUnits(oneRow(x), lo)
	}
}

// fused tells whether the micro-kernel has an epilogue for the activation; else it is applied behind it.
func (act *bound) fused() bool { return act.Kind != gpu.Tanh && !act.PerUnit() }

// prepare takes from a turn's product what is done behind it, where the micro-kernel does not have the activation: the state is a copy of what
// states makes.
func (act *bound) prepare(p *turnProduct) (state matrix) {
	if act.fused() {
		return state
	}
	state, p.d.data = p.d, nil
	return state
}

// states applies the activation to the given columns of a turn's output, and copies them to the state if it is not the output itself.
func (act *bound) states(out, state *matrix, cols span) {
	made := out.block(0, out.rows, cols)
	if act.PerUnit() {
		act.activateUnits(made, cols.lo)
	}
	for r := range out.rows {
		if !act.PerUnit() {
			act.activate(made.row(r), cols.lo)
		}
		if !state.absent() {
			copy(state.from(r, cols.lo), made.row(r))
		}
	}
}

// gate multiplies dx, which are the columns from lo on of a row, by the activation's derivative at the output y. Where there are
// parameters and sums, what the parameters' gradients gain is added to the sums; they lack a factor until finishSums.
func (act *bound) gate(dx, y, sums []float32, lo int) {
	y = y[:len(dx)]
	switch act.Kind {
	case gpu.ReLU:
		act.k.gateRows.leaky(0, dx, y)
	case gpu.LeakyReLU:
		act.k.gateRows.leaky(act.Slope, dx, y)
	case gpu.Tanh:
		act.k.gateRows.tanh(dx, y)
	case gpu.ModReLU, gpu.ScaledTanh:
		act.gateUnits(oneRow(dx), oneRow(y), oneRow(sums), lo)
	}
}
