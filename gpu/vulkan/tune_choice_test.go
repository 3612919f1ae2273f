//go:build cgo

package vulkan

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// card is an imaginary card that climbs from a fifth of its clock to all of it while it works, falls back while kernels are compiled, and is
// disturbed at times.
type card struct {
	clock   float64                  // 0.2 … 1
	climb   time.Duration            // of work, for the whole climb
	compile time.Duration            // of a kernel, in which the card is idle
	works   map[string]time.Duration // by tile, at full clock
	disturb func(run int) float64    // factor on the time of a run; nil for none
	runs    int
	missing string // a tile that there is not
}

func (c *card) timed(id string) (func() (time.Duration, error), error) {
	if id == c.missing {
		return nil, gpu.ErrUnsupported
	}
	time.Sleep(c.compile)
	c.clock = max(0.2, c.clock-0.8*float64(c.compile)/float64(200*time.Millisecond))
	return func() (time.Duration, error) {
		took := float64(c.works[id]) / c.clock
		if c.disturb != nil {
			took *= c.disturb(c.runs)
		}
		c.runs++
		c.clock = min(1, c.clock+0.8*took/float64(c.climb))
		time.Sleep(time.Duration(took))
		return time.Duration(took), nil
	}, nil
}

// TestChoiceOfCandidates: whatever the clock does, the tile that is faster on a warm card is chosen, and none that is faster by less than the noise.
func TestChoiceOfCandidates(t *testing.T) {
	ms := func(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }
	every := func(n int, factor float64) func(int) float64 {
		return func(run int) float64 {
			if run%n == 0 {
				return factor
			}
			return 1
		}
	}
	for _, k := range []struct {
		name string
		card card
		want string
	}{
		{"the model's is the fastest, measured while the clock climbs", card{clock: 0.2, works: map[string]time.Duration{"a": ms(1), "b": ms(1.2), "c": ms(1.1)}}, "a"},
		{"the last is the fastest", card{clock: 0.2, works: map[string]time.Duration{"a": ms(1), "b": ms(1.2), "c": ms(0.9)}}, "c"},
		{"within the noise", card{clock: 0.2, works: map[string]time.Duration{"a": ms(1), "b": ms(0.98), "c": ms(0.99)}}, "a"},
		{"compiling takes so long that the card cools down", card{clock: 1, compile: ms(150), works: map[string]time.Duration{"a": ms(1), "b": ms(1.2), "c": ms(0.9)}}, "c"},
		{"every fourth run takes five times as long", card{clock: 1, disturb: every(4, 5), works: map[string]time.Duration{"a": ms(1), "b": ms(0.9), "c": ms(1.1)}}, "b"},
		{"the card is throttled for a while", card{clock: 1, disturb: func(run int) float64 {
			if run > 60 && run < 90 {
				return 2
			}
			return 1
		}, works: map[string]time.Duration{"a": ms(1), "b": ms(0.9), "c": ms(1.1)}}, "b"},
		{"one is missing", card{clock: 1, missing: "b", works: map[string]time.Duration{"a": ms(1), "b": ms(0.5), "c": ms(0.8)}}, "c"},
	} {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tiles := []tile{{id: "a"}, {id: "b"}, {id: "c"}}
				for _, e := range []effort{
					{rounds: 3, drop: 1.3, warm: 500 * time.Millisecond, span: 50 * time.Millisecond, until: time.Now().Add(time.Hour)},
					{rounds: 9, drop: 2, warm: 500 * time.Millisecond, span: 50 * time.Millisecond},
				} {
					c := k.card
					c.climb = 300 * time.Millisecond
					if c.disturb != nil && e.rounds < 9 {
						continue // three runs of each are not many
					}
					runs, tried, best, err := fastest(context.Background(), tiles, e, c.timed)
					if err != nil || runs[best].tile.id != k.want {
						t.Errorf("%d rounds, %d tried: %s is chosen (%v), want %s; %v", e.rounds, tried, runs[best].tile.id, runs[best].median(), k.want, err)
					}
				}
			})
		})
	}
}

// TestChoiceWithinTime: what there is no time for is not begun, and the end of a context ends measuring.
func TestChoiceWithinTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tiles := []tile{{id: "a"}, {id: "b"}, {id: "c"}}
		c := card{clock: 1, climb: time.Second, compile: 100 * time.Millisecond, works: map[string]time.Duration{"a": time.Millisecond, "b": time.Millisecond, "c": time.Millisecond}}
		e := effort{rounds: 3, drop: 1.3, warm: 500 * time.Millisecond, span: 50 * time.Millisecond}
		for _, k := range []struct {
			left time.Duration
			want int
		}{{time.Microsecond, 1}, {900 * time.Millisecond, 3}} {
			one := c
			e.until = time.Now().Add(k.left)
			if _, tried, _, err := fastest(context.Background(), tiles, e, one.timed); err != nil || tried != k.want {
				t.Errorf("%v left: %d tried, want %d; %v", k.left, tried, k.want, err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, _, _, err := fastest(ctx, tiles, e, c.timed); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
	})
}
