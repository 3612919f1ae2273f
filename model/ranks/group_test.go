package ranks_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// each calls f as every rank of a group, and returns their errors.
func each(size int, f func(g *ranks.Group) error) []error {
	errs := make([]error, size)
	var all sync.WaitGroup
	for r, t := range ranks.InProcess(size) {
		all.Go(func() { errs[r] = f(ranks.New(t)) })
	}
	all.Wait()
	return errs
}

// term is element i of what a rank adds: numbers whose sum depends on the order.
func term(rank, i int) float32 {
	return float32(math.Sin(float64(1+rank*7919+i))) * float32(math.Pow(10, float64(rank%3)))
}

// TestSum: bits are those of the sum in the order of the ranks, whatever the length, which decides how the numbers travel. Nothing beside the result is
// written, and a group sums again and again, longer and shorter.
func TestSum(t *testing.T) {
	for size := 1; size <= 5; size++ {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			errs := each(size, func(g *ranks.Group) error {
				for _, n := range []int{0, 1, 2, 3, 7, 31, 32, 33, 127, 128, 129, 5000, 40000, 3, 65537, 0} {
					if err := sumOnce(g, n); err != nil {
						return fmt.Errorf("%d words: %w", n, err)
					}
				}
				return nil
			})
			if err := errors.Join(errs...); err != nil {
				t.Error(err)
			}
		})
	}
}

func sumOnce(g *ranks.Group, n int) error {
	const guard = 5
	memory := make([]float32, n+2*guard)
	for i := range memory {
		memory[i] = float32(math.NaN())
	}
	src, dst := make([]float32, n), memory[guard:guard+n]
	for i := range src {
		src[i] = term(g.Rank(), i)
	}
	tail := []float64{0.1 * float64(1+g.Rank()), float64(g.Rank())}
	if err := g.Sum(dst, src, tail); err != nil {
		return err
	}
	for i, got := range dst {
		want := term(0, i)
		for r := 1; r < g.Size(); r++ {
			want += term(r, i)
		}
		if got != want {
			return fmt.Errorf("rank %d, element %d: %v, want %v", g.Rank(), i, got, want)
		}
	}
	for i := range guard {
		if memory[i] == memory[i] || memory[guard+n+i] == memory[guard+n+i] {
			return fmt.Errorf("rank %d wrote beside the result", g.Rank())
		}
	}
	want := [2]float64{0.1, 0}
	for r := 1; r < g.Size(); r++ {
		want[0] += 0.1 * float64(1+r)
		want[1] += float64(r)
	}
	if tail[0] != want[0] || tail[1] != want[1] {
		return fmt.Errorf("rank %d, tail %v, want %v", g.Rank(), tail, want)
	}
	return nil
}

// TestSumSends: with two ranks once the vector, with more no more than 2(N−1)/N of a long one.
func TestSumSends(t *testing.T) {
	const n = 1 << 20
	for size := 2; size <= 5; size++ {
		errs := each(size, func(g *ranks.Group) error {
			err := g.Sum(make([]float32, n), make([]float32, n), make([]float64, 3))
			got, least := g.Traffic().Bytes, int64(4*n)*2*int64(size-1)/int64(size)
			if got < least || got > least+1000 {
				return fmt.Errorf("%d ranks: %d bytes sent, want %d", size, got, least)
			}
			return err
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	}
}

func TestBroadcastAndGather(t *testing.T) {
	for size := 1; size <= 4; size++ {
		errs := each(size, func(g *ranks.Group) error {
			for _, n := range []int{0, 1, 100000} {
				content := bytes.Repeat([]byte{byte(7 + g.Rank())}, n+g.Rank())
				got, err := g.Broadcast(content)
				if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{7}, n)) {
					return fmt.Errorf("rank %d got %d bytes, %v", g.Rank(), len(got), err)
				}
				all, err := g.Gather(content)
				if err != nil || (g.Rank() == 0) != (all != nil) {
					return fmt.Errorf("rank %d gathered %d, %v", g.Rank(), len(all), err)
				}
				for r, b := range all {
					if !bytes.Equal(b, bytes.Repeat([]byte{byte(7 + r)}, n+r)) {
						return fmt.Errorf("rank %d gave %d bytes", r, len(b))
					}
				}
			}
			return g.Barrier()
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	}
}

// TestSameNamesWhoDiffers: on every rank.
func TestSameNamesWhoDiffers(t *testing.T) {
	for _, odd := range []int{-1, 1, 2} {
		for r, err := range each(3, func(g *ranks.Group) error {
			word := []byte("same")
			if g.Rank() == odd {
				word[0] = 'l'
			}
			return g.Same(word, "the words")
		}) {
			var of *ranks.Error
			switch {
			case odd < 0 && err != nil:
				t.Errorf("rank %d: %v", r, err)
			case odd >= 0 && (!errors.As(err, &of) || of.Rank != odd || of.Lost() || !strings.Contains(err.Error(), "the words")):
				t.Errorf("rank %d: %v, want one that names rank %d", r, err, odd)
			}
		}
	}
}

// TestFailureReachesAll: whoever waits for a rank that fails, or for one that waits for it, ends with its code and words.
func TestFailureReachesAll(t *testing.T) {
	for r, err := range each(4, func(g *ranks.Group) error {
		g.Code = func(error) int { return 6 }
		if g.Rank() == 2 {
			err := errors.New("no room")
			g.Fail(err)
			return err
		}
		err := errors.Join(g.Barrier(), g.Barrier())
		g.Fail(err) // says nothing of another's fault
		return err
	}) {
		var of *ranks.Error
		if r != 2 && (!errors.As(err, &of) || of.Rank != 2 || of.Code != 6 || of.Text != "no room") {
			t.Errorf("rank %d: %v", r, err)
		}
	}
}

// TestOutOfStep: ranks that do not make the same calls get an error, not numbers.
func TestOutOfStep(t *testing.T) {
	errs := each(2, func(g *ranks.Group) error {
		err := g.Sum(make([]float32, 3+g.Rank()), make([]float32, 3+g.Rank()), nil)
		if err == nil {
			return errors.New("summed")
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func TestPart(t *testing.T) {
	for _, rows := range []int{1, 2, 3, 7, 31, 128, 129} {
		for size := 1; size <= rows && size < 9; size++ {
			next := 0
			for r := range size {
				first, count := ranks.Part(rows, r, size)
				if first != next || count < rows/size || count > rows/size+1 {
					t.Errorf("%d rows, rank %d of %d: %d from %d on", rows, r, size, count, first)
				}
				next = first + count
			}
			if next != rows {
				t.Errorf("%d rows among %d ranks: %d are given out", rows, size, next)
			}
		}
	}
}

// TestBegin: sums that were begun come to the bits of Sum, in the order of the calls, whatever is done meanwhile; every other call waits for them.
func TestBegin(t *testing.T) {
	for size := 1; size <= 4; size++ {
		errs := each(size, func(g *ranks.Group) error {
			var dst [3][]float32
			lengths := []int{5000, 70001, 0}
			for round := range 3 {
				for i, n := range lengths {
					src := make([]float32, n)
					for j := range src {
						src[j] = term(g.Rank(), j+round)
					}
					dst[i] = make([]float32, n)
					g.Begin(dst[i], src)
				}
				switch round {
				case 0:
					if err := g.Wait(); err != nil {
						return err
					}
				case 1:
					if err := sumOnce(g, 4000); err != nil {
						return err
					}
				case 2:
					if _, err := g.Gather([]byte{1, 2}); err != nil {
						return err
					}
				}
				for i, n := range lengths {
					for j := range n {
						want := term(0, j+round)
						for r := 1; r < size; r++ {
							want += term(r, j+round)
						}
						if dst[i][j] != want {
							return fmt.Errorf("rank %d, sum %d, element %d: %v, want %v", g.Rank(), i, j, dst[i][j], want)
						}
					}
				}
			}
			if traffic := g.Traffic(); size > 1 && traffic.Beside <= 0 {
				return fmt.Errorf("%+v", traffic)
			}
			return g.Wait()
		})
		if err := errors.Join(errs...); err != nil {
			t.Errorf("%d ranks: %v", size, err)
		}
	}
}

// TestFailureWhileASumIsUnderWay: a rank that fails after others have begun sums ends all that wait for it, and those that wait for these.
func TestFailureWhileASumIsUnderWay(t *testing.T) {
	for _, odd := range []int{0, 1, 2} {
		for _, begins := range []int{0, 1, 2} { // of three
			for r, err := range each(3, func(g *ranks.Group) error {
				n := begins
				if g.Rank() != odd {
					n = 3
				}
				for range n {
					g.Begin(make([]float32, 40000), make([]float32, 40000))
				}
				if g.Rank() == odd {
					err := cmp.Or(g.Wait(), errors.New("no room")) // what it has begun ends well: the others have, too
					g.Fail(err)
					return err
				}
				err := g.Sum(nil, nil, make([]float64, 1))
				g.Fail(err)
				return err
			}) {
				var of *ranks.Error
				if r == odd {
					if err == nil || errors.As(err, &of) {
						t.Errorf("rank %d, which has begun %d sums: %v", r, begins, err)
					}
				} else if !errors.As(err, &of) || of.Rank != odd || of.Text != "no room" {
					t.Errorf("rank %d of %d that fails after %d sums: %v", r, odd, begins, err)
				}
			}
		}
	}
}
