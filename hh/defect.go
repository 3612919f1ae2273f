package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Defect measures how far the fp32 matrix Q(U) of a set of reflectors (m × n) is from orthogonal:
//
//	‖QᵀQ − I‖_F / √n
//
// It costs 2n³ flops and 2n² words beyond Q itself, so it is for logging now and then, in a program of its own.
type Defect struct {
	q      *DenseQ // nil where there are no reflectors
	p, out gpu.View
	memory
}

// NewDefect allocates what the measurement of the reflectors u (m × n) needs. Close it before the device.
func NewDefect(dev *gpu.Device, u gpu.View) (*Defect, error) {
	var mem gpu.Arena
	d, err := PlanDefect(&mem, u)
	if err != nil {
		return nil, err
	}
	return d, d.alloc(dev, &mem)
}

// PlanDefect is NewDefect with the memory in the caller's arena.
func PlanDefect(mem *gpu.Arena, u gpu.View) (*Defect, error) {
	d := &Defect{}
	if u.Rows == 0 {
		return d, nil
	}
	q, err := PlanDenseQ(mem, u, true)
	if err != nil {
		return nil, err
	}
	d.q = q
	d.unit = mem.Unit("orthogonality defect", gpu.DeviceOnly)
	d.p = d.unit.Reserve(q.n, q.n)
	d.out = d.unit.Reserve(1, 2)
	return d, nil
}

// Ops returns the operations of the measurement; none where there are no reflectors.
func (d *Defect) Ops() []gpu.Op {
	if d.q == nil {
		return nil
	}
	return append(d.q.Materialise(),
		gpu.Gemm{C: d.p, A: d.q.q, TransA: true, B: d.q.q, Alpha: 1},
		gpu.Scale{Y: diagonal(d.p), X: column(d.q.ones), Alpha: -1, Beta: 1},
		gpu.Norm{Out: d.out, X: d.p})
}

// Value reads the result of the last run of Ops; 0 where there are no reflectors.
func (d *Defect) Value() (float64, error) {
	if d.q == nil {
		return 0, nil
	}
	out, err := gpu.ReadView(d.out)
	if err != nil {
		return 0, err
	}
	return float64(out[0]) / math.Sqrt(float64(d.q.n)), wantResult("orthogonality defect", "norm", out[:1])
}
