package steady

import (
	"math"
	"time"
)

// Rule says when times count as the same.
type Rule struct {
	// Within is by how much two runs differ at most, relative to the earlier one.
	Within float64
	// Span is how far apart in time those two runs begin at least. A clock that climbs slowly hardly differs from one run to the next, but over a
	// span it does. 0 compares successive runs.
	Span time.Duration
	// Limit is when to give up; two runs are made in any case.
	Limit time.Duration
}

// Default is the Rule for what is measured without haste: 3 % over 50 ms, a second at most.
var Default = Rule{Within: 0.03, Span: 50 * time.Millisecond, Limit: time.Second}

// Until calls run, which returns what it took, until its times stay the same or the limit is over, and returns the last time. Its error is that
// of run.
func (r Rule) Until(run func() (time.Duration, error)) (time.Duration, error) {
	type one struct {
		at   time.Time
		took time.Duration
	}
	var earlier []one // oldest first; all but the first are within the span
	for begin := time.Now(); ; {
		last := one{at: time.Now()}
		var err error
		if last.took, err = run(); err != nil {
			return 0, err
		}
		for len(earlier) > 1 && last.at.Sub(earlier[1].at) >= r.Span {
			earlier = earlier[1:]
		}
		if len(earlier) > 0 {
			before := earlier[0]
			same := math.Abs(float64(last.took-before.took)) <= r.Within*float64(before.took)
			if same && last.at.Sub(before.at) >= r.Span || time.Since(begin) >= r.Limit {
				return last.took, nil
			}
		}
		earlier = append(earlier, last)
	}
}
