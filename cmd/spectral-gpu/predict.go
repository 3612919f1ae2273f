package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

type predictCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run, or its checkpoint." type:"path"`
	Input     string `help:"File to read; default standard input, as it comes." type:"existingfile" placeholder:"FILE"`
	Format    string `help:"What is read: csv (a sequence a row, a header is allowed), json (one a line: [1, 2] or {\"values\": [1, 2]}, {\"tokens\": [3]}, {\"text\": \"a\"}), text (one a line; for tasks of tokens), or auto." enum:"auto,csv,json,text" default:"auto"`
	Stream    bool   `help:"A row is one time step, and the state is carried from row to row."`
	Top       int    `help:"Print this many of the most probable classes; 0 prints all, or the first 5 where there are more than 100." default:"0" placeholder:"N"`
	JSON      bool   `name:"json" help:"Print one JSON object a line in place of CSV."`
	deviceFlags
}

// Run reads sequences as they come and prints what the network says of each. Those that are there already are predicted together.
func (c *predictCmd) Run(ctx context.Context, e *env) (err error) {
	if c.Top < 0 {
		return fmt.Errorf("%w: --top %d; want 0 or more", errUsage, c.Top)
	}
	in := io.Reader(os.Stdin)
	name := "standard input"
	if c.Input != "" {
		f, err := os.Open(c.Input)
		if err != nil {
			return err
		}
		defer f.Close()
		in, name = f, c.Input
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	p, err := openPredictor(dev, e, c.RunFolder)
	if err != nil {
		return err
	}
	defer p.Close()
	if c.Top > 0 && p.Config.Output.Loss != data.CrossEntropy {
		return fmt.Errorf("%w: --top %d, and the network predicts numbers, not classes", errUsage, c.Top)
	}
	r, err := newSequenceReader(p, in, name, c.Format, c.Stream)
	if err != nil {
		return err
	}
	w := newPredictionWriter(e.stdout, p, c.JSON, c.Top, c.Stream)
	if c.Stream {
		return predictStream(ctx, p, r, w)
	}
	return predictAll(ctx, p, r, w)
}

// openPredictor opens a run and tells its warnings.
func openPredictor(dev *gpu.Device, e *env, path string) (*model.Predictor, error) {
	p, err := model.Open(dev, path)
	if err == nil && p.Warning != "" {
		fmt.Fprintf(e.stderr, "spectral-gpu: warning: %s\n", p.Warning)
	}
	return p, err
}

// predictAll predicts sequence by sequence.
func predictAll(ctx context.Context, p *model.Predictor, r *sequenceReader, w *predictionWriter) error {
	for ctx.Err() == nil {
		some, end := r.some(p.Config.Batch)
		if err := predictSome(p, some, w); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return end
		}
	}
	return ctx.Err()
}

// predictSome prints what is said of sequences; of those behind one that cannot be read, nothing.
func predictSome(p *model.Predictor, some []sequence, w *predictionWriter) error {
	if len(some) == 0 {
		return nil
	}
	all, err := predictions(p, some)
	var bad *model.SequenceError
	if errors.As(err, &bad) {
		err = fmt.Errorf("line %d of the input: %w", some[bad.Index].line, bad.Err)
		if bad.Index > 0 {
			return errors.Join(predictSome(p, some[:bad.Index], w), w.flush(), err)
		}
	}
	if err != nil {
		return err
	}
	for i, steps := range all {
		if p.Config.Stream { // a text: what comes after it
			steps = steps[len(steps)-1:]
		}
		for t, one := range steps {
			step := 0
			if w.steps {
				step = t + 1
			}
			if err := w.write(some[i].line, step, one); err != nil {
				return err
			}
		}
	}
	return nil
}

func predictions(p *model.Predictor, some []sequence) ([][]model.Prediction, error) {
	if p.Config.Input.IsTokens() {
		return p.PredictTokenSteps(column(some, func(s sequence) []int32 { return s.tokens }))
	}
	return p.PredictSteps(column(some, func(s sequence) []float32 { return s.values }))
}

func column[T any](some []sequence, of func(sequence) T) []T {
	var out []T
	for _, s := range some {
		out = append(out, of(s))
	}
	return out
}

// predictStream reads time step by time step.
func predictStream(ctx context.Context, p *model.Predictor, r *sequenceReader, w *predictionWriter) error {
	s, err := p.Stream()
	if err != nil {
		return err
	}
	defer s.Close()
	step := 0
	for ctx.Err() == nil {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return w.flush()
		}
		if err != nil {
			return errors.Join(err, w.flush())
		}
		var said model.Prediction
		if p.Config.Input.IsTokens() {
			for _, token := range row.tokens {
				if said, err = s.NextToken(token); err != nil {
					break
				}
				step++
			}
		} else {
			said, err = s.Next(row.values)
			step++
		}
		if err != nil {
			return fmt.Errorf("line %d of the input: %w", row.line, err)
		}
		if len(row.tokens)+len(row.values) > 0 {
			if err := w.write(row.line, step, said); err != nil {
				return err
			}
		}
		if !r.waiting() {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), w.flush())
}

// sequence is what a row of the input holds.
type sequence struct {
	line   int
	values []float32
	tokens []int32
}

// errInput is a row that cannot be read; it counts as bad input.
func errInput(name string, line int, found, want string) error {
	return &data.PlaceError{File: name, Line: line, Found: found, Want: want}
}
