package cpu

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestCounted runs a product, a recurrence or an LSTM with n = 128, or a step of Adam, as often as asked, for a machine that counts instructions; CONTRIBUTING.md says
// how. SPECTRAL_COUNT is FORM:WHAT:TIMES, as in neon:product:3.
func TestCounted(t *testing.T) {
	ask := strings.Split(os.Getenv("SPECTRAL_COUNT"), ":")
	if len(ask) != 3 {
		t.Skip("SPECTRAL_COUNT is not set")
	}
	k, err := chooseKernels(ask[0])
	if err != nil {
		t.Fatal(err)
	}
	times, err := strconv.Atoi(ask[2])
	if err != nil {
		t.Fatal(err)
	}
	const n, batch, steps = 128, 16, 4
	f := newFixture(t, k, 1, 0)
	var ops []gpu.Op
	switch ask[1] {
	case "product":
		ops = []gpu.Op{gpu.Gemm{C: f.out(n, n), A: f.random(n, n), B: f.random(n, n), Alpha: 1}}
	case "recurrence":
		r := newRNN(f, rnnCase{steps: steps, batch: batch, n: n, inputs: 1, act: activations[3], last: true})
		ops = []gpu.Op{r.fwd, r.bwd, r.grad}
	case "lstm":
		r := newLSTM(f, lstmCase{steps: steps, batch: batch / 4, n: n, inputs: 1, last: true})
		ops = []gpu.Op{r.fwd, r.bwd, r.grad}
	case "adam":
		a := newOptimizerFixture(t, k, 1, n*n, 1, 2, 1)
		for i := range a.groups.Rows { // one group of parameters
			copy(a.groups.Buf.Host()[a.groups.Off+i*a.groups.Stride:], []float32{1, 0})
		}
		f, ops = a.fixture, []gpu.Op{gpu.Adam{P: a.p, M: a.m, V: a.v, G: a.g, Hyper: a.hyper, Norm: a.norm, Groups: a.groups}}
	case "nothing":
		ops = []gpu.Op{gpu.Fill{Y: f.out(1, 1)}}
	default:
		t.Fatalf("SPECTRAL_COUNT asks for %q; want product, recurrence, lstm, adam or nothing", ask[1])
	}
	p, err := f.dev.Compile("counted", ops...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range times {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
}
