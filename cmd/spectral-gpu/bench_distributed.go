package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// runDistributed measures training steps that ranks share, beside steps of one process: of those that mpirun has started, or of 2 and more goroutines of this
// process, which have one core each at least.
func (c *benchCmd) runDistributed(ctx context.Context, e *env) error {
	if c.Distributed == "mpi" {
		return withMPI(e, func(g *ranks.Group, place ranks.Place) error { return c.benchRank(ctx, e, g, place) })
	}
	cores := runtime.GOMAXPROCS(0)
	for n := 2; n <= max(2, cores); n++ {
		errs := make([]error, n)
		var all sync.WaitGroup
		for r, t := range ranks.InProcess(n) {
			all.Go(func() {
				g := ranks.New(t)
				errs[r] = c.benchRank(ctx, e, g, ranks.Place{Rank: r, Size: n, Cores: max(1, cores/n), Usable: cores, Machine: cores})
				if errs[r] != nil {
					g.Fail(errs[r])
				}
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// rankBench is one rank's part of the measurement.
type rankBench struct {
	g        *ranks.Group
	pieces   rankSteps // as a run is trained
	whole    rankSteps // whose gradients travel in one piece; no network where they always do
	alone    benchCase // of rank 0: a step of one process with all cores
	src, dst []float32 // as long as the gradients
	step     int64
	rounds   int

	alones, sums []time.Duration
}

// rankSteps are the steps of all ranks with one network.
type rankSteps struct {
	net                  *model.Network
	took, waited, beside []time.Duration
	sent                 ranks.Traffic // in a step
}

// benchRank measures every cell as a rank of a group.
func (c *benchCmd) benchRank(ctx context.Context, e *env, g *ranks.Group, place ranks.Place) (err error) {
	dev, err := c.openFor(e, c.tuning(), place)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	for _, cell := range c.Cell {
		if cell == cellSequential || cell == cellFused {
			return fmt.Errorf("%w: suite distributed has no cell %s, which has no update", errUsage, cell)
		}
		if err := c.benchCell(ctx, e, g, dev, cell); err != nil {
			return err
		}
	}
	return nil
}

func (c *benchCmd) benchCell(ctx context.Context, e *env, g *ranks.Group, dev *gpu.Device, cell string) (err error) {
	b := &rankBench{g: g}
	network := func(whole bool) (*model.Network, error) {
		g.Whole = whole
		m, err := model.NewShared(dev, c.stepConfig(cell), model.DefaultOptimizer(), g)
		if err != nil {
			return nil, err
		}
		return m, fillRandom(m)
	}
	if b.pieces.net, err = network(false); err != nil {
		return err
	}
	defer b.pieces.net.Close()
	if len(b.pieces.net.Pieces()) > 1 {
		if b.whole.net, err = network(true); err != nil {
			return err
		}
		defer b.whole.net.Close()
	}
	words := b.pieces.net.Params().Words()
	b.src, b.dst = make([]float32, words), make([]float32, words)
	if g.Rank() == 0 {
		whole, err := c.open(e, c.tuning())
		if err != nil {
			return err
		}
		defer closeDevice(whole, &err)
		if b.alone, err = c.stepCase(whole, cell); err != nil {
			return err
		}
		defer b.alone.close()
	}
	const warm = 2 // rounds: all ranks make as many
	for i := range warm + c.Runs {
		if err := b.round(ctx, i >= warm); err != nil {
			return err
		}
	}
	if g.Rank() > 0 {
		return nil
	}
	return c.printRanks(e, dev.Info(), cell, b)
}

// round takes a step alone, which the others wait for, a step together, and a bare sum.
func (b *rankBench) round(ctx context.Context, keep bool) error {
	stop := []float64{0}
	if ctx.Err() != nil {
		stop[0] = 1
	}
	if err := b.g.Sum(nil, nil, stop); err != nil {
		return err
	}
	if stop[0] > 0 {
		return context.Canceled
	}
	start := time.Now()
	if b.alone.run != nil {
		if err := b.alone.run(); err != nil {
			return err
		}
	}
	alone := time.Since(start)
	if err := b.g.Barrier(); err != nil {
		return err
	}
	all := []*rankSteps{&b.pieces, &b.whole}
	for i := range all {
		s := all[(i+b.rounds)%len(all)] // each comes first in turn: after the step alone cores are rested
		if s.net == nil {
			continue
		}
		if err := b.train(s, keep); err != nil {
			return err
		}
	}
	b.rounds++
	start = time.Now()
	if err := b.g.Sum(b.dst, b.src, make([]float64, 3)); err != nil {
		return err
	}
	sum := time.Since(start)
	if keep {
		b.alones, b.sums = append(b.alones, alone), append(b.sums, sum)
	}
	return nil
}

// train takes a step of all ranks.
func (b *rankBench) train(s *rankSteps, keep bool) error {
	before, start := b.g.Traffic(), time.Now()
	b.step++
	if _, err := s.net.TrainStep(model.Position{Step: b.step - 1}, s.net.Config.Batch); err != nil {
		return err
	}
	took, sent := time.Since(start), b.g.Traffic()
	if keep {
		s.took, s.waited, s.beside = append(s.took, took), append(s.waited, sent.Waited-before.Waited), append(s.beside, sent.Beside-before.Beside)
		s.sent.Messages, s.sent.Bytes = sent.Messages-before.Messages, sent.Bytes-before.Bytes
	}
	return b.g.Barrier()
}

func (c *benchCmd) printRanks(e *env, info gpu.Info, cell string, b *rankBench) error {
	m, sent, pieces := b.pieces.net.Config, b.pieces.sent, b.pieces.net.Pieces()
	alone, step, wait, sum := median(b.alones).Seconds(), median(b.pieces.took).Seconds(), median(b.pieces.waited).Seconds(), median(b.sums).Seconds()
	if c.JSON {
		line := map[string]any{"bench": c.Suite, "executor": info.Executor, "device": info.Name, "cell": cell, "T": m.Length, "B": m.Batch, "n": m.Hidden, "layers": m.Layers, "pieces": pieces,
			"m": m.Reflectors, "ranks": b.g.Size(), "alone_median_s": alone, "step_median_s": step, "ratio": alone / step, "wait_median_s": wait, "sum_median_s": sum,
			"sent_bytes": sent.Bytes, "messages": sent.Messages, "words": len(b.src), "runs": c.Runs, "alone_min_s": slices.Min(b.alones).Seconds(), "step_min_s": slices.Min(b.pieces.took).Seconds()}
		if b.whole.net != nil {
			line["beside_median_s"] = median(b.pieces.beside).Seconds()
			line["whole_median_s"], line["whole_wait_median_s"], line["whole_min_s"] = median(b.whole.took).Seconds(), median(b.whole.waited).Seconds(), slices.Min(b.whole.took).Seconds()
		}
		return json.NewEncoder(e.stdout).Encode(line)
	}
	beside := ""
	if b.whole.net != nil {
		whole := median(b.whole.took).Seconds()
		beside = fmt.Sprintf("; in pieces of %d words, with %.3f ms of computing beside them: in one piece a step takes %.3f ms (%.3f times as long) and rank 0 waits for %.3f ms of it",
			pieces, 1e3*median(b.pieces.beside).Seconds(), 1e3*whole, whole/step, 1e3*median(b.whole.waited).Seconds())
	}
	_, err := fmt.Fprintf(e.stdout, "distributed %s T=%d B=%d n=%d m=%d layers=%d: %d ranks on %s each take %.3f ms a step, one process %.3f ms: ratio %.3f; "+
		"rank 0 waits for the sum for %.3f ms of it (the others' delay included), a sum alone takes %.3f ms: %d words, %d bytes sent in %d messages%s\n",
		cell, m.Length, m.Batch, m.Hidden, m.Reflectors, m.Layers, b.g.Size(), info.Name, 1e3*step, 1e3*alone, alone/step, 1e3*wait, 1e3*sum, len(b.src), sent.Bytes, sent.Messages, beside)
	return err
}
