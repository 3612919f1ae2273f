package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type inspectCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run, whose best state is shown, or a checkpoint." type:"path"`
	Split     string `predictor:"split" help:"Whose margins are shown: train, valid or test." default:"test"`
	Gradients bool   `help:"Draw ‖dL/dh_t‖ through time, of the first training batch, as gradients.png in the run's folder; needs the data."`
	Data      string `predictor:"folder" help:"Data directory." type:"path" placeholder:"DIR"`
	deviceFlags
}

func (c *inspectCmd) Run(ctx context.Context, e *env) (err error) {
	var split data.Split
	if err := split.UnmarshalText([]byte(c.Split)); err != nil {
		return err
	}
	ck, err := model.LoadRun(c.RunFolder)
	if err != nil {
		return err
	}
	weights, err := inspect.Weights(ck)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s, step %d: n = %d, %d layers, T = %d, %s\n", ck.Config.Cell, ck.Position.Step, ck.Config.Hidden, ck.Config.Layers, ck.Config.Length, ck.Config.Activation)
	for _, w := range weights {
		printWeight(e.stdout, w)
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	m, err := ck.Network(dev)
	if err != nil {
		return err
	}
	defer m.Close()
	if defect, err := m.Defect(); err != nil {
		return err
	} else if defect > 0 {
		fmt.Fprintf(e.stdout, "\northogonality defect ‖QᵀQ−I‖_F/√n of the factors, as %s computes them: at most %.1e\n", dev.Info().Name, defect)
	}
	task, why := c.task()
	if task != nil {
		defer task.Close()
	}
	if err := c.bound(ctx, e, m, weights, task, split, why); err != nil || !c.Gradients {
		return err
	}
	if task == nil {
		return fmt.Errorf("--gradients: %w", why)
	}
	return c.gradients(e, m, task)
}

// task opens the data of the run; where it is not to be had, why says so.
func (c *inspectCmd) task() (task data.Task, why error) {
	cfg, err := train.Folder{Dir: c.RunFolder}.ReadConfig()
	if err != nil {
		return nil, fmt.Errorf("%w: a checkpoint without its run does not say what it was trained on: %w", errUsage, err)
	}
	return cfg.OpenTask(c.Data)
}

func printWeight(out io.Writer, w inspect.Weight) {
	kind := "free"
	if w.Factored {
		kind = fmt.Sprintf("U diag(σ) Vᵀ, %d reflectors a side", w.Reflectors)
	}
	condition := "singular"
	if w.Condition > 0 {
		condition = fmt.Sprintf("condition %.4g", w.Condition)
	}
	fmt.Fprintf(out, "\n%s, %d × %d, %s\n  ‖W‖₂ = %.6g, ‖W‖_F = %.6g, %s\n", w.Name, w.Rows, w.Cols, kind, w.Norm, w.Frobenius, condition)
	fmt.Fprint(out, "  σ:")
	for _, q := range inspect.Levels {
		name := fmt.Sprintf("%g %%", 100*q)
		switch q {
		case 0:
			name = "min"
		case 0.5:
			name = "median"
		case 1:
			name = "max"
		}
		fmt.Fprintf(out, "  %s %.6g", name, inspect.Quantile(w.Sigma, q))
	}
	fmt.Fprintln(out)
	for _, bin := range w.Histogram(10) {
		fmt.Fprintf(out, "  %10.6g … %-10.6g %5d %s\n", bin.From, bin.To, bin.Count, strings.Repeat("#", (40*bin.Count+len(w.Sigma)-1)/len(w.Sigma)))
	}
}

// bound prints the terms of the generalisation bound one by one.
func (c *inspectCmd) bound(ctx context.Context, e *env, m *model.Network, weights []inspect.Weight, task data.Task, split data.Split, why error) error {
	length := m.Config.Length
	fmt.Fprintf(e.stdout, "\nterms of the margin bound for a recurrence of L = %d steps (Zhang, Lei & Dhillon 2018): the gap grows with max(‖W‖^(2L−2), 1), with the squared\n"+
		"norms of the input and output maps and with the Frobenius norms, and falls with margin² · N\n", length)
	for _, w := range weights {
		fmt.Fprintf(e.stdout, "  %-20s ‖·‖₂ %-10.5g ‖·‖_F %-10.5g", w.Name, w.Norm, w.Frobenius)
		if w.Recurrent {
			fmt.Fprintf(e.stdout, " ‖·‖₂^(L−1) %s", power(w.Norm, length-1))
		}
		fmt.Fprintln(e.stdout)
	}
	if task == nil {
		fmt.Fprintf(e.stdout, "  margins: not measured: %v\n", why)
		return nil
	}
	if n := task.Spec().TrainSize; n != data.Endless {
		fmt.Fprintf(e.stdout, "  N = %d training samples\n", n)
	}
	if m.Config.Output.Loss != data.CrossEntropy {
		fmt.Fprintln(e.stdout, "  margins: there are none, for the network predicts numbers, not classes")
		return nil
	}
	margins, err := inspect.MeasureMargins(ctx, m, task, split)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "  margins on %s (%d targets, %.2f %% below 0):", margins.Split, margins.Samples, 100*margins.Negative)
	for i, q := range inspect.Levels {
		fmt.Fprintf(e.stdout, "  %g %% %.4g", 100*q, margins.Quantiles[i])
	}
	_, err = fmt.Fprintln(e.stdout)
	return err
}

// power writes base^exponent, which may be beyond what float64 holds.
func power(base float64, exponent int) string {
	if v := math.Pow(base, float64(exponent)); v > 0 && !math.IsInf(v, 0) || base == 0 {
		return fmt.Sprintf("%.5g", v)
	}
	return fmt.Sprintf("10^%.1f", float64(exponent)*math.Log10(base))
}

func (c *inspectCmd) gradients(e *env, m *model.Network, task data.Task) error {
	norms, err := m.GradientNorms(task)
	if err != nil {
		return err
	}
	if len(norms) == 0 {
		return fmt.Errorf("%w: --gradients: the cell %s has no time", errUsage, m.Config.Cell)
	}
	for i, layer := range norms {
		first, last := layer[1], layer[len(layer)-1]
		text := fmt.Sprintf("gradients of recurrence %d: ‖dL/dh_1‖ = %.3g", i, first)
		if last > 0 {
			text += fmt.Sprintf(", ‖dL/dh_T‖ = %.3g, ratio %.3g", last, first/last)
		}
		fmt.Fprintln(e.stdout, text)
	}
	dir := c.RunFolder
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "gradients.png")
	if err := inspect.DrawGradients(path, norms); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, "picture:", path)
	return err
}
