//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestGemmTrianglesCut multiplies what leaves out a triangle and adds a diagonal on devices whose limits cut it into parts, which then have
// to do that after them.
func TestGemmTrianglesCut(t *testing.T) {
	whole := deviceFor(t)
	cut := []*gpu.Device{
		limitedDevice(t, func(l *limits) { l.MaxRange = 40 << 10 }),
		limitedDevice(t, func(l *limits) { l.MaxGroups = [3]uint32{65535, 2, 2} }),
	}
	for _, s := range [][3]int{{150, 97, 200}, {97, 150, 120}} {
		for _, batch := range []int{1, 3} {
			m, n, k := s[0], s[1], s[2]
			a := slices.Repeat(reflectorValues(31, m, k, -1), batch)
			b, diag, c := randoms(32, k*n), randoms(33, min(m, n)), randoms(34, batch*m*n)
			run := func(dev *gpu.Device) []float32 {
				ao, bo := newFilled(t, dev, "a", batch*m, k, tight, a), newFilled(t, dev, "b", k, n, tight, b)
				do, co := newFilled(t, dev, "diag", 1, len(diag), tight, diag), newFilled(t, dev, "c", batch*m, n, tight, c)
				runOps(t, dev, gpu.Gemm{C: co.View.RowRange(0, m), A: ao.View.RowRange(0, m), B: bo.View, Alpha: 1, Beta: 0.5, Diag: do.View,
					TrapezoidA: true, Upper: true, Batch: batch, StrideA: m * k, StrideC: m * n})
				return co.get()
			}
			want := run(whole)
			for i, dev := range cut {
				for at, v := range run(dev) {
					if math.Abs(float64(v-want[at])) > 1e-5*float64(k) || at/n%m > at%n && v != 0 {
						t.Fatalf("%d×%d×%d, batch %d, device %d: element (%d, %d) is %g, want %g", m, n, k, batch, i, at/n, at%n, v, want[at])
					}
				}
			}
		}
	}
}

// TestTriSolveInPieces solves systems on a device that takes few blocks of rows in a launch: it gives the same bits.
func TestTriSolveInPieces(t *testing.T) {
	whole, few := deviceFor(t), limitedDevice(t, func(l *limits) { l.MaxLoop = 800 })
	const m, n = 300, 333
	s, b := reflectorValues(41, m, m, 7), reflectorValues(42, m, n, -1)
	for i := range m {
		s[i*m+7] = 0 // a zero on the diagonal comes with a zero column
		if i != 7 {
			s[i*m+i] += 20
		}
	}
	for _, o := range []gpu.TriSolve{{}, {Transpose: true}, {Trapezoid: true}} {
		t.Run(fmt.Sprintf("transpose=%t trapezoid=%t", o.Transpose, o.Trapezoid), func(t *testing.T) {
			run := func(dev *gpu.Device) ([]float32, int) {
				o, x := o, newOperand(t, dev, "x", m, n, tight)
				o.X, o.S, o.B = x.View, newFilled(t, dev, "s", m, m, tight, s).View, newFilled(t, dev, "b", m, n, tight, b).View
				p, err := dev.Compile("solve", o)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				return x.get(), p.Stats().Dispatches
			}
			want, one := run(whole)
			got, several := run(few)
			if one != 1 || several < 2 {
				t.Errorf("%d dispatches, and %d where loops are bounded; want 1 and several", one, several)
			}
			if !slices.EqualFunc(got, want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
				t.Error("the pieces give other bits than the whole")
			}
		})
	}
}

// TestTriSolveStrips solves systems as graphics processors do, in one launch and, of more rows than a work group holds, in several with products between:
// they give what the form for processors gives, but for rounding, zeros where a trapezoid has them, and the same bits a second time; of a batch
// too, and with a scale.
func TestTriSolveStrips(t *testing.T) {
	whole, card := deviceFor(t), limitedDevice(t, func(l *limits) { l.Software = false })
	small := limitedDevice(t, func(l *limits) { l.Software, l.MaxInvocations = false, 128 })
	for _, m := range []int{33, 129, 300, 1030} {
		for i, o := range []gpu.TriSolve{{}, {Transpose: true, Batch: 2}, {Trapezoid: true}, {Trapezoid: true, Batch: 2}} {
			t.Run(fmt.Sprintf("m=%d transpose=%t trapezoid=%t batch=%d", m, o.Transpose, o.Trapezoid, o.Batch), func(t *testing.T) {
				n := 173
				if m > 1000 {
					n = 9
				}
				count, l := o.Count(), opLayouts[i%3]
				s, b := reflectorValues(43, count*m, m, 7), slices.Repeat(reflectorValues(44, m, n, -1), count)
				for at := range count * m {
					s[at*m+7] = 0 // a zero on the diagonal comes with a zero column
					if at%m != 7 {
						s[at*m+at%m] += 20
					}
				}
				run := func(dev *gpu.Device) [2][]float32 {
					so, bo, x := newFilled(t, dev, "s", count*m, m, l, s), newFilled(t, dev, "b", count*m, n, l, b), newOperand(t, dev, "x", count*m, n, l)
					o := o
					o.S, o.B, o.X = so.View.RowRange(0, m), bo.View.RowRange(0, m), x.View.RowRange(0, m)
					if count > 1 {
						o.StrideS, o.StrideB, o.StrideX = m*o.S.Stride, m*o.B.Stride, m*o.X.Stride
					}
					if i%2 == 0 {
						o.Scale = newFilled(t, dev, "scale", 1, n, l, randoms(45, n)).View
					}
					var got [2][]float32
					for k := range got {
						runOps(t, dev, o)
						got[k] = x.get()
					}
					return got
				}
				dev := card
				if m > 1000 || m == 129 {
					dev = small
				}
				want, got := run(whole)[0], run(dev)
				if !sameBits(got[0], got[1]) {
					t.Error("other bits the second time")
				}
				near(t, "X", got[0], wide(want), constant(len(want), 1e-5))
				for at, v := range got[0] {
					if o.Trapezoid && at%n < at/n%m && v != 0 {
						t.Fatalf("element (%d, %d) is %g in a trapezoid", at/n%m, at%n, v)
					}
				}
			})
		}
	}
}
