package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile/faultfs"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// tinyRun is a run of few operations, with two saves and two evaluations between its start and its end.
type tinyRun struct {
	cfg  Config
	dev  *gpu.Device
	task data.Task

	pictures map[string][][]byte // that were drawn, in the pieces in which they are written
}

// picture draws what was not drawn before: most of the time of so small a run would be the drawing of one and the same picture.
func (r *tinyRun) picture(charts []chart.Chart) func(io.Writer) error {
	key := fmt.Sprintf("%+v", charts)
	if r.pictures[key] == nil {
		write := picture(charts)
		if write == nil {
			return nil
		}
		var all pieces
		if err := write(&all); err != nil {
			return func(io.Writer) error { return err }
		}
		r.pictures[key] = all
	}
	return func(w io.Writer) error {
		for _, p := range r.pictures[key] {
			if _, err := w.Write(p); err != nil {
				return err
			}
		}
		return nil
	}
}

// pieces is what was written, a piece a call.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, bytes.Clone(b))
	return len(b), nil
}

// memoryDir is a temporary folder in memory, where there is such a place: a disk takes its time for every sync, and what a power cut leaves is made up
// (faultfs) in any case.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "spectral-gpu-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func newTinyRun(t testing.TB) *tinyRun {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	c := Config{Task: "adding", Config: data.Config{Length: 4, ValidSize: 8, TestSize: 8}, Seed: 5, Optimizer: model.DefaultOptimizer(), Steps: 8, EvalEvery: 4, SaveEvery: 3}
	task, err := c.OpenTask("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { task.Close() })
	c.Model = model.DefaultConfig(task.Spec())
	c.Model.Batch, c.Model.Hidden, c.Model.Reflectors = 4, 4, 2
	return &tinyRun{cfg: c, dev: dev, task: task, pictures: map[string][][]byte{}}
}

// do runs in dir with o's other fields.
func (r *tinyRun) do(dir string, o Options) error {
	o.Dev, o.Task, o.Folder, o.picture = r.dev, r.task, Folder{Dir: dir}, r.picture
	_, err := Run(context.Background(), r.cfg, o)
	return err
}

// folderOf returns the content of all files of a folder.
func folderOf(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "sessions.jsonl" { // which tells times
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(content)
	}
	return files
}

// difference returns what is not the same in two folders, "" for nothing.
func difference(a, b map[string]string) string {
	text := ""
	for name := range a {
		if c, ok := b[name]; !ok {
			text += name + " is missing; "
		} else if c != a[name] {
			text += name + " differs; "
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			text += name + " is left over; "
		}
	}
	return text
}

// TestEveryScheduledFailure lets the file system fail, fill up, die and lose its power at every operation of a run, and resumes: the
// folder is then that of the undisturbed run, byte for byte.
func TestEveryScheduledFailure(t *testing.T) {
	r := newTinyRun(t)
	calm, quiet := memoryDir(t), faultfs.New(faultfs.Fail, 0)
	if err := r.do(calm, Options{files: quiet}); err != nil {
		t.Fatal(err)
	}
	want := folderOf(t, calm)
	if len(want) != 6 {
		t.Fatalf("the run's folder holds %d files, want 6", len(want))
	}
	t.Logf("%d operations", len(quiet.Ops()))
	modes := faultfs.Modes()
	if testing.Short() {
		modes = modes[len(modes)-1:]
	}
	for _, mode := range modes {
		for k := 1; k <= len(quiet.Ops()); k++ {
			dir := memoryDir(t)
			f := faultfs.New(mode, k)
			err := r.do(dir, Options{files: f})
			where := fmt.Sprintf("%v at operation %d (%s)", mode, k, quiet.Ops()[k-1])
			r.checkFailure(t, where, mode, err)
			// A run that has not come to its settings is started again; every other one goes on.
			_, statErr := os.Stat(Folder{Dir: dir}.Config())
			if err := r.do(dir, Options{Resume: !errors.Is(statErr, fs.ErrNotExist)}); err != nil {
				t.Errorf("%s: resume: %v", where, err)
				continue
			}
			if d := difference(want, folderOf(t, dir)); d != "" {
				t.Errorf("%s: after resuming: %s", where, d)
			}
		}
	}
}

// checkFailure tells whether a run reported what happened to it.
func (r *tinyRun) checkFailure(t *testing.T, where string, mode faultfs.Mode, err error) {
	t.Helper()
	switch mode {
	case faultfs.Fail:
		if !errors.Is(err, faultfs.ErrInjected) {
			t.Errorf("%s: the run ended with %v", where, err)
		}
	case faultfs.Full:
		if err != nil && !errors.Is(err, ErrDiskFull) {
			t.Errorf("%s: the run ended with %v, want ErrDiskFull", where, err)
		}
	default:
		if !errors.Is(err, faultfs.ErrDead) {
			t.Errorf("%s: the run ended with %v", where, err)
		}
	}
}

// TestEveryScheduledFailureOfOverwriting: however overwriting a run ends, what is then resumed is the old run or the new one, whole.
func TestEveryScheduledFailureOfOverwriting(t *testing.T) {
	old, fresh := newTinyRun(t), newTinyRun(t)
	old.cfg.Seed, old.cfg.Model.Hidden = 6, 5
	folders := map[*tinyRun]map[string]string{}
	for _, r := range []*tinyRun{old, fresh} {
		dir := memoryDir(t)
		if err := r.do(dir, Options{}); err != nil {
			t.Fatal(err)
		}
		folders[r] = folderOf(t, dir)
	}
	ended := map[string]int{}
	for _, mode := range []faultfs.Mode{faultfs.Kill, faultfs.Power, faultfs.Full} {
		for k := 1; ; k++ {
			dir := memoryDir(t)
			for name, content := range folders[old] {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			f := faultfs.New(mode, k)
			if err := fresh.do(dir, Options{Overwrite: true, files: f}); err == nil && k > len(f.Ops()) || k > 30 {
				break
			}
			where := fmt.Sprintf("%v at operation %d", mode, k)
			c, err := Folder{Dir: dir}.ReadConfig()
			if err != nil { // neither: the old run is gone, the new one not begun
				if _, ckErr := os.Stat(Folder{Dir: dir}.Checkpoint()); !errors.Is(ckErr, fs.ErrNotExist) {
					t.Errorf("%s: %v, but there is a checkpoint", where, err)
				}
				ended["neither"]++
				continue
			}
			r := fresh
			if c.Seed == old.cfg.Seed {
				r = old
			}
			ended[map[*tinyRun]string{old: "old", fresh: "new"}[r]]++
			if err := r.do(dir, Options{Resume: true}); err != nil {
				t.Errorf("%s: resume: %v", where, err)
				continue
			}
			if d := difference(folders[r], folderOf(t, dir)); d != "" {
				t.Errorf("%s: after resuming: %s", where, d)
			}
		}
	}
	t.Log(ended)
	for _, name := range []string{"old", "new", "neither"} {
		if ended[name] == 0 {
			t.Errorf("no run ended as %s: the schedule misses what it is for", name)
		}
	}
}
