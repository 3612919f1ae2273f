//go:build cgo

package vulkan

import (
	"reflect"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(repeat) }

// sideBySide holds the types of operations whose kernels take the items of a repetition in one launch: their forms give them the steps
// between items (recorder.step, recorder.jump) and launch recorder.items times as many work groups in z.
var sideBySide = map[reflect.Type]bool{}

// implementRepeated says that the form of operations of type O does that. Each operation's file calls it from init.
func implementRepeated[O gpu.Op]() { sideBySide[reflect.TypeFor[O]()] = true }

// repeat records the items side by side where the kernels can, else one after the other, which needs no barriers between them.
func repeat(r *recorder, o gpu.Repeat) error {
	if o.Count > 1 && sideBySide[reflect.TypeOf(o.Op)] && r.canRepeat(o) {
		r.repeated = o
		defer func() { r.repeated = gpu.Repeat{} }()
		return r.lower(o.Op)
	}
	for i := range o.Count {
		if err := r.lower(o.Item(i)); err != nil {
			return err
		}
	}
	return nil
}

// canRepeat tells whether what the items span together is within the device's limits.
func (r *recorder) canRepeat(o gpu.Repeat) bool {
	for _, a := range o.Op.Access() {
		span := a.Hi - a.Lo + (o.Count-1)*o.Step(gpu.View{Buf: a.Buf})
		if 4*int64(span)+2*memoryAlign > r.limits.MaxRange {
			return false
		}
	}
	batch := 1
	switch op := o.Op.(type) {
	case gpu.Copy:
		return !op.Transpose
	case gpu.Gram:
		if op.U.Rows > gramSmall {
			return r.canRepeatProduct(gramProduct(op), o.Count)
		}
		batch = op.Count()
	case gpu.Gemm:
		return r.canRepeatProduct(op, o.Count)
	case gpu.TriSolve:
		tiles := r.limits.triSolveTiles(op.B.Rows)
		if m, block := op.B.Rows, stripRows(tiles[0].strip); block > 0 && m > block { // by products, the largest of which takes all rows but a block
			largest := gpu.Gemm{C: op.X.RowRange(0, block), A: op.S.RowRange(0, block).ColRange(block, m), B: op.X.RowRange(block, m), Alpha: -1,
				Batch: op.Count(), StrideA: op.StrideS, StrideB: op.StrideX, StrideC: op.StrideX}
			return r.canRepeatProduct(largest, o.Count)
		}
		batch = op.Count()
	}
	return batch*o.Count <= int(r.limits.MaxGroups[2])
}

func (r *recorder) canRepeatProduct(o gpu.Gemm, count int) bool {
	m, n, _ := o.Dims()
	if o.Act.PerUnit() || m == 0 || n == 0 {
		return false
	}
	plan, most := r.planGemm(o), r.limits.productFlops()
	if most > 0 && float64(most) < float64(count)*float64(o.Cost().Flops) { // a product would be cut into pieces, of all items
		return false
	}
	return cutGemm(o, plan, r.limits) == nil && o.Count()*plan.splits*count <= int(r.limits.MaxGroups[2])
}

// items is the number of items that are recorded side by side.
func (r *recorder) items() int { return max(r.repeated.Count, 1) }

// step returns the words from one item of the repetition at hand to the next in the buffer of v, 0 outside of repetitions.
func (r *recorder) step(v gpu.View) uint32 { return uint32(r.stepOf(v)) }

func (r *recorder) stepOf(v gpu.View) int {
	if r.items() == 1 || v.IsZero() {
		return 0
	}
	return r.repeated.Step(v)
}

// jump returns what is to be added at the end of every item's batch, of batch members stride words apart, so that the next item
// begins a step after the one before; kernels compute it modulo 2³².
func (r *recorder) jump(v gpu.View, batch, stride int) uint32 {
	if r.items() == 1 {
		return 0
	}
	return uint32(r.stepOf(v) - batch*stride)
}

// inStep tells whether the items of all operands begin at multiples of four words where the first does.
func (r *recorder) inStep(views ...gpu.View) bool {
	for _, v := range views {
		if r.stepOf(v)%4 != 0 {
			return false
		}
	}
	return true
}

// each is a grid for one item, for all of them.
func (r *recorder) each(x, y, z uint32) (uint32, uint32, uint32) { return x, y, z * uint32(r.items()) }
