package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/export"
)

type exportCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run, or its checkpoint." type:"path"`
	Format    string `predictor:"format" help:"safetensors or npz (tensors as torch.nn.RNN and Linear name them), or onnx (the whole network); default that of --out's ending." placeholder:"FORMAT"`
	Out       string `help:"File to write." type:"path" required:"" placeholder:"FILE"`
}

func (c *exportCmd) Run(e *env) error {
	name := c.Format
	if name == "" {
		name = strings.TrimPrefix(filepath.Ext(c.Out), ".")
	}
	format, err := export.FindFormat(name)
	if err != nil {
		return err
	}
	ck, err := loadCheckpoint(e, c.RunFolder)
	if err != nil {
		return err
	}
	n, err := export.Read(ck)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(atomicfile.OS{}, c.Out, func(w io.Writer) error { return format.Write(w, n) }, nil); err != nil {
		return err
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s: %s, %d layers, %d tensors, %d bytes; the state after step %d\n", c.Out, format.Name, len(n.Layers), len(n.Tensors()), info.Size(), ck.Position.Step)
	return nil
}

// loadCheckpoint reads the checkpoint of a run, given its folder or the file itself, and tells its warning.
func loadCheckpoint(e *env, path string) (*model.Checkpoint, error) {
	ck, err := model.LoadRun(path)
	if err == nil && ck.Warning != "" {
		fmt.Fprintf(e.stderr, "spectral-gpu: warning: %s: %s\n", path, ck.Warning)
	}
	return ck, err
}
