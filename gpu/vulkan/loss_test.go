//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var lossShapes = [][2]int{{1, 1}, {1, 10}, {2, 1}, {3, 2}, {129, 10}, {33, 31}, {31, 32}, {7, 33}, {5, 127}, {128, 129}, {9, 1000}, {3, 1025}, {5, 10000}, {1000, 10}}

func TestSoftmaxCrossEntropy(t *testing.T) { eachKind(t, testSoftmaxCrossEntropyOn) }

func testSoftmaxCrossEntropyOn(t *testing.T, dev *gpu.Device) {
	for _, s := range lossShapes {
		for _, l := range layouts {
			t.Run(fmt.Sprintf("%d×%d,%v", s[0], s[1], l), func(t *testing.T) { testSoftmax(t, dev, s[0], s[1], l) })
		}
	}
}

func testSoftmax(t *testing.T, dev *gpu.Device, rows, classes int, l layout) {
	const scale = 0.125
	logits := randoms(10, rows*classes)
	labels := make([]int32, rows)
	for i := range labels {
		labels[i] = int32((i*7 + 3) % classes)
		switch {
		case i == 1:
			labels[i] = -1
		case i == 2:
			labels[i] = int32(classes)
		case i == 4:
			logits[i*classes] = 1e4 // one class far ahead
		case i == 5:
			for c := range classes {
				logits[i*classes+c] = -3e38 // all equal: the first is the argmax
			}
			labels[i] = 0
		case i%2 == 1: // a right answer
			labels[i] = int32(argMax(logits[i*classes : (i+1)*classes]))
		}
	}
	x := newFilled(t, dev, "logits", rows, classes, l, logits)
	y := newFilled(t, dev, "labels", 1, rows, layout{2, 0}, gpu.AsFloats(labels))
	factor, sum := newFilled(t, dev, "scale", 1, 1, layout{3, 0}, []float32{scale}), newOperand(t, dev, "sum", 1, 2, l)
	out, grad := newOperand(t, dev, "rows", rows, 2, l), newOperand(t, dev, "dlogits", rows, classes, l)
	alone, inPlace := newOperand(t, dev, "rows alone", rows, 2, tight), newOperand(t, dev, "rows in place", rows, 2, tight)
	runOps(t, dev,
		gpu.SoftmaxCrossEntropy{Rows: out.View, Sum: sum.View, DLogits: grad.View, Logits: x.View, Labels: y.View, Scale: factor.View},
		gpu.SoftmaxCrossEntropy{Rows: alone.View, Logits: x.View, Labels: y.View, Scale: factor.View},
		gpu.SoftmaxCrossEntropy{Rows: inPlace.View, DLogits: x.View, Logits: x.View, Labels: y.View, Scale: factor.View})

	var want, tol, gwant, gtol []float64
	for i, label := range labels {
		row := wide(logits[i*classes : (i+1)*classes])
		loss, right, g, gt, lt := softmaxRow(row, int(label), scale)
		want, tol = append(want, loss, right), append(tol, lt, 0)
		gwant, gtol = append(gwant, g...), append(gtol, gt...)
	}
	near(t, "rows", out.get(), want, tol)
	nearSums(t, sum, want, tol)
	near(t, "rows without gradient", alone.get(), want, tol)
	near(t, "rows in place", inPlace.get(), want, tol)
	near(t, "dlogits", grad.get(), gwant, gtol)
	near(t, "dlogits in place", x.get(), gwant, gtol)
}

// nearSums compares sum with the sums of the two columns of rows, whose tolerances add up and rise by the roundings of the sum.
func nearSums(t *testing.T, sum operand, rows, tol []float64) {
	t.Helper()
	var want, limit [2]float64
	for i, v := range rows {
		want[i%2] += v
		limit[i%2] += tol[i] + math.Abs(v)*unit*float64(len(rows)+4)
	}
	near(t, "sum", sum.get(), want[:], limit[:])
}

func argMax[T float32 | float64](row []T) int {
	best := 0
	for c, v := range row {
		if v > row[best] {
			best = c
		}
	}
	return best
}

// softmaxRow returns the loss, whether the answer is right, the gradient, and the tolerances of the gradient and the loss.
func softmaxRow(row []float64, label int, scale float64) (loss, right float64, grad, gtol []float64, ltol float64) {
	grad, gtol = make([]float64, len(row)), make([]float64, len(row))
	if label < 0 {
		return 0, 0, grad, gtol, 0
	}
	best := argMax(row)
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(v - row[best])
	}
	k := 10 + math.Sqrt(float64(len(row)))
	for c, v := range row {
		p := math.Exp(v-row[best]) / sum
		grad[c] = scale * p
		if c == label {
			grad[c] -= scale
		}
		gtol[c] = 1e-36 + k*unit*scale*(p+math.Abs(grad[c])) + scale*p*math.Abs(v-row[best])*unit
	}
	if label >= len(row) {
		return math.NaN(), 0, grad, gtol, 0
	}
	loss = math.Log(sum) - (row[label] - row[best])
	if best == label {
		right = 1
	}
	return loss, right, grad, gtol, k * unit * (1 + math.Abs(loss) + math.Log(sum))
}

// A device that cannot go around loops often gives a row to more invocations.
func TestLossesInFewTurns(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.MaxLoop = 500 })
	testSoftmax(t, dev, 300, 3000, tight)
	testMSE(t, dev, 300, 3000, tight, true)
}

func TestSoftmaxOfNaN(t *testing.T) { eachKind(t, testSoftmaxOfNaNOn) }

func testSoftmaxOfNaNOn(t *testing.T, dev *gpu.Device) {
	for _, classes := range []int{4, 100, 2000} {
		values := randoms(11, classes)
		values[classes-1] = float32(math.NaN())
		x := newFilled(t, dev, "logits", 1, classes, tight, values)
		for _, label := range []int{0, classes - 1, argMax(values)} {
			y := newFilled(t, dev, "labels", 1, 1, tight, gpu.AsFloats([]int32{int32(label)}))
			out := newOperand(t, dev, "rows", 1, 2, tight)
			runOps(t, dev, gpu.SoftmaxCrossEntropy{Rows: out.View, Logits: x.View, Labels: y.View})
			if row := out.get(); row[0] == row[0] || row[1] != 0 {
				t.Errorf("%d classes, label %d: %v of a row with NaN, want (NaN, 0)", classes, label, row)
			}
		}
	}
}

func TestMeanSquaredError(t *testing.T) { eachKind(t, testMeanSquaredErrorOn) }

func testMeanSquaredErrorOn(t *testing.T, dev *gpu.Device) {
	for _, s := range lossShapes {
		for _, l := range layouts {
			for _, labelled := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d×%d,%v,labels=%v", s[0], s[1], l, labelled), func(t *testing.T) { testMSE(t, dev, s[0], s[1], l, labelled) })
			}
		}
	}
}

func testMSE(t *testing.T, dev *gpu.Device, rows, cols int, l layout, labelled bool) {
	const scale = 0.25
	pred, target := randoms(12, rows*cols), randoms(13, rows*cols)
	x := newFilled(t, dev, "pred", rows, cols, l, pred)
	y := newFilled(t, dev, "target", rows, cols, l.other(), target)
	var labels gpu.View
	ids := make([]int32, rows)
	if labelled {
		for i := range ids {
			ids[i] = int32(i%3) - 1
		}
		labels = newFilled(t, dev, "labels", 1, rows, tight, gpu.AsFloats(ids)).View
	}
	factor, sum := newFilled(t, dev, "scale", 1, 1, layout{3, 0}, []float32{scale}), newOperand(t, dev, "sum", 1, 2, l)
	out, grad := newOperand(t, dev, "rows", rows, 2, l), newOperand(t, dev, "dpred", rows, cols, l)
	alone := newOperand(t, dev, "rows alone", rows, 2, tight)
	runOps(t, dev,
		gpu.MeanSquaredError{Rows: out.View, Sum: sum.View, DPred: grad.View, Pred: x.View, Target: y.View, Labels: labels, Scale: factor.View},
		gpu.MeanSquaredError{Rows: alone.View, DPred: x.View, Pred: x.View, Target: y.View, Labels: labels, Scale: factor.View})
	want, gwant := make([]float64, 2*rows), make([]float64, rows*cols)
	for i := range rows {
		for c := range cols {
			e := float64(pred[i*cols+c]) - float64(target[i*cols+c])
			if ids[i] >= 0 {
				want[2*i] += e * e / float64(cols)
				gwant[i*cols+c] = scale * 2 / float64(cols) * e
			}
		}
	}
	tol := relative(want, 8+math.Sqrt(float64(cols)))
	gtol := constant(len(gwant), 20*unit*scale/float64(cols)*2)
	near(t, "rows", out.get(), want, tol)
	nearSums(t, sum, want, tol)
	near(t, "rows in place", alone.get(), want, tol)
	near(t, "dpred", grad.get(), gwant, gtol)
	near(t, "dpred in place", x.get(), gwant, gtol)
}
