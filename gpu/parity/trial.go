package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

const (
	seed      = 20180601
	guard     = 16 // words around every operand, at least
	alignment = 64 // words: what the layouts' offsets count from
)

// layout is how operands lie in memory: operand number i (from 1) starts i·off words past a multiple of 64, and its rows are pad
// words longer than its columns.
type layout struct{ off, pad int }

var (
	tight  = layout{0, 0}
	padded = layout{1, 5} // nothing is a multiple of 4
	wide   = layout{4, 4} // multiples of 4 stay multiples of 4
	skewed = layout{3, 0} // contiguous, at every offset modulo 4
)

func (l layout) String() string {
	switch l {
	case tight:
		return "tight"
	case padded:
		return "padded"
	case wide:
		return "wide"
	case skewed:
		return "skewed"
	}
	return fmt.Sprintf("off=%d pad=%d", l.off, l.pad)
}

// trial is a case being set up: its operands, its operations and what is expected of it.
type trial struct {
	c        Case
	lay      layout
	item     int // of a repetition; the values differ with it
	operands []*operand
	words    int
	expects  []expectation
	op       func() []gpu.Op
	buf      *gpu.Buffer // set before op is called
}

// operand is a matrix of the trial in its buffer.
type operand struct {
	t                       *trial
	name                    string
	off, rows, cols, stride int
	bits                    []uint32 // rows × cols; nil for outputs, which start as NaN
}

// expectation is what rows row … of an operand must hold: want within tolerance, both rows × cols of the operand.
type expectation struct {
	operand *operand
	row     int
	want    oracle.Matrix
	tol     oracle.Matrix // nil Data: exactly want
	bits    []uint32      // not nil: exactly these bits
	band    *[2]float64   // not nil: and never outside of it
}

func newTrial(c Case) *trial { return &trial{c: c, words: guard} }

// view returns the operand's window; a nil operand is an absent one.
func (o *operand) view() gpu.View {
	if o == nil {
		return gpu.View{}
	}
	return gpu.View{Buf: o.t.buf, Off: o.off, Rows: o.rows, Cols: o.cols, Stride: o.stride}
}

// out places an output, which holds NaN before the run.
func (t *trial) out(name string, rows, cols int) *operand {
	start := (t.words + guard + alignment - 1) / alignment * alignment
	o := &operand{t: t, name: name, off: start + t.lay.off*(len(t.operands)+1), rows: rows, cols: cols, stride: cols + t.lay.pad}
	t.operands = append(t.operands, o)
	t.words = o.off + rows*o.stride + guard
	return o
}

// in places an operand that holds m before the run. The numbers of m must be fp32 numbers.
func (t *trial) in(name string, m oracle.Matrix) *operand {
	o := t.out(name, m.Rows, m.Cols)
	o.bits = make([]uint32, len(m.Data))
	for i, v := range m.Data {
		f := float32(v)
		if float64(f) != v && v == v {
			panic(fmt.Sprintf("parity: %s %s: %s[%d] = %v is not an fp32 number", t.c.Op, t.c.Name, name, i, v))
		}
		o.bits[i] = math.Float32bits(f)
	}
	return o
}

// ints places a row of int32.
func (t *trial) ints(name string, values []int) *operand {
	o := t.out(name, 1, len(values))
	o.bits = make([]uint32, len(values))
	for i, v := range values {
		o.bits[i] = uint32(int32(v))
	}
	return o
}

// one sets the operation.
func (t *trial) one(op func() gpu.Op) { t.op = func() []gpu.Op { return []gpu.Op{op()} } }

func (t *trial) ops() []gpu.Op { return t.op() }

// expect says that o holds want within the operation's C·k·2⁻²⁴·scale, element by element.
func (t *trial) expect(o *operand, want, scale oracle.Matrix, k int) {
	t.expectRows(o, 0, want, scale, k)
}

// expectRows is expect for the rows of o from row on.
func (t *trial) expectRows(o *operand, row int, want, scale oracle.Matrix, k int) {
	tol := scale.Clone()
	c := constant(t.c.Op)
	for i, s := range tol.Data {
		tol.Data[i] = smallest
		if !math.IsInf(s, 0) { // an infinite result has to be met
			tol.Data[i] += c * float64(k) * unit * s
		}
	}
	t.expects = append(t.expects, expectation{operand: o, row: row, want: want, tol: tol})
}

// exact says that o holds the fp32 numbers want.
func (t *trial) exact(o *operand, want oracle.Matrix) { t.exactRows(o, 0, want) }

func (t *trial) exactRows(o *operand, row int, want oracle.Matrix) {
	t.expects = append(t.expects, expectation{operand: o, row: row, want: want})
}

// exactBits says that o holds these words.
func (t *trial) exactBits(o *operand, bits []uint32) {
	t.expects = append(t.expects, expectation{operand: o, want: oracle.Zeros(o.rows, o.cols), bits: bits})
}

// within says that no element of o, which expect was called for last, is outside [lo, hi], whatever the tolerance.
func (t *trial) within(o *operand, lo, hi float64) {
	e := &t.expects[len(t.expects)-1]
	if e.operand != o {
		panic("parity: within has to follow expect of " + o.name)
	}
	e.band = &[2]float64{lo, hi}
}

// anything says that o may hold anything after the run.
func (t *trial) anything(o *operand) {
	tol := oracle.Zeros(o.rows, o.cols)
	for i := range tol.Data {
		tol.Data[i] = math.Inf(1)
	}
	t.expects = append(t.expects, expectation{operand: o, want: oracle.Zeros(o.rows, o.cols), tol: tol})
}

// source returns the random numbers of one operand.
func (t *trial) source(name string) *philox.Source {
	stream := "parity/" + t.c.Op + "/" + t.c.Name + "/" + name
	if t.item > 0 {
		stream += fmt.Sprint("/item ", t.item)
	}
	return philox.New(seed, philox.Stream(stream))
}

// image returns the words of the buffer before the run.
func (t *trial) image() []float32 {
	image := make([]float32, t.words+guard)
	for i := range image {
		image[i] = math.Float32frombits(guardWord(i))
	}
	for _, o := range t.operands {
		for i := range o.rows {
			for j := range o.cols {
				b := unwritten
				if o.bits != nil {
					b = o.bits[i*o.cols+j]
				}
				image[o.off+i*o.stride+j] = math.Float32frombits(b)
			}
		}
	}
	return image
}

// unwritten is the NaN that outputs hold before the run.
const unwritten uint32 = 0x7fdeadbe

// guardWord returns the NaN that word i holds where it is no operand's.
func guardWord(i int) uint32 { return 0x7fe00000 | uint32(i)*2654435761>>11&^1 }

// locate names word i of the buffer.
func (t *trial) locate(i int) string {
	near := "the start"
	for _, o := range t.operands {
		d := i - o.off
		if d < 0 {
			break
		}
		near = o.name
		if o.stride > 0 && d/o.stride < o.rows && d%o.stride < o.cols {
			return fmt.Sprintf("%s[%d,%d]", o.name, d/o.stride, d%o.stride)
		}
	}
	return fmt.Sprintf("the guard word %d after %s", i, near)
}
