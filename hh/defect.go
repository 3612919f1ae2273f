package hh

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Defect measures how far the fp32 matrix Q(U) = I − Uᵀ S⁻¹ U of a set of reflectors (m × n) is from orthogonal:
//
//	‖QᵀQ − I‖_F / √n
//
// It costs 2n³ flops and 2n² words, so it is for logging now and then, in a program of its own.
type Defect struct {
	n          int
	side       side
	z, q, p    gpu.View
	out        gpu.View
	ones       gpu.View
	mem        arena
	noneStored bool
}

// NewDefect allocates what the measurement of the reflectors u (m × n) needs. Close it before the device.
func NewDefect(dev *gpu.Device, u gpu.View) (*Defect, error) {
	m, n := u.Rows, u.Cols
	if m == 0 {
		return &Defect{noneStored: true}, nil
	}
	if m > n {
		return nil, shapeError("defect", "%d reflectors of length %d; want 0 … %d of them", m, n, n)
	}
	d := &Defect{n: n}
	d.side.u = u
	d.mem.take(&d.side.gram, m, m)
	d.mem.take(&d.side.inv, m, m)
	d.mem.take(&d.z, m, n)
	d.mem.take(&d.q, n, n)
	d.mem.take(&d.p, n, n)
	d.mem.take(&d.out, 1, 2)
	d.mem.take(&d.ones, 1, n)
	if err := d.mem.alloc(dev, fmt.Sprintf("defect %d×%d", m, n)); err != nil {
		return nil, err
	}
	if err := gpu.WriteView(d.ones, constant(n, 1)); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Ops returns the operations of the measurement; none where there are no reflectors.
func (d *Defect) Ops() []gpu.Op {
	if d.noneStored {
		return nil
	}
	return append(triangles([]side{d.side}),
		gpu.Gemm{C: d.z, A: d.side.inv, B: d.side.u, Alpha: 1},
		gpu.Gemm{C: d.q, A: d.side.u, TransA: true, B: d.z, Alpha: -1},
		addDiagonal(d.q, d.ones),
		gpu.Gemm{C: d.p, A: d.q, TransA: true, B: d.q, Alpha: 1},
		gpu.Scale{Y: diagonal(d.p), X: column(d.ones), Alpha: -1, Beta: 1},
		gpu.Norm{Out: d.out, X: d.p})
}

// Value reads the result of the last run of Ops; 0 where there are no reflectors.
func (d *Defect) Value() (float64, error) {
	if d.noneStored {
		return 0, nil
	}
	out, err := gpu.ReadView(d.out)
	if err != nil {
		return 0, err
	}
	return float64(out[0]) / math.Sqrt(float64(d.n)), nil
}

// Close frees what NewDefect allocated.
func (d *Defect) Close() {
	if d != nil && !d.noneStored {
		d.mem.close()
	}
}
