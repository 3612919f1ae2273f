package parity

import (
	"context"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Case is one named instance of an operation: shapes, layout, options and inputs.
type Case struct {
	Op    string // gpu.Op.Name, or "program" for several operations that feed each other
	Name  string // unique within Op
	Short bool   // belongs to the subset that runs in seconds
	build func(t *trial)
}

// Result is the outcome of one case. All its numbers are finite.
type Result struct {
	Op, Case  string
	Worst     float64 // the largest |got − want|/tolerance; at most 1 passes
	WorstAbs  float64 // |got − want| there
	Tolerance float64 // the tolerance there
	Pass      bool
	// Unsupported says that the device refused the case (gpu.ErrUnsupported), and computed nothing wrong.
	Unsupported bool
	Err         error // what is wrong, naming the element, or why the case could not run; nil where Pass
}

// Summary gathers the results of one operation.
type Summary struct {
	Op     string
	Cases  int
	Failed int // computed something wrong, or could not run
	// Unsupported counts the cases that the device refused; they are not among Failed.
	Unsupported int
	Worst       Result // the case with the largest Worst, a failed one before all others, one that passes before those that were refused
}

// Options are the options of Run and Compare.
type Options struct {
	Short  bool            // run the short subset only
	Match  func(Case) bool // run only what it accepts; nil accepts all
	Repeat bool            // run every case twice and require identical bits
}

// families are what the files of the operations have registered, in the order of their names.
var families []func(*list)

// register adds the cases of an operation, and how far its results may be from the oracle's.
func register(cases func(*list), t Tolerance) {
	families, tolerances = append(families, cases), append(tolerances, t)
}

// Cases returns the whole list, operation by operation, and after them cases of operations that are repeated.
func Cases() []Case {
	var l list
	for _, family := range families {
		family(&l)
	}
	repeatCases(&l)
	return l.cases
}

// list collects cases.
type list struct{ cases []Case }

func (l *list) add(op, name string, short bool, build func(t *trial)) {
	l.cases = append(l.cases, Case{Op: op, Name: name, Short: short, build: build})
}

// Run runs the cases on dev, gives each result to report (which may be nil) and returns the summaries in the order of Cases. The
// error is that of ctx: a case that fails or cannot run is in its Result.
func Run(ctx context.Context, dev *gpu.Device, opts Options, report func(Result)) ([]Summary, error) {
	sums, err := RunAll(ctx, []*gpu.Device{dev}, opts, func(_ int, r Result) {
		if report != nil {
			report(r)
		}
	})
	return sums[0], err
}

// RunAll is Run on several devices by turns: what is expected, which takes longer than most devices do, is computed once for all. Results and
// summaries come with the place of their device in devs.
func RunAll(ctx context.Context, devs []*gpu.Device, opts Options, report func(dev int, r Result)) ([][]Summary, error) {
	results := make([][]Result, len(devs))
	err := each(ctx, opts, func(t *trial) {
		for i, dev := range devs {
			r := t.run(dev, opts.Repeat)
			if report != nil {
				report(i, r)
			}
			results[i] = append(results[i], r)
		}
	})
	sums := make([][]Summary, len(devs))
	for i := range sums {
		sums[i] = Summarise(results[i])
	}
	return sums, err
}

// run carries the case out and judges what it gives.
func (t *trial) run(dev *gpu.Device, repeat bool) Result {
	got, err := t.execute(dev, repeat)
	if err != nil {
		return failed(t.c, err)
	}
	return t.judge(t.c, got)
}

// Compare runs the cases on two devices and compares the results with each other, within twice the tolerance.
func Compare(ctx context.Context, a, b *gpu.Device, opts Options, report func(Result)) ([]Summary, error) {
	var results []Result
	err := each(ctx, opts, func(t *trial) {
		r := t.runPair(a, b, opts.Repeat)
		if report != nil {
			report(r)
		}
		results = append(results, r)
	})
	return Summarise(results), err
}

func (t *trial) runPair(a, b *gpu.Device, repeat bool) Result {
	gotA, err := t.execute(a, repeat)
	if err != nil {
		return failed(t.c, err)
	}
	gotB, err := t.execute(b, repeat)
	if err != nil {
		return failed(t.c, err)
	}
	return t.judgePair(t.c, gotA, gotB)
}

// each prepares the cases that are asked for, one after the other, until ctx ends.
func each(ctx context.Context, opts Options, run func(*trial)) error {
	for _, c := range Cases() {
		if opts.Short && !c.Short || opts.Match != nil && !opts.Match(c) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		run(prepare(c))
	}
	return nil
}

// Summarise gathers results by operation, in the order in which operations first appear.
func Summarise(results []Result) []Summary {
	var sums []Summary
	for _, r := range results {
		i := slices.IndexFunc(sums, func(s Summary) bool { return s.Op == r.Op })
		if i < 0 {
			i = len(sums)
			sums = append(sums, Summary{Op: r.Op, Worst: r})
		}
		s := &sums[i]
		s.Cases++
		switch {
		case r.Unsupported:
			s.Unsupported++
		case !r.Pass:
			s.Failed++
		}
		if a, b := r.gravity(), s.Worst.gravity(); a > b || a == b && r.Worst > s.Worst.Worst {
			s.Worst = r
		}
	}
	return sums
}

// gravity orders results by how much they matter: refused, right, wrong.
func (r Result) gravity() int {
	switch {
	case r.Unsupported:
		return 0
	case r.Pass:
		return 1
	}
	return 2
}
