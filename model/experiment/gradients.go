package experiment

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// gradientRow is ‖dL/dh_t‖ of the first recurrence, t = 0 … T, after a step.
type gradientRow struct {
	step  int64
	norms []float64
}

// ratio is ‖dL/dh_1‖ / ‖dL/dh_T‖, or as late a state as a gradient reaches from later ones where nothing is read of h_T alone.
func (r gradientRow) ratio() float64 {
	last := r.norms[len(r.norms)-1]
	if last == 0 {
		last = r.norms[len(r.norms)-2]
	}
	return r.norms[1] / last
}

func gradientsPath(f train.Folder) string { return filepath.Join(f.Dir, "gradients.txt") }

// gradientProbe measures gradients on a copy of the network and keeps them in a file of a line a position.
type gradientProbe struct {
	dev  *gpu.Device
	task data.Task
	path string
}

func (p *gradientProbe) measure(net *model.Network, at model.Position) error {
	s, err := net.Snapshot(at, nil)
	if err != nil {
		return err
	}
	twin, err := model.New(p.dev, net.Config, net.Optimizer)
	if err != nil {
		return err
	}
	defer twin.Close()
	if err := (&model.Checkpoint{Snapshot: *s}).Restore(twin); err != nil {
		return err
	}
	norms, err := twin.GradientNorms(p.task)
	if errors.Is(err, model.ErrNotFinite) {
		return fmt.Errorf("%w at step %d: %w", train.ErrDiverged, at.Step, err)
	}
	if err != nil || len(norms) == 0 || len(norms[0]) < 2 {
		return err
	}
	rows, err := readGradients(p.path)
	if err != nil {
		return err
	}
	for len(rows) > 0 && rows[len(rows)-1].step >= at.Step { // seen before the run was stopped
		rows = rows[:len(rows)-1]
	}
	rows = append(rows, gradientRow{at.Step, norms[0]})
	return atomicfile.Write(atomicfile.OS{}, p.path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, r := range rows {
			fmt.Fprintln(b, r.step, len(r.norms))
			for _, v := range r.norms {
				fmt.Fprintln(b, v)
			}
		}
		return b.Flush()
	}, nil)
}

// readGradients returns what was measured; nothing where there is no file.
func readGradients(path string) ([]gradientRow, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var rows []gradientRow
	for {
		var step int64
		var n int
		if _, err := fmt.Fscan(in, &step, &n); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil || n < 2 || n > 1<<25 {
			return nil, fmt.Errorf("%w: %s: %d values at step %d: %w", model.ErrCheckpoint, path, n, step, err)
		}
		r := gradientRow{step, make([]float64, n)}
		for i := range r.norms {
			if _, err := fmt.Fscan(in, &r.norms[i]); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", model.ErrCheckpoint, path, err)
			}
		}
		rows = append(rows, r)
	}
}
