package parity

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// perfect returns a case's buffer as it is when every output holds the oracle's value rounded to fp32.
func perfect(c Case) (*trial, []float32) {
	tr := newTrial(c)
	c.build(tr)
	got := tr.image()
	for _, e := range tr.expects {
		tr.each(e, func(word, i int) {
			if e.bits != nil {
				got[word] = math.Float32frombits(e.bits[i])
			} else {
				got[word] = float32(e.want.Data[i])
			}
		})
	}
	return tr, got
}

func TestPerfectResultsPass(t *testing.T) {
	for _, c := range Cases() {
		if !c.Short {
			continue
		}
		tr, got := perfect(c)
		if r := tr.judge(c, got); !r.Pass || r.Worst > 1 || r.Err != nil {
			t.Errorf("%s %s: %+v", c.Op, c.Name, r)
		}
		if r := tr.judgePair(c, got, got); !r.Pass || r.Worst != 0 {
			t.Errorf("%s %s against itself: %+v", c.Op, c.Name, r)
		}
	}
}

// find returns the case of that name.
func find(t *testing.T, op, name string) Case {
	t.Helper()
	for _, c := range Cases() {
		if c.Op == op && c.Name == name {
			return c
		}
	}
	t.Fatalf("no case %s %s", op, name)
	return Case{}
}

// TestJudgeNoticesEveryKindOfError damages a perfect result one way after the other.
func TestJudgeNoticesEveryKindOfError(t *testing.T) {
	c := find(t, "gemm", "33×33×33 NT padded")
	if !c.Short {
		t.Error("not a short case")
	}
	tr, _ := perfect(c)
	a, out := tr.operands[0], tr.operands[len(tr.operands)-1]
	tolerance := tr.expects[0].tol.Data[0]
	for _, d := range []struct {
		name, want string
		damage     func(w []float32)
	}{
		{"beyond its tolerance", "C[0,0]", func(w []float32) { w[out.off] += float32(2*tolerance + 1e-6) }},
		{"the last element", "C[32,32]", func(w []float32) { w[out.off+32*out.stride+32] = 7e3 }},
		{"NaN", "C[1,0]", func(w []float32) { w[out.off+out.stride] = float32(math.NaN()) }},
		{"infinite", "C[1,0]", func(w []float32) { w[out.off+out.stride] = float32(math.Inf(1)) }},
		{"not written", "was not written", func(w []float32) { w[out.off+1] = math.Float32frombits(unwritten) }},
		{"a guard word before", "guard word", func(w []float32) { w[out.off-1] = 0 }},
		{"a guard word after", "guard word", func(w []float32) { w[out.off+32*out.stride+33] = 0 }},
		{"a gap between rows", "guard word", func(w []float32) { w[out.off+33] = 0 }},
		{"the first word", "guard word", func(w []float32) { w[0] = 0 }},
		{"the last word", "guard word", func(w []float32) { w[len(w)-1] = 0 }},
		{"an input", "A[0,0]", func(w []float32) { w[a.off] = math.Nextafter32(w[a.off], 2) }},
		{"two words", "2 words are wrong", func(w []float32) { w[out.off], w[out.off+1] = 1e3, 1e3 }},
	} {
		_, got := perfect(c)
		d.damage(got)
		r := tr.judge(c, got)
		if r.Pass || r.Err == nil || !strings.Contains(r.Err.Error(), d.want) || r.Worst <= 1 || math.IsInf(r.Worst, 0) || math.IsNaN(r.Worst) {
			t.Errorf("%s: %+v, want an error with %q", d.name, r, d.want)
		}
	}
}

func TestJudgeAcceptsUpToTheTolerance(t *testing.T) {
	c := find(t, "gemm", "33×33×33 NT padded")
	tr, got := perfect(c)
	out, e := tr.operands[len(tr.operands)-1], tr.expects[0]
	got[out.off] = float32(e.want.Data[0] + 0.9*e.tol.Data[0])
	r := tr.judge(c, got)
	if !r.Pass || r.Worst < 0.85 || r.Worst > 0.95 || r.Tolerance != e.tol.Data[0] || math.Abs(r.WorstAbs-0.9*r.Tolerance) > 0.05*r.Tolerance {
		t.Errorf("%+v with a tolerance of %g", r, e.tol.Data[0])
	}
}

// TestJudgeKeepsTheBand has σ just outside its band but within the tolerance of the arithmetic.
func TestJudgeKeepsTheBand(t *testing.T) {
	c := find(t, "sigma", "band σ*=1 r=0.01 n=33 padded in place=false")
	tr, got := perfect(c)
	e := tr.expects[0]
	w := e.operand.off + 7 // saturated: s = 100
	got[w] = math.Nextafter32(float32(e.band[1]), 2)
	if math.Abs(float64(got[w])-e.want.Data[7]) > e.tol.Data[7] {
		t.Fatal("the damage is beyond the tolerance: it shows nothing")
	}
	if r := tr.judge(c, got); r.Pass || !strings.Contains(r.Err.Error(), "outside") {
		t.Errorf("%+v", r)
	}
}

func TestSummarise(t *testing.T) {
	sums := Summarise([]Result{
		{Op: "a", Case: "1", Worst: 0.5, Pass: true}, {Op: "b", Case: "1", Worst: 0.1, Pass: true},
		{Op: "a", Case: "2", Worst: 0.7, Pass: true}, {Op: "b", Case: "2", Worst: 3}, {Op: "b", Case: "3", Worst: 2}, {Op: "a", Case: "3", Worst: 0.6, Pass: true},
	})
	if len(sums) != 2 || sums[0].Worst.Case != "2" || sums[0].Cases != 3 || sums[0].Failed != 0 || sums[1].Worst.Case != "2" || sums[1].Failed != 2 || sums[1].Cases != 3 {
		t.Errorf("%+v", sums)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	dev, _ := fake.Open()
	defer dev.Close()
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	sums, err := Run(ctx, dev, Options{Match: func(c Case) bool { return c.Op == "fill" }}, func(Result) {
		if n++; n == 3 {
			cancel()
		}
	})
	if err == nil || n != 3 || len(sums) != 1 || sums[0].Cases != 3 {
		t.Errorf("%d results, error %v, %+v", n, err, sums)
	}
}

// TestRunClosesWhatItOpens fails every allocation of a case in turn.
func TestRunClosesWhatItOpens(t *testing.T) {
	dev, x := fake.Open()
	defer dev.Close()
	only := Options{Match: func(c Case) bool { return c.Op == "program" && c.Short }}
	for i := range 4 {
		x.FailAllocation(i)
		if _, err := Run(context.Background(), dev, only, nil); err != nil {
			t.Error(err)
		}
		if live := x.Live(); len(live) > 0 {
			t.Errorf("after failure of allocation %d: alive %q", i, live)
		}
	}
}

func TestInputsHaveToBeFloats(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("0.1 in float64 was taken for an fp32 number")
		}
	}()
	newTrial(Case{Op: "fill"}).in("X", oracle.New(1, 1, []float64{0.1}))
}
