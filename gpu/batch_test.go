package gpu_test

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestBatchesOfProducts tells batches whose products are apart from those that overlap.
func TestBatchesOfProducts(t *testing.T) {
	dev, _ := open(t)
	a, b, c := buffer(t, dev, "A", 10), buffer(t, dev, "B", 10), buffer(t, dev, "C", 400)
	for _, x := range []struct {
		name                 string
		rows, cols, ld, step int
		batch                int
		ok                   bool
	}{
		{"one after the other", 4, 5, 5, 20, 6, true},
		{"with gaps", 4, 5, 9, 40, 4, true},
		{"the last row's gap", 4, 5, 9, 32, 4, true},
		{"one word too near", 4, 5, 9, 31, 4, false},
		{"side by side", 4, 5, 20, 5, 4, true},
		{"side by side, one too many", 4, 5, 20, 5, 5, false},
		{"side by side, one too near", 4, 5, 20, 4, 4, false},
		{"side by side with gaps", 4, 5, 21, 7, 3, true},
		{"row by row", 4, 5, 20, 25, 3, true}, // item 1 begins at column 5 of row 1, item 2 at column 10 of row 2
		{"a diagonal", 1, 5, 5, 7, 10, true},
		{"rows of one column", 5, 1, 3, 1, 3, true},
		{"rows of one column, one too many", 5, 1, 3, 1, 4, false},
		{"the same place", 4, 5, 5, 0, 2, false},
		{"the same place once", 4, 5, 5, 0, 1, true},
		{"nothing at the same place", 0, 5, 5, 0, 2, true},
	} {
		op := gpu.Gemm{
			C: gpu.View{Buf: c, Rows: x.rows, Cols: x.cols, Stride: x.ld}, A: gpu.View{Buf: a, Rows: x.rows}, B: gpu.View{Buf: b, Cols: x.cols},
			Batch: x.batch, StrideC: x.step,
		}
		if ok := apart(x.rows, x.cols, x.ld, x.step, x.batch); ok != x.ok {
			t.Errorf("%s: the model says %t", x.name, ok)
		}
		if err := op.Check(); (err == nil) != x.ok {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

// apart tells by trying every word whether the items of a batch share none.
func apart(rows, cols, ld, step, batch int) bool {
	seen := map[int]bool{}
	for i := range batch {
		for r := range rows {
			for c := range cols {
				w := i*step + r*ld + c
				if seen[w] {
					return false
				}
				seen[w] = true
			}
		}
	}
	return true
}

// TestBatchesAgainstTheModel tries all small batches.
func TestBatchesAgainstTheModel(t *testing.T) {
	dev, _ := open(t)
	a, b, c := buffer(t, dev, "A", 10), buffer(t, dev, "B", 10), buffer(t, dev, "C", 1000)
	for rows := range 4 {
		for cols := range 4 {
			for ld := cols; ld < 9; ld++ {
				for step := range 14 {
					for batch := range 5 {
						op := gpu.Gemm{
							C: gpu.View{Buf: c, Rows: rows, Cols: cols, Stride: ld}, A: gpu.View{Buf: a, Rows: rows}, B: gpu.View{Buf: b, Cols: cols},
							Batch: batch, StrideC: step,
						}
						if err, ok := op.Check(), apart(rows, cols, ld, step, max(batch, 1)); (err == nil) != ok {
							t.Fatalf("%d of %d×%d/%d, %d apart: %v, want ok=%t", batch, rows, cols, ld, step, err, ok)
						}
					}
				}
			}
		}
	}
}
