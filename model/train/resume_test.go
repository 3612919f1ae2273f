package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// hooked is a task that calls a function for each batch that it has filled.
type hooked struct {
	data.Task
	filled func(split data.Split, index int, b data.Batch)
}

func (h hooked) Fill(split data.Split, epoch, index int, b data.Batch) (int, error) {
	n, err := h.Task.Fill(split, epoch, index, b)
	h.filled(split, index, b)
	return n, err
}

// undisturbed returns the folder of a run.
func (r *tinyRun) undisturbed(t testing.TB) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := r.do(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	return folderOf(t, dir)
}

// stopAt runs until an evaluation or a step, which is then interrupted, and returns the folder.
func (r *tinyRun) stopAt(t testing.TB, split data.Split, batch int) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	task := hooked{r.task, func(s data.Split, _ int, _ data.Batch) {
		if s == split {
			if seen++; seen == batch {
				cancel()
			}
		}
	}}
	_, err := Run(ctx, r.cfg, Options{Dev: r.dev, Task: task, Folder: Folder{Dir: dir}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("batch %d of %v: %v, want ErrInterrupted", batch, split, err)
	}
	return dir
}

// TestInterruptedAnywhere: at every batch of training and of evaluations. An evaluation of the last position is owed, too.
func TestInterruptedAnywhere(t *testing.T) {
	r := newTinyRun(t)
	want := r.undisturbed(t)
	batches := map[data.Split][]int{data.Train: {1, 3, 4, 7}, data.Valid: {1, 3}, data.Test: {1}} // two batches an evaluation, of which the last is past stopping
	for split, list := range batches {
		for _, batch := range list {
			dir := r.stopAt(t, split, batch)
			ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
			if err != nil || split == data.Valid && !ck.Position.Owed.Eval || split == data.Test && !ck.Position.Owed.Test {
				t.Errorf("batch %d of %v: position %+v, %v; want one that owes an evaluation", batch, split, ck.Position, err)
			}
			if err := r.do(dir, Options{Resume: true}); err != nil {
				t.Fatal(err)
			}
			if d := difference(want, folderOf(t, dir)); d != "" {
				t.Errorf("interrupted in batch %d of %v and resumed: %s", batch, split, d)
			}
		}
	}
}

// TestResumedWithMasks: masks and noise are those of the step, whether a run was interrupted or not.
func TestResumedWithMasks(t *testing.T) {
	for _, cell := range []string{"spectral", "rnn", "lstm", "gru"} {
		r := newTinyRun(t)
		m := &r.cfg.Model
		m.Cell, m.Layers, m.Dropout, m.DropoutState, m.Initial, m.InitialNoise = cell, 2, 0.3, 0.4, "noise", 0.5
		want := r.undisturbed(t)
		for _, batch := range []int{2, 5} {
			dir := r.stopAt(t, data.Train, batch)
			if err := r.do(dir, Options{Resume: true}); err != nil {
				t.Fatal(err)
			}
			if d := difference(want, folderOf(t, dir)); d != "" {
				t.Errorf("%s, interrupted in batch %d and resumed: %s", cell, batch, d)
			}
		}
	}
}

// TestOneWriter: a folder in which a run is under way is refused to all others, who say whose it is.
func TestOneWriter(t *testing.T) {
	r := newTinyRun(t)
	dir := t.TempDir()
	tried := false
	err := r.do(dir, Options{Observe: func(e Event) {
		if _, ok := e.(StepEvent); !ok || tried {
			return
		}
		tried = true
		for name, o := range map[string]Options{"new": {}, "resumed": {Resume: true}, "overwriting": {Overwrite: true}} {
			if err := newTinyRun(t).do(dir, o); !errors.Is(err, model.ErrConfig) || !strings.Contains(err.Error(), "in use by process ") {
				t.Errorf("a second run (%s): %v", name, err)
			}
		}
	}})
	if err != nil || !tried {
		t.Fatal(err)
	}
	if d := difference(r.undisturbed(t), folderOf(t, dir)); d != "" {
		t.Errorf("the first run was disturbed: %s", d)
	}
}

func TestNewFoldersNeverCollide(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "runs")
	seen := map[string]bool{}
	for range 20 {
		f, err := NewFolder(parent, "adding-20261127-010203")
		if err != nil || seen[f.Dir] {
			t.Fatalf("%q again, %v", f.Dir, err)
		}
		seen[f.Dir] = true
	}
}

// TestResumeWithoutCheckpoint: a run that was killed before its first save starts from its settings.
func TestResumeWithoutCheckpoint(t *testing.T) {
	r := newTinyRun(t)
	want := r.undisturbed(t)
	dir := t.TempDir()
	for name, content := range map[string]string{"config.json": want["config.json"], "metrics.csv": "step,epo", ".checkpoint.safetensors.tmp-1": "half"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.do(dir, Options{}); !errors.Is(err, model.ErrConfig) {
		t.Errorf("started over a run: %v", err)
	}
	if err := r.do(dir, Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	if d := difference(want, folderOf(t, dir)); d != "" {
		t.Error(d)
	}
}

// TestLengthOfARun: it may be raised, which is told where it changes the learning rate; what is done already is not undone.
func TestLengthOfARun(t *testing.T) {
	r := newTinyRun(t)
	dir := t.TempDir()
	if err := r.do(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	before := folderOf(t, dir)
	r.cfg.Steps = 5
	if err := r.do(dir, Options{Resume: true}); !errors.Is(err, model.ErrConfig) || !strings.Contains(err.Error(), "8 steps are done already") {
		t.Errorf("fewer steps than are done: %v", err)
	}
	if d := difference(before, folderOf(t, dir)); d != "" {
		t.Errorf("a refusal changed the folder: %s", d)
	}
	r.cfg.Steps = 12
	notes := ""
	if err := r.do(dir, Options{Resume: true, Observe: func(e Event) {
		if n, ok := e.(NoticeEvent); ok {
			notes += n.Text
		}
	}}); err != nil {
		t.Fatal(err)
	}
	o, was := r.cfg.Optimizer, r.cfg.Optimizer
	o.Horizon, was.Horizon = 12, 8
	if want := fmt.Sprintf("12 steps instead of 8, and its learning rate falls along a cosine: at step 9 it is %.3g (it was to be %.3g)", o.Rate(model.Position{Step: 8}), was.Rate(model.Position{Step: 8})); !strings.Contains(notes, want) {
		t.Errorf("raising the steps under a cosine says %q, want %q", notes, want)
	}
	ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
	if err != nil || ck.Position.Step != 12 || ck.Optimizer.Horizon != 12 {
		t.Errorf("after raising: %+v, %v", ck, err)
	}
}

// TestContradictions: settings, checkpoint, metrics and what is asked for have to agree.
func TestContradictions(t *testing.T) {
	r := newTinyRun(t)
	good := t.TempDir()
	whole := folderOf(t, r.stopAt(t, data.Train, 6))
	other := newTinyRun(t)
	other.cfg.Seed++
	otherRun := folderOf(t, other.stopAt(t, data.Train, 6))
	rows := strings.SplitAfter(whole["metrics.csv"], "\n")
	for name, c := range map[string]struct {
		file, content, want string
	}{
		"settings of another run":   {"config.json", otherRun["config.json"], "seed is 6"},
		"checkpoint of another run": {"checkpoint.safetensors", otherRun["checkpoint.safetensors"], "seed is 5"},
		"a changed digit":           {"config.json", strings.Replace(whole["config.json"], `"batch": 4`, `"batch": 5`, 1), "changed or damaged"},
		"an unknown field":          {"config.json", strings.Replace(whole["config.json"], `"batch"`, `"botch": 1, "batch"`, 1), "botch"},
		"something behind":          {"config.json", whole["config.json"] + "{}", "follows"},
		"a row less":                {"metrics.csv", strings.Join(rows[:3], ""), "rows before it are missing"},
		"another row":               {"metrics.csv", strings.Replace(whole["metrics.csv"], "1,0,train", "1,1,train", 1), "changed or damaged"},
		"no rows":                   {"metrics.csv", "", "missing"},
	} {
		for file, content := range whole {
			if file == c.file {
				content = c.content
			}
			if err := os.WriteFile(filepath.Join(good, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before := folderOf(t, good)
		err := r.do(good, Options{Resume: true})
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, model.ErrConfig) && !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if d := difference(before, folderOf(t, good)); d != "" {
			t.Errorf("%s: the refusal changed the folder: %s", name, d)
		}
	}
	r.cfg.Model.Hidden = 5
	for file, content := range whole {
		if err := os.WriteFile(filepath.Join(good, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.do(good, Options{Resume: true}); !errors.Is(err, model.ErrConfig) || !strings.Contains(err.Error(), "model.hidden is 4") {
		t.Errorf("another network asked for: %v", err)
	}
}

// TestRowsBeyondTheCheckpoint: whatever follows the rows that a checkpoint knows of is dropped.
func TestRowsBeyondTheCheckpoint(t *testing.T) {
	r := newTinyRun(t)
	want := r.undisturbed(t)
	for name, tail := range map[string]string{"a cut row": "6,0,tra", "whole rows": "6,0,train,1,,1,1,1,\n7,0,train,1,,1,1,1,\n", "zeros": strings.Repeat("\x00", 5000)} {
		dir := r.stopAt(t, data.Train, 5)
		path := Folder{Dir: dir}.Metrics()
		if err := os.WriteFile(path, []byte(folderOf(t, dir)["metrics.csv"]+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := r.do(dir, Options{Resume: true}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := difference(want, folderOf(t, dir)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestFlippedBits flips bits of all files of a run that has some way to go: the run is refused, or ends with the same numbers.
func TestFlippedBits(t *testing.T) {
	const flips = 300
	r := newTinyRun(t)
	want := r.undisturbed(t)
	half := folderOf(t, r.stopAt(t, data.Train, 6))
	names := []string{"config.json", "metrics.csv", "checkpoint.safetensors", "curves.png"}
	rng := rand.New(rand.NewPCG(1, 2))
	outcome := map[string]int{}
	for i := range flips {
		name := names[i%len(names)]
		content := []byte(half[name])
		bit := rng.IntN(8 * len(content))
		content[bit/8] ^= 1 << (bit % 8)
		dir := memoryDir(t)
		for file, text := range half {
			if file == name {
				text = string(content)
			}
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.do(dir, Options{Resume: true}); err != nil {
			outcome[name+" refused"]++
			if !errors.Is(err, model.ErrConfig) && !errors.Is(err, model.ErrCheckpoint) {
				t.Errorf("bit %d of %s: %v is no typed error", bit, name, err)
			}
			continue
		}
		outcome[name+" harmless"]++
		if d := difference(want, folderOf(t, dir)); d != "" {
			t.Errorf("bit %d of %s (%q) was taken: %s", bit, name, half[name][bit/8], d)
		}
	}
	t.Log(outcome)
}

// TestFilesOfEarlierVersions: without checksums they load, with a warning, and go on as they would have.
func TestFilesOfEarlierVersions(t *testing.T) {
	r := newTinyRun(t)
	dir := r.stopAt(t, data.Train, 5)
	f := Folder{Dir: dir}
	content := folderOf(t, dir)["config.json"]
	at := strings.Index(content, ",\n  \"sha256\"")
	if err := os.WriteFile(f.Config(), []byte(content[:at]+"\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := f.Read()
	if err != nil || len(s.Warnings) != 1 {
		t.Fatalf("%v, %+v", err, s)
	}
	// What package train notes in a checkpoint is gone, too.
	s.Checkpoint.Note = nil
	var b bytes.Buffer
	if err := s.Checkpoint.Encode(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Checkpoint(), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	metrics, err := os.ReadFile(f.Metrics())
	if err != nil {
		t.Fatal(err)
	}
	// Their metrics have fewer columns, and so has what is added.
	if err := os.WriteFile(f.Metrics(), []byte(cutColumns(string(metrics))+"6,0,train,1,,1,1,1,\n7,0,tr"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.do(dir, Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	got, want := folderOf(t, dir), r.undisturbed(t)
	want["metrics.csv"] = cutColumns(want["metrics.csv"])
	delete(got, "curves.png") // which has no quantiles
	delete(want, "curves.png")
	delete(got, "checkpoint.safetensors") // which has the checksum of other metrics
	delete(want, "checkpoint.safetensors")
	if d := difference(want, got); d != "" {
		t.Error(d)
	}
}

// cutColumns makes metrics those of earlier versions.
func cutColumns(metrics string) string {
	var b strings.Builder
	for line := range strings.Lines(metrics) {
		b.WriteString(strings.Join(strings.Split(strings.TrimSuffix(line, "\n"), ",")[:earlierColumns], ",") + "\n")
	}
	return b.String()
}
