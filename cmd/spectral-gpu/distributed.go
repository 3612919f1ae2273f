package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
	"github.com/spectral-gpu/spectral-gpu/model/ranks/mpi"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// runMPI trains as one of the ranks that mpirun has started.
func (c *trainCmd) runMPI(ctx context.Context, e *env, flags given) error {
	return withMPI(e, func(g *ranks.Group, place ranks.Place) error { return c.train(ctx, e, flags, g, place) })
}

// withMPI runs what a rank does, if all are of one version, and leaves MPI behind it. Where all ranks have come to the same end, they leave in order, with the exit code of
// that; else the one that has failed says why, rank 0 repeats it, and all end with its exit code.
func withMPI(e *env, do func(*ranks.Group, ranks.Place) error) error {
	world, err := mpi.Open()
	if err != nil {
		return err
	}
	g := ranks.New(world)
	g.Code = exitCode
	if err = train.SameVersion(g); err == nil {
		err = do(g, world.Place())
	}
	if err == nil || errors.Is(err, train.ErrInterrupted) {
		last := g.Barrier()
		if last == nil {
			return errors.Join(err, world.Close())
		}
		err = last
	}
	g.Fail(err)
	text := err.Error()
	of := (*ranks.Error)(nil)
	from := errors.As(err, &of)
	if !from {
		text = fmt.Sprintf("rank %d on %s: %s", g.Rank(), g.Host(g.Rank()), text)
	}
	if !from || g.Rank() == 0 || of.Rank == g.Rank() && !of.Differs || of.Lost() {
		fmt.Fprintf(e.stderr, "spectral-gpu: %s\n", text)
	}
	world.Abort(exitCode(err))
	return errors.Join(errReported, err)
}

// tellConfig tells the other ranks what is to be trained.
func tellConfig(g *ranks.Group, cfg train.Config) error {
	if g.Alone() {
		return nil
	}
	text, err := json.Marshal(cfg)
	if err == nil {
		_, err = g.Broadcast(text)
	}
	return err
}

// trainBeside trains as a rank other than the first: what rank 0 says, from this machine's data, on this machine's device.
func (c *trainCmd) trainBeside(ctx context.Context, e *env, g *ranks.Group, place ranks.Place) (err error) {
	text, err := g.Broadcast(nil)
	if err != nil {
		return err
	}
	var cfg train.Config
	if err := json.Unmarshal(text, &cfg); err != nil {
		return err
	}
	task, err := cfg.OpenTask(c.Data)
	if err != nil {
		return err
	}
	defer task.Close()
	dev, err := c.openRank(e, g, place)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	_, err = train.Run(ctx, cfg, train.Options{Dev: dev, Task: task, Gradients: c.Gradients, Ranks: g})
	if errors.Is(err, train.ErrInterrupted) {
		err = errors.Join(errReported, err) // rank 0 says so
	}
	return err
}

// openRank opens the device of a rank, or of a run without others.
func (c *trainCmd) openRank(e *env, g *ranks.Group, place ranks.Place) (*gpu.Device, error) {
	if g == nil {
		return c.open(e, c.tuning())
	}
	return c.openFor(e, c.tuning(), place)
}
