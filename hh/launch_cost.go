package hh

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// On a graphics processor a small operation takes as long as its launch and its longest chain of dependent steps, whatever its arithmetic. The
// forms of a weight are compared there by the operations that they record: launches, chains and flops of each. On the CPU executor and on
// software devices, where arithmetic is what costs, they are compared by flops (SVDConfig.applyPays, chooseForm).

// cardLatency, cardFlops and cardBytes are of the order that cards of the last years share: seconds of a dependent step that waits for shared memory
// or a cache, the rate of a product that fills the card, and bytes a second. Only their ratios to the launch matter, and those for the choice alone.
const (
	cardLatency = 10e-9
	cardFlops   = 1e13
	cardBytes   = 1e12
	// chainOfProduct is the longest sum that a product makes in one chain; longer ones are split.
	chainOfProduct = 1024
	// stepsOfRow are the dependent steps that a row of many costs in a triangular system: it is solved with 31 others in registers, a division and a sum at a
	// time, and then all meet and load the next ones.
	stepsOfRow = 6
)

// cost is what operations take: what every launch takes whatever it does, and what grows with the number of weights that share it.
type cost struct {
	launches int
	work     float64 // seconds
}

// seconds is the time of so many weights side by side.
func (c cost) seconds(r rates, count int) float64 {
	return float64(c.launches)*r.launch + float64(count)*c.work
}

func (c cost) plus(d cost) cost { return cost{c.launches + d.launches, c.work + d.work} }

func (c cost) times(n int) cost { return cost{n * c.launches, float64(n) * c.work} }

// graphics tells whether a device's time is launches rather than arithmetic.
func graphics(info gpu.Info) bool {
	return info.Kind == gpu.DiscreteGPU || info.Kind == gpu.IntegratedGPU || info.Kind == gpu.VirtualGPU
}

// costOf models operations that run one after the other on a graphics processor.
func (r rates) costOf(ops []gpu.Op) (c cost) {
	for _, op := range ops {
		takes := op.Cost()
		one := cost{launches: 1, work: max(float64(takes.Flops)/cardFlops, float64(takes.Bytes)/cardBytes)}
		switch o := op.(type) {
		case gpu.Gemm:
			_, _, k := o.Dims()
			one.work += float64(min(k, chainOfProduct)) * cardLatency
		case gpu.Gram:
			one.work += float64(min(o.U.Cols, chainOfProduct)) * cardLatency
		case gpu.TriSolve:
			rows := float64(o.S.Rows)
			one.work += min(rows*rows/4, stepsOfRow*rows) * cardLatency
		case gpu.TriInverse:
			one.work += float64(o.S.Rows*o.S.Rows) / 4 * cardLatency
		case gpu.Reflect:
			one.work = r.reflections(float64(o.Cost().Flops), float64(o.U.Rows), float64(o.U.Cols))
		case gpu.ReflectBackward:
			one.launches = 3
			one.work = r.reflections(float64(o.Cost().Flops), 2*float64(o.U.Rows), float64(o.U.Cols))
		case gpu.BlockFactors:
			one.work = float64(o.Cost().Flops) / r.blocks
		case gpu.ReflectBlocks:
			one.work = float64(o.Cost().Flops)/r.blocks + float64(o.A.Rows/o.A.Cols)*r.step
		case gpu.ReflectBlocksBackward:
			one.launches = 3
			one.work = float64(o.Cost().Flops)/r.blocks + 2*float64(o.A.Rows/o.A.Cols)*r.step
		}
		c = c.plus(one)
	}
	return c
}

// dummy returns parameters, and places for their gradients, of a weight that is planned only to be counted.
func (c SVDConfig) dummy(mem *gpu.Arena) (params, grad SVDParams) {
	one := func(name string) SVDParams {
		unit, n := mem.Unit(name, gpu.DeviceOnly), [2]int{c.Rows, c.Cols}
		if c.Padded {
			n = [2]int{max(c.Rows, c.Cols), max(c.Rows, c.Cols)}
		}
		u := unit.Reserve(c.ReflectorsU, n[0]).ColRange(0, c.Rows)
		v := unit.Follow(c.ReflectorsV, n[1]).ColRange(0, c.Cols)
		return SVDParams{U: u, V: v, S: unit.Reserve(1, c.Rank())}
	}
	return one("parameters"), one("gradients")
}

// formed returns the cost of W and, unless ForwardOnly, of its gradient in a form.
func (c SVDConfig) formed(r rates, form Form) (cost, error) {
	var mem gpu.Arena
	c.Form = form
	params, grad := c.dummy(&mem)
	s, err := PlanSVD(&mem, "counted", c, params, gpu.View{})
	if err != nil {
		return cost{}, err
	}
	ops := s.Materialise()
	if !c.ForwardOnly {
		dw := mem.Unit("dL/dW", gpu.DeviceOnly).Reserve(c.Rows, c.Cols)
		back, err := s.Gradient(dw, grad)
		if err != nil {
			return cost{}, err
		}
		ops = append(ops, back...)
	}
	return r.costOf(ops), nil
}

// applied returns the costs of what is done once for all weights, and of the products of each with rows rows, forward and backward.
func (c SVDConfig) applied(info gpu.Info, r rates, rows int) (once, each cost, err error) {
	var mem gpu.Arena
	params, grad := c.dummy(&mem)
	o := planOperator(&mem, c, c.products(info, rows, AlgorithmAuto), params, gpu.View{}, [2]*factors{})
	unit := mem.Unit("rows", gpu.DeviceOnly)
	x, y := unit.Reserve(rows, c.Cols), unit.Reserve(rows, c.Rows)
	dx, dy := unit.Reserve(rows, c.Cols), unit.Reserve(rows, c.Rows)
	forward, err := o.Forward(y, x)
	if err != nil {
		return once, each, err
	}
	back, err := o.Backward(dx, dy, y, grad)
	if err != nil {
		return once, each, err
	}
	each = r.costOf(append(forward, back...))
	each.launches++ // what the epilogue of a product with W does
	return r.costOf(o.Prepare()), each, nil
}

// productsWithW returns the cost of a product with W, of its input's gradient and of W's.
func (c SVDConfig) productsWithW(r rates, rows int) cost {
	var mem gpu.Arena
	unit := mem.Unit("rows", gpu.DeviceOnly)
	w, x, y := unit.Reserve(c.Rows, c.Cols), unit.Reserve(rows, c.Cols), unit.Reserve(rows, c.Rows)
	return r.costOf([]gpu.Op{gpu.Gemm{C: y, A: x, B: w, TransB: true, Alpha: 1}, gpu.Gemm{C: x, A: y, B: w, Alpha: 1}, gpu.Gemm{C: w, A: y, TransA: true, B: x, Alpha: 1}})
}

// cheaperForm is the form in which so many weights side by side take less time on a graphics processor.
func (c SVDConfig) cheaperForm(r rates, count int) Form {
	thin, err := c.formed(r, FormThin)
	if err != nil || !c.denseFits() {
		return FormThin
	}
	if dense, err := c.formed(r, FormDense); err == nil && dense.seconds(r, count) < thin.seconds(r, count) {
		return FormDense
	}
	return FormThin
}

// applyPaysByLaunches is applyPays on a graphics processor.
func (c SVDConfig) applyPaysByLaunches(info gpu.Info, rows, count int) bool {
	r := deviceRates(info)
	w, err := c.formed(r, c.cheaperForm(r, count))
	if err != nil {
		return false
	}
	once, each, err := c.applied(info, r, rows)
	if err != nil {
		return false
	}
	formed := w.seconds(r, count) + c.productsWithW(r, rows).times(count).seconds(r, 1)
	return once.seconds(r, count)+each.times(count).seconds(r, 1) < formed
}
