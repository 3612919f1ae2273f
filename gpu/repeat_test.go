package gpu_test

import (
	"errors"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestRepeatOverlaps tells repetitions whose items are apart from those of which one touches what another writes.
func TestRepeatOverlaps(t *testing.T) {
	dev, _ := open(t)
	x, y := buffer(t, dev, "X", 100), buffer(t, dev, "Y", 100)
	window := func(b *gpu.Buffer, off, rows, cols, stride int) gpu.View {
		return gpu.View{Buf: b, Off: off, Rows: rows, Cols: cols, Stride: stride}
	}
	apart := gpu.Copy{Y: window(y, 0, 2, 5, 5), X: window(x, 0, 2, 5, 5)}
	within := gpu.Copy{Y: window(y, 0, 2, 5, 5), X: window(y, 10, 2, 5, 5)}
	for _, c := range []struct {
		name   string
		op     gpu.Op
		count  int
		sx, sy int
		ok     bool
	}{
		{"one after the other", apart, 10, 10, 10, true},
		{"one read by all", apart, 10, 0, 10, true},
		{"one written by all", apart, 2, 10, 0, false},
		{"a word too near", apart, 10, 10, 9, false},
		{"beyond the buffer", apart, 11, 0, 10, false},
		{"none", apart, 0, 10, 10, false},
		{"backwards", apart, 2, 10, -10, false},
		{"items that lie between each other", within, 4, 0, 20, true},
		{"an item reads what the next writes", within, 4, 0, 10, false},
		{"an item reads what a later one writes", within, 4, 0, 5, false},
		{"a repetition of a repetition", gpu.Repeat{Op: apart, Count: 1}, 2, 10, 10, false},
	} {
		op := gpu.Repeat{Op: c.op, Count: c.count, Steps: []gpu.Step{{Buf: x, Words: c.sx}, {Buf: y, Words: c.sy}}}
		if err := op.Check(); (err == nil) != c.ok || err != nil && !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%s: %v, want ok=%t", c.name, err, c.ok)
		}
	}
	op := gpu.Repeat{Op: apart, Count: 3, Steps: []gpu.Step{{Buf: y, Words: 20}}}
	if got, want := op.Item(2).(gpu.Copy), (gpu.Copy{Y: window(y, 40, 2, 5, 5), X: apart.X}); got != want {
		t.Errorf("item 2 is %+v, want %+v", got, want)
	}
	// What one item leaves for the next is a chain only of the same item.
	next := gpu.Repeat{Op: gpu.Copy{Y: window(x, 0, 2, 5, 5), X: window(y, 0, 2, 5, 5)}, Count: 3, Steps: []gpu.Step{{Buf: x, Words: 10}, {Buf: y, Words: 20}}}
	first := gpu.Repeat{Op: apart, Count: 3, Steps: []gpu.Step{{Buf: x, Words: 10}, {Buf: y, Words: 20}}}
	if err := first.Apart(next); err != nil {
		t.Errorf("items that stay apart: %v", err)
	}
	next.Op = gpu.Copy{Y: window(x, 0, 2, 5, 5), X: window(y, 20, 2, 5, 5)}
	if first.Apart(next) == nil {
		t.Error("an operation that reads what the item before wrote with another item passes")
	}
}
