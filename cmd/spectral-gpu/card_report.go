package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

type cardReportCmd struct {
	Out    string        `help:"Folder of the report; it must be new or empty." type:"path" default:"card-report" placeholder:"DIR"`
	Short  bool          `help:"The short form: sizes that a software device does in a minute. It proves that the report works, and measures nothing of interest."`
	Tests  string        `help:"Folder of test binaries (*.test), which are run too." type:"path" placeholder:"DIR"`
	Data   string        `help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	Within time.Duration `help:"Time for everything; what does not fit is left out or cut off, and said to be." default:"6m" placeholder:"TIME"`
	Device string        `default:"vulkan" placeholder:"DEVICE" help:"vulkan, an index or a part of a name of 'spectral-gpu devices'."`
}

// errReport means that a part of the report did not go as it should.
var errReport = errors.New("not all parts of the report succeeded")

// reportFile is the file to send, in the report's folder.
const reportFile = "card-report.txt"

// Run carries out the parts of the report one after the other, each in a process of its own, so that a driver that fails or hangs
// in one of them takes no other along.
func (c *cardReportCmd) Run(ctx context.Context, e *env) (err error) {
	choice, err := gpu.List().Choose(c.Device)
	if err != nil {
		return err
	}
	if c.Within <= 0 {
		return fmt.Errorf("%w: --within %v", errUsage, c.Within)
	}
	if err := emptyFolder(c.Out); err != nil {
		return err
	}
	parts, err := c.parts()
	if err != nil {
		return err
	}
	path := filepath.Join(c.Out, reportFile)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := &cardReport{file: f, progress: e.stderr, dir: c.Out, end: time.Now().Add(c.Within)}
	r.head(choice.Info)
	for _, p := range parts {
		if err := r.run(ctx, p); err != nil {
			return err
		}
	}
	r.summary(e.stdout)
	fmt.Fprintf(e.stdout, "the report: %s\n", path)
	if r.bad > 0 {
		return fmt.Errorf("%w: %d of %d, which %s tells about", errReport, r.bad, len(parts), path)
	}
	return r.err
}

// emptyFolder makes a folder, which may be there as long as nothing is in it.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	inside, err := os.ReadDir(dir)
	if err == nil && len(inside) > 0 {
		err = fmt.Errorf("%w: the folder %s is not empty; name another --out", errUsage, dir)
	}
	return err
}

// cardReport is a report being written.
type cardReport struct {
	file     io.Writer
	err      error // the first failure to write
	progress io.Writer
	dir      string // of whatever the parts leave
	end      time.Time
	lines    []string // of the summary
	bad      int      // parts that failed
}

func (r *cardReport) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.file, format, args...); err != nil && r.err == nil {
		r.err = err
	}
}

// head says what is reported on.
func (r *cardReport) head(info gpu.Info) {
	r.printf("card report of spectral-gpu, %s\n", time.Now().UTC().Format("2006-01-02 15:04 MST"))
	r.printf("device: %s (%s), driver %s, %s, memory %s\n", info.Name, info.Kind, info.Driver, info.API, gib(info.Memory))
	r.printf("subgroup %d, %d bytes of shared memory, %d invocations a work group, unified memory %t\n", info.Subgroup, info.Shared, info.Invocation, info.Unified)
	r.printf("host: %s/%s, %d processors, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processorName())
	r.printf("built by %s from %s\n", runtime.Version(), builtFrom())
}

// builtFrom returns the commit that the program was built from.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	commit, changed := "an unknown state", ""
	for i := range info.Settings {
		switch s := info.Settings[i]; {
		case ok && s.Key == "vcs.revision":
			commit = s.Value
		case ok && s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	return commit + changed
}

// processorName returns what Linux calls the processor.
func processorName() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimLeft(strings.TrimSpace(name), ": ")
		}
	}
	return "processor unknown"
}

// run carries out one part within its time, and what is left of the whole.
func (r *cardReport) run(ctx context.Context, p reportPart) error {
	left := time.Until(r.end)
	r.printf("\n== %s\n", p.title())
	if left < time.Second {
		r.done(p, "left out: no time was left", false)
		return nil
	}
	fmt.Fprintf(r.progress, "%s …\n", p.title())
	limited, cancel := context.WithTimeout(ctx, min(left, p.most))
	defer cancel()
	cmd := exec.CommandContext(limited, p.program, p.args...)
	if p.name != "" {
		cmd.Args[0] = p.name
	}
	cmd.Env = append(os.Environ(), "SPECTRAL_REQUIRE_GPU=1")
	if cmd.Dir = p.dir; p.dir == "" {
		cmd.Dir = r.dir
	}
	cmd.Stdout, cmd.Stderr = r.file, r.file
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // what was measured until then is kept
	cmd.WaitDelay = 3 * time.Second
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start).Seconds()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		r.done(p, fmt.Sprintf("cut off after %.1f s", took), false)
	case err != nil:
		r.done(p, fmt.Sprintf("FAILED after %.1f s: %v", took, err), true)
	default:
		r.done(p, fmt.Sprintf("done in %.1f s", took), false)
	}
	return nil
}

func (r *cardReport) done(p reportPart, how string, bad bool) {
	r.printf("-- %s\n", how)
	r.lines = append(r.lines, fmt.Sprintf("%-70s %s", p.title(), how))
	if bad {
		r.bad++
	}
}

// summary lists the parts at the report's end and on w.
func (r *cardReport) summary(w io.Writer) {
	r.printf("\n== summary\n")
	for _, line := range r.lines {
		r.printf("%s\n", line)
		fmt.Fprintln(w, line)
	}
}
