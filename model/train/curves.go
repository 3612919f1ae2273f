package train

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// Splits of the rows of metrics.csv beside those of package data: the best state's evaluation on the test split.
const (
	splitTrain = "train"
	splitValid = "valid"
	splitTest  = "test"
	splitBest  = "test@best"
)

// Curves are the numbers of a run over its steps: a curve for each column of metrics.csv and split, averaged in bins where it is long. Memory does
// not grow with the length of the file.
type Curves struct{ all map[curveKey]*curve }

type curveKey struct{ column, split string }

// readCurves reads the content of metrics.csv.
func readCurves(metrics io.Reader) (*Curves, error) {
	c := &Curves{map[curveKey]*curve{}}
	var each []map[string]*curve // of every column, by split
	for range columns {
		each = append(each, map[string]*curve{})
	}
	return c, readMetrics(metrics, func(r row) error {
		for i := firstNumber; i < len(r.fields); i++ {
			v, ok := r.number(i)
			if !ok {
				continue
			}
			one := each[i][string(r.fields[2])]
			if one == nil {
				one = &curve{}
				split := string(r.fields[2])
				each[i][split], c.all[curveKey{columns[i], split}] = one, one
			}
			one.add(r.step, v)
		}
		return nil
	})
}

// ReadCurves reads the run's metrics. Errors: model.ErrCheckpoint, those of the file system.
func (f Folder) ReadCurves() (*Curves, error) {
	file, err := atomicfile.OS{}.Open(f.Metrics())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readCurves(file)
}

// Of returns the curve of a column (loss, accuracy, sigma_min, …; see Columns) for a split: train, valid, test, or test@best; nil where there is none.
func (c *Curves) Of(column, split string) plotter.XYs { return c.all[curveKey{column, split}].points() }

// Columns lists the columns of numbers in metrics.csv.
func Columns() []string { return slices.Clone(columns[firstNumber:]) }

// Band is the interval in which training keeps the singular values; ok is false for networks whose weights are not factored.
func (c Config) Band() (lo, hi float64, ok bool) {
	info, err := model.FindCell(c.Model.Cell)
	if err != nil || !info.Factored {
		return 0, 0, false
	}
	r := c.Model.Radius
	if info.Fixed {
		r = 0
	}
	return c.Model.Center - r, c.Model.Center + r, true
}

// Charts returns the charts of curves.png: loss, accuracy, gradient norm, singular values in their band and orthogonality defect, each where
// the run has it; the gradient norm always.
func (c *Curves) Charts(cfg Config) []chart.Chart {
	loss := "cross-entropy, nats"
	if cfg.Model.Output.Loss != 0 {
		loss = "mean squared error"
	}
	charts := []chart.Chart{
		{Title: "loss", X: "step", Y: loss, Log: true, Lines: c.splits("loss")},
		{Title: "accuracy", X: "step", Y: "accuracy", Lines: c.splits("accuracy")},
		{Title: "gradient norm", X: "step", Y: "‖g‖", Log: true, Lines: chart.WithSmooth("before clipping", c.Of("grad_norm", splitTrain), 0), Empty: "no gradient above 0"},
		c.spectrum(cfg),
		{Title: "orthogonality defect of the factors", X: "step", Y: "‖QᵀQ−I‖/√n", Lines: []chart.Line{{Points: withoutZeros(c.evaluations("orthogonality_defect")), Color: 0, Marks: true}}},
	}
	return slices.DeleteFunc(charts, func(c chart.Chart) bool { return c.Empty == "" && !c.HasPoints() })
}

// splits returns the curves of a column for training, smoothed, and for the evaluations.
func (c *Curves) splits(column string) []chart.Line {
	lines := chart.WithSmooth("train", c.Of(column, splitTrain), 0)
	return append(lines,
		chart.Line{Name: "valid", Points: c.Of(column, splitValid), Color: 1, Marks: true},
		chart.Line{Name: "test", Points: c.Of(column, splitTest), Color: 2, Marks: true},
		chart.Line{Name: "test, best validated state", Points: c.Of(column, splitBest), Color: 3, Style: chart.NoLine})
}

// evaluations returns a column at the evaluations that decide: on the validation split where there is one.
func (c *Curves) evaluations(column string) plotter.XYs {
	if pts := c.Of(column, splitValid); len(pts) > 0 {
		return pts
	}
	return c.Of(column, splitTest)
}

// spectrum draws where the singular values lie: the smallest and the largest at every step, and the quantiles at evaluations.
func (c *Curves) spectrum(cfg Config) chart.Chart {
	out := chart.Chart{Title: "singular values of W", X: "step", Y: "σ"}
	lo, hi, ok := cfg.Band()
	low, high := withoutZeros(c.Of("sigma_min", splitTrain)), withoutZeros(c.Of("sigma_max", splitTrain))
	if len(low) == 0 {
		low, high = withoutZeros(c.evaluations("sigma_min")), withoutZeros(c.evaluations("sigma_max"))
	}
	if !ok || len(low) == 0 {
		return out
	}
	out.Limits = []chart.Limit{{Name: "σ* + r", Y: hi}, {Name: "σ* − r", Y: lo}}
	if lo == hi {
		out.Limits = []chart.Limit{{Name: "σ*", Y: lo}}
	}
	if median := c.evaluations("sigma_q50"); len(median) > 1 {
		out.Bands = append(out.Bands,
			chart.Band{Name: "5 to 95 % of them", Low: c.evaluations("sigma_q05"), High: c.evaluations("sigma_q95")},
			chart.Band{Name: "25 to 75 %", Low: c.evaluations("sigma_q25"), High: c.evaluations("sigma_q75"), Strong: true})
		out.Lines = append(out.Lines, chart.Line{Name: "median", Points: median})
	}
	out.Lines = append(out.Lines, chart.Line{Name: "σ max", Points: high, Color: 1}, chart.Line{Name: "σ min", Points: low, Color: 2})
	return out
}

// withoutZeros leaves out what stands for "there is none" in files of earlier versions.
func withoutZeros(pts plotter.XYs) plotter.XYs {
	return slices.DeleteFunc(slices.Clone(pts), func(p plotter.XY) bool { return p.Y == 0 })
}

// DrawCurves draws the metrics of a run as curves.png. Nothing is drawn of a file without any.
func (f Folder) DrawCurves(c Config) error { return f.drawCurves(atomicfile.OS{}, c, picture) }

// picture returns what writes the picture of charts, nil where there is nothing to draw.
func picture(charts []chart.Chart) func(io.Writer) error {
	img := chart.Picture(charts)
	if img == nil {
		return nil
	}
	return func(w io.Writer) error { return chart.WritePNG(w, img) }
}

func (f Folder) drawCurves(files atomicfile.FS, cfg Config, picture func([]chart.Chart) func(io.Writer) error) error {
	file, err := files.Open(f.Metrics())
	if err != nil {
		return err
	}
	defer file.Close()
	curves, err := readCurves(file)
	if err != nil {
		return fmt.Errorf("draw %s: %w", f.Curves(), err)
	}
	if len(curves.all) == 0 { // a run that ended before its first step
		return nil
	}
	write := picture(curves.Charts(cfg))
	if write == nil {
		return nil
	}
	return atomicfile.Write(files, f.Curves(), write, nil)
}

// splitOf takes apart what metrics.csv calls a split.
func splitOf(field string) (split string, best bool) { return strings.CutSuffix(field, "@best") }
