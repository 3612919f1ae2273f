package gpu_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestViewArithmetic(t *testing.T) {
	dev, _ := open(t)
	b := buffer(t, dev, "b", 100)
	v := gpu.View{Buf: b, Off: 7, Rows: 4, Cols: 5, Stride: 9}
	if v.Len() != 20 || v.Extent() != 3*9+5 || v.Contiguous() || v.IsZero() {
		t.Errorf("%v: length %d, extent %d, contiguous %t, zero %t", v, v.Len(), v.Extent(), v.Contiguous(), v.IsZero())
	}
	if got, want := v.RowRange(1, 3), (gpu.View{Buf: b, Off: 16, Rows: 2, Cols: 5, Stride: 9}); got != want {
		t.Errorf("rows 1 … 2 are %v, want %v", got, want)
	}
	if got, want := v.ColRange(2, 4), (gpu.View{Buf: b, Off: 9, Rows: 4, Cols: 2, Stride: 9}); got != want {
		t.Errorf("columns 2 … 3 are %v, want %v", got, want)
	}
	if got, want := b.View(3, 4, 6).Reshape(2, 12), b.View(3, 2, 12); got != want {
		t.Errorf("reshaped to %v, want %v", got, want)
	}
	if got, want := v.String(), "b[7]4×5/9"; got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
	if got := (gpu.View{}).String(); got != "none" || !(gpu.View{}).IsZero() {
		t.Errorf("the zero view is %q", got)
	}
	if all := b.All(); all != b.View(0, 1, 100) {
		t.Errorf("All is %v", all)
	}
	for _, e := range []gpu.View{{Buf: b, Rows: 0, Cols: 5, Stride: 5}, {Buf: b, Rows: 5, Cols: 0, Stride: 0}} {
		if e.Extent() != 0 || e.Len() != 0 {
			t.Errorf("%v: extent %d, length %d", e, e.Extent(), e.Len())
		}
	}
}

func TestReshapeOfARaggedViewIsRefused(t *testing.T) {
	dev, _ := open(t)
	b := buffer(t, dev, "b", 100)
	for name, v := range map[string]gpu.View{
		"gaps":  b.View(0, 4, 5).ColRange(0, 4).Reshape(2, 8),
		"count": b.View(0, 4, 5).Reshape(3, 7),
	} {
		_, err := dev.Compile("p", gpu.Fill{Y: v})
		wantShapeError(t, name, err)
		_, err = gpu.ReadView(v)
		wantShapeError(t, name+", read", err)
	}
}

func TestOverlapsAndSame(t *testing.T) {
	dev, _ := open(t)
	b, other := buffer(t, dev, "b", 100), buffer(t, dev, "other", 100)
	v := gpu.View{Buf: b, Off: 10, Rows: 3, Cols: 4, Stride: 10} // words 10 … 33
	for _, c := range []struct {
		name           string
		w              gpu.View
		overlaps, same bool
	}{
		{"itself", v, true, true},
		{"another buffer", gpu.View{Buf: other, Off: 10, Rows: 3, Cols: 4, Stride: 10}, false, false},
		{"just before", b.View(0, 1, 10), false, false},
		{"one word of it", b.View(0, 1, 11), true, false},
		{"just after", b.View(34, 2, 5), false, false},
		{"its last word", b.View(33, 1, 1), true, false},
		{"a gap of it", b.View(15, 1, 3), true, false}, // gaps count
		{"no rows", gpu.View{Buf: b, Off: 12, Rows: 0, Cols: 4, Stride: 4}, false, false},
		{"no columns", gpu.View{Buf: b, Off: 12, Rows: 4, Cols: 0, Stride: 4}, false, false},
		{"none", gpu.View{}, false, false},
		{"another stride", gpu.View{Buf: b, Off: 10, Rows: 3, Cols: 4, Stride: 9}, true, false},
	} {
		if got := v.Overlaps(c.w); got != c.overlaps {
			t.Errorf("%s: Overlaps is %t", c.name, got)
		}
		if got := c.w.Overlaps(v); got != c.overlaps {
			t.Errorf("%s: Overlaps the other way is %t", c.name, got)
		}
		if got := v.Same(c.w); got != c.same {
			t.Errorf("%s: Same is %t", c.name, got)
		}
	}
	if !v.RowRange(1, 2).Same(b.View(20, 1, 4)) {
		t.Error("one row is not the same for its stride")
	}
}

func TestReadAndWriteRejectWhatIsOutside(t *testing.T) {
	dev, _ := open(t)
	b := buffer(t, dev, "b", 10)
	for _, c := range []struct {
		name   string
		off, n int
	}{{"negative", -1, 1}, {"past the end", 8, 3}, {"far out", math.MaxInt, 1}, {"far out, long", math.MaxInt - 1, 10}} {
		wantShapeError(t, "write "+c.name, b.Write(c.off, make([]float32, c.n)))
		wantShapeError(t, "read "+c.name, b.Read(c.off, make([]float32, c.n)))
	}
	for _, v := range []gpu.View{
		{Buf: b, Off: 0, Rows: 2, Cols: 6, Stride: 6},
		{Buf: b, Off: 5, Rows: 1, Cols: 6, Stride: 6},
		{Buf: b, Off: 0, Rows: 2, Cols: 3, Stride: 2},
		{Buf: b, Off: -1, Rows: 1, Cols: 1, Stride: 1},
		{Buf: b, Off: 0, Rows: -1, Cols: 1, Stride: 1},
		{Buf: b, Off: 0, Rows: 1, Cols: -1, Stride: 1},
		{Buf: b, Off: 11, Rows: 0, Cols: 1, Stride: 1},
		{Buf: b, Off: 0, Rows: 1<<33 + 1, Cols: 1, Stride: 1 << 31}, // the extent overflows to 1
		{Buf: b, Off: math.MaxInt, Rows: 1, Cols: 1, Stride: 1},
		{},
	} {
		n := 0
		if v.Rows == 2 || v.Rows == 1 {
			n = max(0, v.Len())
		}
		wantShapeError(t, "write "+v.String(), gpu.WriteView(v, make([]float32, n)))
		_, err := gpu.ReadView(v)
		wantShapeError(t, "read "+v.String(), err)
	}
	wantShapeError(t, "write of the wrong length", gpu.WriteView(b.View(0, 2, 3), make([]float32, 5)))
}

func TestEmptyViewsAreReadAndWrittenAsNothing(t *testing.T) {
	dev, _ := open(t)
	b := buffer(t, dev, "b", 4)
	for _, v := range []gpu.View{b.View(4, 0, 3), b.View(0, 3, 0), {Buf: b, Off: 4, Rows: 3, Cols: 0, Stride: 5}} {
		if err := gpu.WriteView(v, nil); err != nil {
			t.Errorf("write %v: %v", v, err)
		}
		if got, err := gpu.ReadView(v); err != nil || len(got) != 0 {
			t.Errorf("read %v: %v, %v", v, got, err)
		}
	}
	b.Close()
	if err := gpu.WriteView(b.View(0, 1, 0), nil); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("an empty write to a closed buffer: %v", err)
	}
}

// TestWriteViewTouchesItsWindowOnly compares WriteView and ReadView with loops over a slice.
func TestWriteViewTouchesItsWindowOnly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows, cols := rapid.IntRange(0, 5).Draw(r, "rows"), rapid.IntRange(0, 5).Draw(r, "cols")
		stride, off := cols+rapid.IntRange(0, 3).Draw(r, "gap"), rapid.IntRange(0, 7).Draw(r, "off")
		dev, _ := open(t)
		b := buffer(t, dev, "b", off+max(rows, 1)*stride+rapid.IntRange(0, 3).Draw(r, "tail"))
		defer b.Close()
		model := make([]float32, b.Len())
		for i := range model {
			model[i] = float32(-1 - i)
		}
		if err := b.Write(0, model); err != nil {
			r.Fatal(err)
		}
		v := gpu.View{Buf: b, Off: off, Rows: rows, Cols: cols, Stride: stride}
		src := make([]float32, rows*cols)
		for i := range rows {
			for j := range cols {
				src[i*cols+j] = float32(1 + i*cols + j)
				model[off+i*stride+j] = src[i*cols+j]
			}
		}
		if err := gpu.WriteView(v, src); err != nil {
			r.Fatal(err)
		}
		got := make([]float32, b.Len())
		if err := b.Read(0, got); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(model, got); diff != "" {
			r.Fatalf("%v: %s", v, diff)
		}
		back, err := gpu.ReadView(v)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(src, back); diff != "" {
			r.Fatalf("%v read back: %s", v, diff)
		}
	})
}

func TestWordsAsIntegersAndBack(t *testing.T) {
	ints := []int32{0, -1, 7, math.MinInt32}
	if diff := cmp.Diff(ints, gpu.AsInts(gpu.AsFloats(ints))); diff != "" {
		t.Error(diff)
	}
	if gpu.AsInts(nil) != nil || gpu.AsFloats(nil) != nil {
		t.Error("nothing became something")
	}
}
