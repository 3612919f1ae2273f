//go:build cgo

package vulkan

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestScatterAddWays adds the same rows as drivers on a processor do, as graphics processors do, and in small blocks: the same bits.
func TestScatterAddWays(t *testing.T) {
	const rows, entries, cols = 300, 40, 33
	tokens := make([]int32, rows)
	for i := range tokens {
		tokens[i] = int32(i*i%47) - 3 // some are outside
	}
	want := make([]float32, entries*cols)
	values := randoms(7, rows*cols)
	for i, v := range tokens {
		for j := range cols {
			if v >= 0 && v < entries {
				want[int(v)*cols+j] += values[i*cols+j]
			}
		}
	}
	for name, change := range map[string]func(*limits){"processor": func(*limits) {}, "hardware": func(l *limits) { l.Software = false },
		"blocks": func(l *limits) { l.MaxLoop = 70 }, "blocks on hardware": func(l *limits) { l.Software, l.MaxLoop = false, 70 }} {
		t.Run(name, func(t *testing.T) {
			dev := limitedDevice(t, change)
			x, tk := newFilled(t, dev, "x", rows, cols, layout{1, 2}, values), newFilled(t, dev, "tokens", 1, rows, layout{3, 0}, gpu.AsFloats(tokens))
			table := newOperand(t, dev, "table", entries, cols, layout{2, 3})
			runOps(t, dev, gpu.ScatterAdd{Table: table.View, X: x.View, Tokens: tk.View})
			near(t, fmt.Sprintf("table of %s", name), table.get(), wide(want), constant(len(want), 0))
		})
	}
}
