package train

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Gradients is ‖dL/dh_t‖ of the first recurrence, t = 0 … T, after a step.
type Gradients struct {
	Step  int64
	Norms []float64
}

// Ratio is ‖dL/dh_1‖ / ‖dL/dh_T‖, or as late a state as a gradient reaches from later ones where nothing is read of h_T alone.
func (g Gradients) Ratio() float64 {
	last := g.Norms[len(g.Norms)-1]
	if last == 0 {
		last = g.Norms[len(g.Norms)-2]
	}
	return g.Norms[1] / last
}

// recordGradients measures gradients on a copy of the network and keeps them with what was measured before. Nothing is recorded of a network
// without time.
func (r *run) recordGradients() error {
	s, err := r.net.Snapshot(r.pos, nil)
	if err != nil {
		return err
	}
	if s == nil { // rank 0 measures
		return nil
	}
	twin, err := model.New(r.opt.Dev, r.net.Config, r.net.Optimizer)
	if err != nil {
		return err
	}
	defer twin.Close()
	if err := (&model.Checkpoint{Snapshot: *s}).Restore(twin); err != nil {
		return err
	}
	norms, err := twin.GradientNorms(r.opt.Task)
	if errors.Is(err, model.ErrNotFinite) {
		return fmt.Errorf("%w at step %d: %w", ErrDiverged, r.pos.Step, err)
	}
	if err != nil || len(norms) == 0 || len(norms[0]) < 2 {
		return err
	}
	rows, err := r.opt.Folder.readGradients(r.opt.files)
	if err != nil {
		return err
	}
	for len(rows) > 0 && rows[len(rows)-1].Step >= r.pos.Step { // seen before the run was stopped
		rows = rows[:len(rows)-1]
	}
	rows = append(rows, Gradients{r.pos.Step, norms[0]})
	return atomicfile.Write(r.opt.files, r.opt.Folder.GradientsFile(), func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, r := range rows {
			fmt.Fprintln(b, r.Step, len(r.Norms))
			for _, v := range r.Norms {
				fmt.Fprintln(b, v)
			}
		}
		return b.Flush()
	}, nil)
}

// ReadGradients returns what was recorded with Options.Gradients, in the order of steps; nothing where nothing was. Errors: model.ErrCheckpoint, those
// of the file system.
func (f Folder) ReadGradients() ([]Gradients, error) { return f.readGradients(atomicfile.OS{}) }

func (f Folder) readGradients(files atomicfile.FS) ([]Gradients, error) {
	file, err := files.Open(f.GradientsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	var rows []Gradients
	for {
		var step int64
		var n int
		if _, err := fmt.Fscan(in, &step, &n); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil || n < 2 || n > 1<<25 {
			return nil, fmt.Errorf("%w: %s: %d values at step %d: %w", model.ErrCheckpoint, f.GradientsFile(), n, step, err)
		}
		r := Gradients{step, make([]float64, n)}
		for i := range r.Norms {
			if _, err := fmt.Fscan(in, &r.Norms[i]); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", model.ErrCheckpoint, f.GradientsFile(), err)
			}
		}
		rows = append(rows, r)
	}
}
