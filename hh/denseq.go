package hh

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// DenseQ materialises the orthogonal matrix Q = H_0 H_1 … H_{m−1} of reflectors (m × n) and its gradient, by compact WY:
//
//	S = ½ diag(UUᵀ) + striu(UUᵀ) (m × m),  S Z = U (m × n),  Q = I − Uᵀ Z (n × n)
//
// and from G = dL/dQ, of which only the skew part counts,
//
//	Ω = QᵀG − GᵀQ (n × n),  E = Z Ω (m × n),  T = E Zᵀ (m × m),  dU = E − striu(T) U
//
// The gradient takes about one and a half times the work of Q, whatever m.
type DenseQ struct {
	n          int
	side       side // scaled
	scaled     scaled
	z, q, ones gpu.View
	g, omega   gpu.View // n × n: QᵀG and Ω
	t          gpu.View // m × m
	forward    bool
	memory
}

// NewDenseQ allocates the intermediates for the reflectors u (m × n, 0 ≤ m ≤ n; the structural zeros must hold zeros). With
// forwardOnly there is no Gradient. Close it before the device.
func NewDenseQ(dev *gpu.Device, u gpu.View, forwardOnly bool) (*DenseQ, error) {
	var mem gpu.Arena
	q, err := PlanDenseQ(&mem, u, forwardOnly)
	if err != nil {
		return nil, err
	}
	return q, q.alloc(dev, &mem)
}

// PlanDenseQ is NewDenseQ with the intermediates in the caller's arena.
func PlanDenseQ(mem *gpu.Arena, u gpu.View, forwardOnly bool) (*DenseQ, error) {
	m, n := u.Rows, u.Cols
	if n < 1 || m > n {
		return nil, shapeError("dense q", "%d reflectors of length %d; want 0 … %d of them", m, n, n)
	}
	d := &DenseQ{n: n, forward: forwardOnly}
	d.unit = mem.Unit(fmt.Sprintf("dense q %d×%d", m, n), gpu.DeviceOnly)
	d.scaled = newScaled(d.unit, [2]gpu.View{u}, false)
	d.side.u, d.side.stored = d.scaled.u[0], d.scaled.u[0]
	takeSides(d.unit, &d.side)
	d.z = d.unit.Reserve(m, n)
	d.q = d.unit.Reserve(n, n)
	d.ones = d.unit.Reserve(1, n)
	if !forwardOnly {
		d.g = d.unit.Reserve(n, n)
		d.omega = d.unit.Reserve(n, n)
		d.t = d.unit.Reserve(m, m)
	}
	mem.Fill(d.ones, constant(1))
	return d, nil
}

// Close frees the intermediates where they are not in an arena of the caller's. Programs that use them must be closed first.
func (d *DenseQ) Close() {
	if d != nil {
		d.memory.Close()
	}
}

// Q returns the matrix, n × n, valid after the operations of Materialise.
func (d *DenseQ) Q() gpu.View { return d.q }

// Materialise returns the operations that compute Q.
func (d *DenseQ) Materialise() []gpu.Op {
	if d.side.u.Rows == 0 {
		return []gpu.Op{gpu.Scale{Y: d.q, Gamma: 1}}
	}
	ops := append(append(d.scaled.prepare(), triangles(d.side)...), solve([2]side{d.side}, [2]gpu.View{d.z}, [2]gpu.View{d.side.u}, gpu.View{})...)
	return append(ops, d.side.qProduct(d.q, d.z, d.ones))
}

// Gradient returns the operations that turn dq = dL/dQ (n × n) into du = dL/dU (m × n), structural zeros 0. They run after those
// of Materialise with the reflectors unchanged; dq is not changed and shares no memory with du.
func (d *DenseQ) Gradient(dq, du gpu.View) ([]gpu.Op, error) {
	const op = "dense q gradient"
	if d.forward {
		return nil, shapeError(op, "Q was made for the forward direction only")
	}
	if err := wantView(op, "dQ", dq, d.n, d.n); err != nil {
		return nil, err
	}
	if err := wantView(op, "dU", du, d.side.u.Rows, d.n); err != nil {
		return nil, err
	}
	if d.side.u.Rows == 0 {
		return nil, nil
	}
	e, inner, outer := d.side.skewGradient(du, d.z, d.omega, d.t)
	ops := []gpu.Op{
		gpu.Gemm{C: d.g, A: d.q, TransA: true, B: dq, Alpha: 1},
		gpu.Copy{Y: d.omega, X: d.g, Transpose: true},
		gpu.Scale{Y: d.omega, X: d.g, Alpha: 1, Beta: -1},
		e, inner, outer,
	}
	return append(ops, d.scaled.restore([2]gpu.View{du})...), nil
}
