package main

import (
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

type importCmd struct {
	File       string  `arg:"" help:"A safetensors file: the recurrence of a torch.nn.RNN, or a chain of Linear layers, and a Linear read-out." type:"existingfile"`
	Out        string  `help:"Checkpoint to write, for predict, export and train --init-from." type:"path" required:"" placeholder:"FILE"`
	Length     int     `help:"Time steps of a sequence, where the file does not say." placeholder:"T"`
	Activation string  `predictor:"activation" help:"relu, leaky-relu[:SLOPE], tanh, identity; tanh where the file does not say." placeholder:"NAME"`
	Loss       string  `help:"What the outputs are: cross-entropy (logits of classes) or squared-error (values)." enum:"${losses}" default:"cross-entropy"`
	Where      string  `predictor:"place" help:"Which steps have an output: ${places}; ${mean} is one output of the mean of all states." enum:"${places}" default:"${last}"`
	Sigma      float64 `help:"Centre of the band of singular values; 0 takes the narrowest band that holds them all." default:"0"`
	R          float64 `help:"Radius of the band, with --sigma." default:"0"`
	JSON       bool    `name:"json" help:"Print one JSON object a layer."`
}

func (c *importCmd) Run(e *env) error {
	if (c.R > 0) != (c.Sigma > 0) {
		return fmt.Errorf("%w: --sigma %g --r %g: give both, or none for the narrowest band", errUsage, c.Sigma, c.R)
	}
	content, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	f, err := export.ReadFile(content)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	cfg := model.Config{Length: c.Length, Activation: c.Activation, Center: c.Sigma, Radius: c.R}
	if err := cfg.Output.Loss.UnmarshalText([]byte(c.Loss)); err != nil {
		return err
	}
	if err := cfg.Output.Where.UnmarshalText([]byte(c.Where)); err != nil {
		return err
	}
	ck, moved, err := export.Import(f, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if err := atomicfile.Write(atomicfile.OS{}, c.Out, ck.Encode, model.Readable); err != nil {
		return err
	}
	return c.print(e, ck.Config, moved)
}

func (c *importCmd) print(e *env, cfg model.Config, moved []export.Moved) error {
	fmt.Fprintf(e.stderr, "%s: cell %s, %d layers of %d units, σ in [%g, %g]\n", c.Out, cfg.Cell, cfg.Layers, cfg.Hidden, cfg.Center-cfg.Radius, cfg.Center+cfg.Radius)
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, m := range moved {
			if err := enc.Encode(m); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LAYER\tσ MIN\tσ MAX\tσ MOVED BY UP TO\tCHANGE OF W")
	for _, m := range moved {
		fmt.Fprintf(w, "%s\t%.6g\t%.6g\t%.3g\t%.3g\n", m.Layer, m.SigmaMin, m.SigmaMax, m.Sigma, m.Frobenius)
	}
	return w.Flush()
}
