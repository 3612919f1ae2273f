package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type dataCheckCmd struct {
	Names []string `predictor:"check" arg:"" optional:"" name:"set" help:"The data sets, or tasks that read them or a file of yours (csv:FILE); all sets that are there if none is named."`
	readFlags
	dataFlags
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

// Run fails where a file is wrong or missing. A set of which nothing is there is told, and a failure only where it was
// named or there is no other.
func (c *dataCheckCmd) Run(e *env, k *kong.Context) error {
	var own, sets []string
	for _, name := range c.Names {
		if data.ReadsOwn(name) {
			own = append(own, name)
		} else {
			sets = append(sets, name)
		}
	}
	if err := c.checkOwn(e, own, givenFlags(k)); err != nil || len(own) > 0 && len(sets) == 0 {
		return err
	}
	dir, err := data.Dir(c.Data)
	if err != nil {
		return err
	}
	statuses, err := data.Check(dir, sets...)
	if err != nil {
		return err
	}
	var absent, wrong error
	some := false
	for _, s := range statuses {
		if err := c.print(e, s); err != nil {
			return err
		}
		some = some || !s.Absent
		switch {
		case s.Err == nil:
		case s.Absent && absent == nil:
			absent = s.Err
		case !s.Absent && wrong == nil:
			wrong = s.Err
		}
	}
	if wrong == nil && (len(sets) > 0 || !some) {
		return absent
	}
	return wrong
}

func (c *dataCheckCmd) print(e *env, s data.FileStatus) error {
	state := "right"
	if s.Err != nil {
		state = s.Err.Error()
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(map[string]any{"event": "check", "set": s.Set, "path": s.Path, "absent": s.Absent, "right": s.Err == nil, "state": state})
	}
	_, err := fmt.Fprintf(e.stdout, "%s: %s\n", s.Path, state)
	return err
}

// checkOwn reads files of the user's as train would with these flags, and tells what is in them.
func (c *dataCheckCmd) checkOwn(e *env, tasks []string, flags given) error {
	var asked train.Config
	if err := flags.apply(&asked); err != nil {
		return err
	}
	if len(tasks) == 0 {
		for name := range asked.Settings() {
			if _, ok := flags[name]; ok {
				return fmt.Errorf("%w: --%s says how a file of yours is read (csv:FILE, series:FILE, text:FILE); sets are compared with their checksums alone", errUsage, name)
			}
		}
	}
	for _, name := range tasks {
		read := asked.Config
		read.Dir = c.Data
		task, err := data.Open(name, read)
		if err != nil {
			return err
		}
		spec := task.Spec()
		if err := task.Close(); err != nil {
			return err
		}
		if err := c.printOwn(e, spec); err != nil {
			return err
		}
	}
	return nil
}

func (c *dataCheckCmd) printOwn(e *env, spec data.Spec) error {
	_, path, named := strings.Cut(spec.Name, ":")
	if !named {
		path = spec.Name
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(map[string]any{"event": "check", "set": spec.Name, "path": path, "absent": false, "right": true, "state": "right",
			"holds": holds(spec), "notes": append([]string{}, spec.Notes...)})
	}
	if _, err := fmt.Fprintf(e.stdout, "%s: right: %s\n", path, holds(spec)); err != nil {
		return err
	}
	for _, note := range spec.Notes {
		if _, err := fmt.Fprintf(e.stdout, "%s: note: %s\n", path, note); err != nil {
			return err
		}
	}
	return nil
}

// holds tells in a line what a task reads and asks for, and how much of it there is.
func holds(s data.Spec) string {
	input, output, counted := some(s.Input.Width, "value"), "one of "+some(s.Output.Width, "class"), ""
	if s.Input.IsTokens() {
		input = fmt.Sprintf("one of %d tokens", s.Input.Vocabulary)
	}
	if s.Output.Loss == data.SquaredError {
		output = some(s.Output.Width, "number")
	}
	each := "sequences of " + some(s.Length, "step")
	if s.Stream {
		each, counted = "a stream, read by "+some(s.Length, "step"), " targets"
	}
	return fmt.Sprintf("%s; a step is %s, asked for is %s (%s); %d%s for training, %d for validation, %d for test", each, input, output,
		strings.ReplaceAll(s.Output.Where.String(), "-", " "), s.TrainSize, counted, s.ValidSize, s.TestSize)
}

// some counts things.
func some(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "s"):
		return fmt.Sprintf("%d %ses", n, thing)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
