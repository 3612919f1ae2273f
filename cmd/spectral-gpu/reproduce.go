package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/experiment"
)

type reproduceCmd struct {
	Name  string   `predictor:"experiment" arg:"" optional:"" help:"The experiment, or a TOML file of one."`
	List  bool     `help:"List the experiments."`
	Quick bool     `help:"The short form: sizes at which everything runs in a minute, and nothing is decided."`
	Seeds int      `help:"Runs of every variant; 0 takes as many as the experiment says." placeholder:"N"`
	Jobs  int      `help:"Runs beside each other; 0: one for each thread of the CPU executor, four on a graphics processor." placeholder:"N"`
	Only  []string `help:"Train the variants with this value alone, such as name=spectral or length=784; may be repeated, values of the same axis being alternatives. Of the others the report has what is done already." placeholder:"AXIS=VALUE" sep:"none"`
	Data  string   `predictor:"folder" help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	Out   string   `predictor:"folder" help:"Folder of the experiment; default runs/NAME, or runs/NAME-quick. What is done in it already is not done again." type:"path" placeholder:"DIR"`
	deviceFlags
	tuneFlags
}

func (c *reproduceCmd) Run(ctx context.Context, e *env) error {
	if c.List {
		return listExperiments(e)
	}
	if c.Name == "" || c.Seeds < 0 || c.Jobs < 0 {
		return fmt.Errorf("%w: name an experiment of 'spectral-gpu reproduce --list', with --seeds and --jobs of 0 or more", errUsage)
	}
	x, err := readExperiment(c.Name)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = filepath.Join("runs", x.Name)
		if c.Quick {
			c.Out += "-quick"
		}
	}
	choice, err := gpu.List().Choose(c.Device)
	if err != nil {
		return err
	}
	jobs, flags := shareDevice(c.deviceFlags, c.Jobs, choice.Info)
	only, err := readOnly(c.Only)
	if err != nil {
		return err
	}
	report, err := x.Run(ctx, experiment.Options{Dir: c.Out, Data: c.Data, Quick: c.Quick, Seeds: c.Seeds, Jobs: jobs, Only: only,
		Open: func() (*gpu.Device, error) { return flags.open(e, c.tuning()) }, Log: func(line string) { fmt.Fprintln(e.stderr, line) }})
	if err != nil {
		return err
	}
	report.Command = c.command()
	if err := report.Write(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "report: %s\n", filepath.Join(c.Out, "report.html"))
	return report.WriteText(e.stdout)
}

// shareDevice returns how many runs go beside each other on a device, 0 asking for as many as suit it, and the flags of each.
func shareDevice(flags deviceFlags, jobs int, info gpu.Info) (int, deviceFlags) {
	switch {
	case info.Kind == gpu.CPU:
		threads := flags.Threads
		if threads == 0 {
			threads = runtime.GOMAXPROCS(0)
		}
		if jobs == 0 {
			jobs = threads
		}
		flags.Threads = max(threads/jobs, 1)
	case jobs == 0 && info.Kind == gpu.SoftwareGPU:
		jobs = 1 // it takes all threads by itself
	case jobs == 0:
		jobs = 4 // small networks leave a card waiting for the host
	}
	return jobs, flags
}

// command is the line that does the same again.
func (c *reproduceCmd) command() string {
	line := "spectral-gpu reproduce " + c.Name
	if c.Quick {
		line += " --quick"
	}
	if c.Seeds > 0 {
		line += fmt.Sprintf(" --seeds %d", c.Seeds)
	}
	for _, o := range c.Only {
		line += fmt.Sprintf(" --only %q", o)
	}
	return line + " --device " + c.Device
}

// readOnly reads the values of --only.
func readOnly(asked []string) (experiment.Match, error) {
	only := experiment.Match{}
	for _, a := range asked {
		axis, value, found := strings.Cut(a, "=")
		if !found {
			return nil, fmt.Errorf("%w: --only %s; want AXIS=VALUE, such as name=spectral", errUsage, a)
		}
		values, _ := only[axis].([]any)
		only[axis] = append(values, value)
	}
	return only, nil
}

func readExperiment(name string) (*experiment.Experiment, error) {
	if !strings.HasSuffix(name, ".toml") {
		return experiment.Load(name)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return experiment.Read(strings.TrimSuffix(filepath.Base(name), ".toml"), content)
}

func listExperiments(e *env) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, name := range experiment.Names() {
		x, err := experiment.Load(name)
		if err != nil {
			return err
		}
		variants, err := x.Variants(false)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d variants, %d seeds\n", name, x.Title, len(variants), x.Seeds)
	}
	return w.Flush()
}
