package steady_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu/steady"
)

// idle returns the runs of a device that climbs from a fifth of its clock to all of it within climb, and what a run takes then.
func idle(climb time.Duration) (run func() (time.Duration, error), warm time.Duration) {
	const work = time.Millisecond
	begin := time.Now()
	return func() (time.Duration, error) {
		clock := min(1, 0.2+0.8*float64(time.Since(begin))/float64(climb))
		took := time.Duration(float64(work) / clock)
		time.Sleep(took)
		return took, nil
	}, work
}

// A slow climb does not count as the same time, though two successive runs hardly differ.
func TestSlowClimb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run, warm := idle(400 * time.Millisecond)
		if took, err := (steady.Rule{Within: 0.03, Limit: time.Second}).Until(run); err != nil || took < 2*warm {
			t.Fatalf("%v, %v: successive runs were to agree on a cold device, which takes %v when it is warm", took, err, warm)
		}
		run, warm = idle(400 * time.Millisecond)
		if took, err := steady.Default.Until(run); err != nil || float64(took) > 1.06*float64(warm) {
			t.Errorf("%v, %v: want about %v", took, err, warm)
		}
	})
}

// What never settles ends at the limit, and what has settled at once after a span.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		restless := func() (time.Duration, error) {
			n++
			time.Sleep(time.Millisecond)
			return time.Duration(1+n%2) * time.Millisecond, nil
		}
		start := time.Now()
		if _, err := (steady.Rule{Within: 0.03, Limit: 100 * time.Millisecond}).Until(restless); err != nil || time.Since(start) != 100*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		for _, span := range []time.Duration{0, 20 * time.Millisecond} {
			runs := 0
			even := func() (time.Duration, error) {
				runs++
				time.Sleep(time.Millisecond)
				return time.Millisecond, nil
			}
			if _, err := (steady.Rule{Within: 0.03, Span: span, Limit: time.Hour}).Until(even); err != nil || runs != max(2, int(span/time.Millisecond)+1) {
				t.Errorf("span %v: %d runs, %v", span, runs, err)
			}
		}
		runs := 0
		if _, err := (steady.Rule{}).Until(func() (time.Duration, error) { runs++; return time.Duration(runs), nil }); err != nil || runs != 2 {
			t.Errorf("no limit: %d runs, %v", runs, err)
		}
	})
}

func TestFailures(t *testing.T) {
	failed := errors.New("failed")
	for at := 1; at <= 2; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			runs := 0
			if _, err := (steady.Rule{}).Until(func() (time.Duration, error) {
				if runs++; runs == at {
					return 0, failed
				}
				return 1, nil
			}); !errors.Is(err, failed) || runs != at {
				t.Errorf("%v after %d runs", err, runs)
			}
		})
	}
}

func ExampleRule_Until() {
	took, err := steady.Rule{Within: 0.03}.Until(func() (time.Duration, error) { return time.Second, nil })
	fmt.Println(took, err)
	// Output: 1s <nil>
}
