package hh

import (
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Defect measures how far the fp32 matrix Q(U) of a set of reflectors (m × n) is from orthogonal:
//
//	‖QᵀQ − I‖_F / √n
//
// Up to n = 2,048 it forms Q: 2n³ flops and 2n² words beyond Q itself, so it is for logging now and then, in a program of its own. Above that it
// estimates: E = QᵀQ − I takes a random x of signs to E x, whose squared length has the mean ‖E‖²_F (Hutchinson 1990). 32 of them, always
// the same, leave an error of some tenths of the figure and cost 8·32·n·m flops and 3·32·n words.
type Defect struct {
	ops  []gpu.Op
	out  gpu.View
	mean float64 // what the square of the norm is divided by: n, times the number of vectors x; 0 where there are no reflectors
	memory
}

const (
	defectDense  = 2048 // the largest n for which Q is formed
	defectProbes = 32   // vectors that stand for all where it is not
)

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
	d.unit = mem.Unit("orthogonality defect", gpu.DeviceOnly)
	d.out = d.unit.Reserve(1, 2)
	if u.Cols > defectDense {
		return d, d.estimate(mem, u)
	}
	return d, d.form(mem, u)
}

// form takes the norm of QᵀQ − I itself.
func (d *Defect) form(mem *gpu.Arena, u gpu.View) error {
	q, err := PlanDenseQ(mem, u, true)
	if err != nil {
		return err
	}
	p := d.unit.Reserve(q.n, q.n)
	d.mean = float64(q.n)
	d.ops = append(q.Materialise(),
		gpu.Gemm{C: p, A: q.q, TransA: true, B: q.q, Alpha: 1},
		gpu.Scale{Y: diagonal(p), X: column(q.ones), Alpha: -1, Beta: 1},
		gpu.Norm{Out: d.out, X: p})
	return nil
}

// estimate takes the norm of (QᵀQ − I) x for random signs x.
func (d *Defect) estimate(mem *gpu.Arena, u gpu.View) error {
	n := u.Cols
	cfg := ProductConfig{Batch: defectProbes, Dim: n, Reflectors: u.Rows, Algorithm: CompactWY, ForwardOnly: true}
	if err := cfg.Check(); err != nil {
		return err
	}
	q := planProduct(mem, cfg, u, nil)
	x, y, z := d.unit.Reserve(defectProbes, n), d.unit.Reserve(defectProbes, n), d.unit.Reserve(defectProbes, n)
	mem.Fill(x, randomSigns)
	away, err := q.Apply(y, x, false)
	if err != nil {
		return err
	}
	back, err := q.Apply(z, y, true)
	if err != nil {
		return err
	}
	d.mean = defectProbes * float64(n)
	d.ops = slices.Concat(q.Prepare(), away, back, []gpu.Op{
		gpu.Scale{Y: z, X: x, Alpha: -1, Beta: 1},
		gpu.Norm{Out: d.out, X: z}})
	return nil
}

func randomSigns(x []float32) {
	src := philox.New(1, 0)
	for i := range x {
		x[i] = 1 - 2*float32(src.Uint32()>>31)
	}
}

// Close frees the intermediates where they are not in an arena of the caller's. Programs that use them must be closed first.
func (d *Defect) Close() {
	if d != nil {
		d.memory.Close()
	}
}

// Ops returns the operations of the measurement; none where there are no reflectors.
func (d *Defect) Ops() []gpu.Op { return d.ops }

// Value reads the result of the last run of Ops; 0 where there are no reflectors.
func (d *Defect) Value() (float64, error) {
	if d.mean == 0 {
		return 0, nil
	}
	out, err := gpu.ReadView(d.out)
	if err != nil {
		return 0, err
	}
	return float64(out[0]) / math.Sqrt(d.mean), wantResult("orthogonality defect", "norm", out[:1])
}
