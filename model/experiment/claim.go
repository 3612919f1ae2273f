package experiment

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Verdict is what became of a claim.
type Verdict struct {
	Text  string
	State string // held, not held, or open where runs are missing or the form is the short one
	Why   string
}

func (c Claim) check(e *Experiment, all []Variant) error {
	if !slices.Contains(append(Measures(), ""), c.Measure) || (c.Below > 0) != (c.Measure == "steps-below") {
		return fmt.Errorf("measure %q below %g; there are %s, the first of them by itself", c.Measure, c.Below, strings.Join(Measures(), ", "))
	}
	if c.Each != "" && !e.hasAxis(c.Each) {
		return fmt.Errorf("there is no axis %q", c.Each)
	}
	if c.AtLeast == nil && c.AtMost == nil && c.BetterThan == nil {
		return errors.New("nothing is claimed: at_least, at_most or better_than")
	}
	if c.Text == "" || len(selected(all, c.Variant)) == 0 || c.BetterThan != nil && len(selected(all, c.BetterThan)) == 0 {
		return errors.New("no text, or no variant matches")
	}
	return nil
}

// Verdicts judges every claim.
func (r *Report) Verdicts() []Verdict {
	var out []Verdict
	for _, c := range r.Experiment.Claims {
		if c.Each == "" {
			out = append(out, r.judge(c, c.Text, nil))
			continue
		}
		var seen []string
		for _, row := range r.matching(c.Variant) {
			if at := row.Variant.Labels[c.Each]; !slices.Contains(seen, at) {
				seen = append(seen, at)
				out = append(out, r.judge(c, fmt.Sprintf("%s (%s=%s)", c.Text, c.Each, at), Match{c.Each: at}))
			}
		}
	}
	return out
}

// judge decides a claim for the variants that match at, too.
func (r *Report) judge(c Claim, text string, at Match) Verdict {
	v := Verdict{Text: text, State: "open"}
	with := func(m Match) Match {
		both := Match{}
		maps.Copy(both, m)
		maps.Copy(both, at)
		return both
	}
	rows := r.matching(with(c.Variant))
	got, complete := mean(rows, c)
	others := r.matching(with(c.BetterThan))
	bar, otherComplete := math.NaN(), true
	if c.BetterThan != nil {
		bar, otherComplete = mean(others, c)
		otherComplete = otherComplete && len(others) > 0
	}
	v.Why = "measured " + r.show(c.Measure, got)
	if c.BetterThan != nil {
		v.Why += " beside " + r.show(c.Measure, bar)
	}
	switch {
	case len(rows) == 0 || !complete || !otherComplete:
		v.Why = "runs are missing"
		return v
	case r.Quick:
		v.Why += "; the short form decides nothing"
		return v
	}
	held := !math.IsNaN(got)
	if c.AtLeast != nil {
		held = held && got >= *c.AtLeast
		v.Why += ", wanted at least " + r.show(c.Measure, *c.AtLeast)
	}
	if c.AtMost != nil {
		held = held && got <= *c.AtMost
		v.Why += ", wanted at most " + r.show(c.Measure, *c.AtMost)
	}
	if c.BetterThan != nil && !math.IsNaN(bar) { // runs without the number are beaten by any that have it
		if rows[0].Runs[0].higherIsBetter(c.Measure) {
			held = held && got > bar
		} else {
			held = held && got < bar
		}
	}
	if v.State = "not held"; held {
		v.State = "held"
	}
	return v
}

// mean returns the mean over variants of the means over seeds, NaN where a run has not the number; complete tells that all runs are there.
func mean(rows []Outcome, c Claim) (m float64, complete bool) {
	if len(rows) == 0 {
		return math.NaN(), false
	}
	sum := 0.0
	for _, row := range rows {
		n := row.numbers(c.Measure, c.Below)
		if n == nil {
			return math.NaN(), false
		}
		one, _ := meanAndSpread(n)
		sum += one
	}
	return sum / float64(len(rows)), true
}

// meanAndSpread returns mean and sample standard deviation, which is NaN of fewer than two numbers.
func meanAndSpread(v []float64) (m, sd float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	if len(v) < 2 {
		return m, math.NaN()
	}
	for _, x := range v {
		sd += (x - m) * (x - m)
	}
	return m, math.Sqrt(sd / float64(len(v)-1))
}
