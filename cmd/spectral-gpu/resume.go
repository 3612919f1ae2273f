package main

import (
	"fmt"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// freeFlags may be anything when a run is resumed: they say where and how it goes on, and how long. Every other flag of train is a
// setting of the run (train.Config.Settings).
var freeFlags = map[string]bool{"steps": true, "epochs": true, "data": true, "out": true, "resume": true, "overwrite": true, "json": true,
	"device": true, "validate": true, "threads": true, "tune": true, "window": true, "gradients": true, "tensorboard": true, "distributed": true}

// resumed returns the settings of the run in --out, with another length if one is asked for. Flags that contradict them are an error.
func (c *trainCmd) resumed(flags given) (asked train.Config, err error) {
	if c.Out == "" {
		return asked, fmt.Errorf("%w: --resume needs the --out of the run to go on with", errUsage)
	}
	if c.Overwrite {
		return asked, fmt.Errorf("%w: --resume goes on with a run and --overwrite replaces it; give one of them", errUsage)
	}
	folder := train.Folder{Dir: c.Out}
	old, err := folder.ReadConfig()
	if err != nil {
		return asked, err
	}
	if old.Task != c.Task {
		return asked, fmt.Errorf("%w: %s holds a run of task %s, not %s", errUsage, folder.Dir, old.Task, c.Task)
	}
	wrong, err := flags.contradictions(old)
	if err != nil {
		return asked, err
	}
	if wrong != nil {
		return asked, fmt.Errorf("%w: --resume goes on with the settings of %s, which contradict %s; leave these flags out, or start another run",
			errUsage, folder.Dir, strings.Join(wrong, ", "))
	}
	if c.Steps > 0 || c.Epochs > 0 {
		old.Steps, old.Epochs = c.Steps, c.Epochs
	}
	return old, nil
}
