package cpu

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var lossShapes = [][2]int{{1, 1}, {1, 10}, {7, 3}, {128, 10}, {33, 129}, {3, 10000}, {700, 31}, {0, 3}}

// labels returns labels below c, some of them −1 (does not count) and, with wrong, one that is c.
func labels(rows, c int, wrong bool) []int32 {
	l := make([]int32, rows)
	for i := range l {
		l[i] = int32(i * 7 % c)
		if i%5 == 3 {
			l[i] = -1
		}
	}
	if wrong && rows > 1 {
		l[1] = int32(c)
	}
	return l
}

func TestSoftmaxCrossEntropy(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, s := range lossShapes {
			for _, inPlace := range []bool{false, true} {
				f := newFixture(t, k, 2, 3)
				l := labels(s[0], s[1], true)
				op := gpu.SoftmaxCrossEntropy{Logits: f.view(s[0], s[1], func(int) float32 { return float32(20 * f.rng.NormFloat64()) }), Labels: f.ints(l), Rows: f.out(s[0], 2), DLogits: f.out(s[0], s[1]), Sum: f.out(1, 2), Scale: f.word(0.5)}
				if inPlace {
					op.DLogits = op.Logits
				}
				z := get(t, op.Logits)
				f.run(op)
				rows, grad := newDense(s[0], 2), newDense(s[0], s[1])
				for i, label := range l {
					if label >= 0 {
						wantCrossEntropy(z, i, int(label), rows, grad)
					}
				}
				near(t, "rows", op.Rows, rows, 8, 1)
				near(t, "sum", op.Sum, columnSums(rows), 8, float64(s[0]))
				near(t, "gradient", op.DLogits, grad, 8, 0.1)
			}
		}
	})
}

// columnSums returns the sums of the columns, NaN where one is among them.
func columnSums(m dense) dense {
	s := newDense(1, m.cols)
	for i, v := range m.v {
		s.v[i%m.cols] += v
	}
	return s
}

func wantCrossEntropy(z dense, i, label int, rows, grad dense) {
	best, sum := 0, 0.0
	for j := range z.cols {
		if z.at(i, j) > z.at(i, best) {
			best = j
		}
	}
	for j := range z.cols {
		sum += math.Exp(z.at(i, j) - z.at(i, best))
	}
	for j := range z.cols {
		p := math.Exp(z.at(i, j)-z.at(i, best)) / sum
		if j == label {
			p--
		}
		grad.set(i, j, 0.5*p)
	}
	if label >= z.cols {
		rows.set(i, 0, math.NaN())
		return
	}
	rows.set(i, 0, math.Log(sum)-(z.at(i, label)-z.at(i, best)))
	if best == label {
		rows.set(i, 1, 1)
	}
}

func TestMeanSquaredError(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, s := range lossShapes {
			for _, masked := range []bool{false, true} {
				f := newFixture(t, k, 2, 3)
				l := labels(s[0], s[1], false)
				op := gpu.MeanSquaredError{Pred: f.random(s[0], s[1]), Target: f.random(s[0], s[1]), Rows: f.out(s[0], 2), DPred: f.out(s[0], s[1]), Sum: f.out(1, 2), Scale: f.word(0.5)}
				if masked {
					op.Labels = f.ints(l)
				}
				f.run(op)
				p, target := get(t, op.Pred), get(t, op.Target)
				rows, grad := newDense(s[0], 2), newDense(s[0], s[1])
				for i := range p.v {
					if masked && l[i/s[1]] < 0 {
						continue
					}
					d := p.v[i] - target.v[i]
					rows.v[i/s[1]*2] += d * d / float64(s[1])
					grad.v[i] = 0.5 * 2 / float64(s[1]) * d
				}
				near(t, "rows", op.Rows, rows, 4, 0)
				near(t, "sum", op.Sum, columnSums(rows), 4, 1e-30)
				near(t, "gradient", op.DPred, grad, 4, 1)
			}
		}
	})
}

// TestSoftmaxOfNaN verifies that a row with a NaN is wrong with loss NaN, also where the NaN is the label's, and an infinite one too.
func TestSoftmaxOfNaN(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		inf := float32(math.Inf(1))
		for name, bad := range map[string]float32{"NaN": nan, "infinity": inf} {
			f := newFixture(t, k, 2, 3)
			op := gpu.SoftmaxCrossEntropy{Logits: f.view(3, 40, func(i int) float32 {
				if i == 7 || i == 47 {
					return bad
				}
				return float32(i % 5)
			}), Labels: f.ints([]int32{7, 8, 4}), Rows: f.out(3, 2), Sum: f.out(1, 2)}
			f.run(op)
			rows := get(t, op.Rows)
			if a, b := rows.at(0, 0), rows.at(1, 0); !math.IsNaN(a) || !math.IsNaN(b) && name == "NaN" || rows.at(0, 1) != 0 || rows.at(1, 1) != 0 {
				t.Errorf("%s: rows are %v", name, rows.v)
			}
			if rows.at(2, 1) != 1 {
				t.Errorf("%s: the row without it is wrong", name)
			}
		}
	})
}
