package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh/bench"
)

// runHH measures the Householder algebra: every case of the suite against the same work done the plain way.
func (c *benchCmd) runHH(ctx context.Context, e *env, dev *gpu.Device) error {
	enc := json.NewEncoder(e.stdout)
	suite := bench.Suite()
	if c.N > 0 {
		suite = slices.DeleteFunc(suite, func(k bench.Case) bool { return k.N != c.N })
		if len(suite) == 0 {
			return fmt.Errorf("%w: --n %d: suite hh has no case of that dimension; 'bench --suite hh' lists them all with their times", errUsage, c.N)
		}
	}
	for _, k := range suite {
		if err := ctx.Err(); err != nil {
			return err
		}
		results, err := k.Run(dev, c.Runs)
		if err != nil {
			return err
		}
		for _, r := range results {
			if c.JSON {
				err = enc.Encode(r)
			} else {
				_, err = fmt.Fprintf(e.stdout, "%-26s %-16s %-36s median %9.3f ms   min %9.3f ms   %6.2f times ours\n",
					r.Case, hhSize(r), r.Way, 1e3*r.Median, 1e3*r.Min, r.Ratio)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// hhSize is the size of a case, as d=512 m=512 or 300×784 m=16.
func hhSize(r bench.Result) string {
	if r.Out > 0 {
		return fmt.Sprintf("%d×%d m=%d", r.Out, r.N, r.M)
	}
	return fmt.Sprintf("d=%d m=%d", r.N, r.M)
}
