package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

func device(t testing.TB) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	return dev
}

// trained makes a folder of a small run of a task, stopped after some steps where after is not 0, and returns the run, measured.
func trained(t testing.TB, dev *gpu.Device, task string, after int64, change func(c *train.Config)) *Run {
	t.Helper()
	c := train.Config{Task: task, Seed: 3}
	c.Config = data.Config{ValidSize: 24, TestSize: 24}
	if strings.Contains(task, ":") {
		c.Config = data.Config{}
	} else {
		c.Length = 5
	}
	asked := c
	change(&asked)
	if info, err := model.FindCell(asked.Model.Cell); err == nil && !info.Time {
		c.Length, asked.Length = 1, 1
	}
	source, err := c.OpenTask("")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	full := train.Default(task, source.Spec(), asked)
	full.Config, full.Seed = c.Config, c.Seed
	full.Steps, full.Epochs, full.EvalEvery = 6, 0, 3
	full.Model.Hidden, full.Model.Reflectors, full.Model.Batch, full.Model.Layers = 6, 3, 4, 3
	change(&full)
	dir := filepath.Join(t.TempDir(), "run <i>&")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = train.Run(ctx, full, train.Options{Dev: dev, Task: source, Folder: train.Folder{Dir: dir}, Gradients: true, Observe: func(e train.Event) {
		if s, ok := e.(train.StepEvent); ok && s.Step == after {
			cancel()
		}
	}})
	if err != nil && !errors.Is(err, train.ErrInterrupted) && !errors.Is(err, train.ErrDiverged) {
		t.Fatal(err)
	}
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.UseSpec(source.Spec())
	r.Weigh()
	if err := r.Measure(t.Context(), dev, source); err != nil {
		t.Fatal(err)
	}
	return r
}

func html(t testing.TB, runs ...*Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, runs, Options{}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{"<script", ">NaN", "NaN,", ",NaN", "ZgotmplZ", "<no value>", "src=", "href=", "url(", "<i>&", "%!"} {
		if strings.Contains(text, bad) {
			at := strings.Index(text, bad)
			t.Errorf("%s stands in the report: …%s…", bad, text[max(0, at-80):min(len(text), at+80)])
		}
	}
	return text
}

// TestEveryCell: a report of a run of every cell, with what applies to it and nothing else.
func TestEveryCell(t *testing.T) {
	dev := device(t)
	table := "csv:" + writeTable(t)
	var all []*Run
	for _, cell := range model.Cells() {
		info, err := model.FindCell(cell)
		if err != nil {
			t.Fatal(err)
		}
		task := "adding"
		if !info.Time {
			task = table
		}
		r := trained(t, dev, task, 0, func(c *train.Config) { c.Model.Cell = cell })
		text := html(t, r)
		for want, has := range map[string]bool{"singular values over training": info.Factored, "Gradients through time": info.Time, "orthogonality defect": info.Factored,
			"gradient norm": true, "predicted over true": info.Time, "Confusion matrix": !info.Time, "Environment": true, ">reflectors<": info.Factored, "Not shown": false} {
			if strings.Contains(text, want) != has {
				t.Errorf("%s: %q in its report: %v, want %v; notes %v", cell, want, !has, has, r.Notes)
			}
		}
		if r.State != "done" || !r.Good || len(r.Sessions) != 1 || r.Sessions[0].Reason != "done" || info.Time && r.Figures.Test != r.Figures.TestLoss {
			t.Errorf("%s: %s, %+v, %+v", cell, r.State, r.Sessions, r.Figures)
		}
		all = append(all, r)
	}
	if text := html(t, all...); strings.Count(text, "swatch") < len(all) || !strings.Contains(text, ">spectral-lstm<") || !strings.Contains(text, "What they differ in") {
		t.Error("the comparison lacks runs or what they differ in")
	}
}

// TestUnfinished: folders of runs that were stopped, diverged, or have only just begun.
func TestUnfinished(t *testing.T) {
	dev := device(t)
	stopped := trained(t, dev, "adding", 4, func(*train.Config) {})
	if text := html(t, stopped); stopped.State != "interrupted" || stopped.Good || stopped.Step != 4 || !strings.Contains(text, ">interrupted<") {
		t.Errorf("%s after %d steps", stopped.State, stopped.Step)
	}
	wild := trained(t, dev, "adding", 0, func(c *train.Config) {
		c.Optimizer.Name, c.Optimizer.LR, c.Optimizer.Clip, c.Optimizer.Warmup, c.Steps = "sgd", 1000, 0, 0, 60
	})
	if text := html(t, wild); wild.State != "diverged" || !strings.Contains(text, "not finite") {
		t.Errorf("%s: %+v", wild.State, wild.Sessions)
	}
	one := trained(t, dev, "adding", 1, func(c *train.Config) { c.Steps = 1 })
	html(t, one)
	bare := train.Folder{Dir: stopped.Folder.Dir}
	for _, path := range []string{bare.Checkpoint(), bare.Best(), bare.Metrics(), bare.Sessions(), bare.GradientsFile(), bare.Curves()} {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	r, err := Read(bare.Dir)
	if err != nil {
		t.Fatal(err)
	}
	r.Weigh()
	if text := html(t, r); !strings.Contains(text, "No step has been done yet") || !strings.Contains(text, "there is no such file yet") || r.State != "unfinished" {
		t.Errorf("%s, %v", r.State, r.Notes)
	}
	html(t, stopped, wild, one, r)
	if _, err := Read(t.TempDir()); !errors.Is(err, model.ErrConfig) {
		t.Errorf("no run: %v", err)
	}
}

// writeTable writes rows of three classes.
func writeTable(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	var rows strings.Builder
	rows.WriteString("a,b,kind\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%d,%d,%s\n", i%3, (i*7)%5, []string{"<script>alert(1)</script>", "dog", "cat"}[i%3])
	}
	if err := os.WriteFile(path, []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfusion(t *testing.T) {
	r := trained(t, device(t), "csv:"+writeTable(t), 0, func(*train.Config) {})
	m := r.Measured
	sum, right := 0, 0
	for i := range m.Matrix {
		for k, n := range m.Matrix[i] {
			if sum += n; i == k {
				right += n
			}
		}
	}
	if sum != m.Targets || m.Targets != m.Of || sum == 0 {
		t.Errorf("%d targets in the matrix, %d of %d were looked at", sum, m.Targets, m.Of)
	}
	value, _ := r.Figures.result()
	if share := float64(right) / float64(sum); math.Abs(share-value) > 1e-9 {
		t.Errorf("the matrix has %g right, the metrics %g", share, value)
	}
	if text := html(t, r); !strings.Contains(text, "Confusion matrix") || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("no matrix")
	}
}

func TestNextToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("ab <b>cd\n", 400)), 0o644); err != nil {
		t.Fatal(err)
	}
	r := trained(t, device(t), "text:"+path, 0, func(c *train.Config) { c.Model.Layers = 1; c.Steps, c.EvalEvery = 8, 4 })
	if len(r.Measured.Tokens) == 0 {
		t.Fatalf("no samples: %v", r.Notes)
	}
	for _, s := range r.Measured.Tokens {
		if len(s.Said) != 3 || s.Said[0].Share < s.Said[1].Share || !(s.TrueShare > 0 && s.TrueShare <= s.Said[0].Share) || !strings.HasSuffix(strings.Repeat("ab <b>cd\n", 30), s.Context+s.True) && !strings.Contains(strings.Repeat("ab <b>cd\n", 30), strings.TrimPrefix(s.Context, "…")+s.True) {
			t.Errorf("%+v", s)
		}
	}
	if text := html(t, r); !strings.Contains(text, "The next token") {
		t.Error("no samples")
	}
}

// TestSettings: what differs from the defaults of the task for the cell is marked, and nothing else.
func TestSettings(t *testing.T) {
	r := trained(t, device(t), "adding", 0, func(c *train.Config) { c.Model.Cell = "lstm" })
	marked := map[string]bool{}
	for name, v := range r.settings() {
		if v.Differs && v.Unused == "" {
			marked[name] = true
		}
	}
	for _, want := range []string{"cell", "hidden", "layers", "batch", "steps", "eval-every", "valid-size", "test-size", "seed", "length"} {
		if !marked[want] {
			t.Errorf("%s is not marked", want)
		}
		delete(marked, want)
	}
	if len(marked) > 0 {
		t.Errorf("these are as they are by default, and marked: %v", marked)
	}
	seeds := []*Run{r, trained(t, device(t), "adding", 0, func(c *train.Config) { c.Model.Cell, c.Seed, c.Model.Seed = "lstm", 8, 8 })}
	rows := overSeeds(label(seeds, differing(seeds)), differing(seeds)).Rows
	a, _ := seeds[0].Figures.result()
	b, _ := seeds[1].Figures.result()
	if len(rows) != 1 || rows[0][1].Text != "2" || rows[0][2].Text != Show(data.MSE, (a+b)/2) || rows[0][3].Text != Show(data.MSE, math.Abs(a-b)/math.Sqrt2) || rows[0][4].Text != Show(data.MSE, min(a, b)) {
		t.Errorf("%v, want the mean of %g and %g", rows, a, b)
	}
	twin := trained(t, device(t), "adding", 0, func(c *train.Config) { c.Model.Cell = "lstm"; c.Optimizer.LR = 0.25 })
	if names := differing([]*Run{r, twin}); len(names) != 1 || names[0] != "lr" {
		t.Errorf("%v", names)
	}
}

func TestFormats(t *testing.T) {
	for got, want := range map[string]string{
		Show(data.Accuracy, 0.98765): "98.77 %", Show(data.MSE, 1.23456e-5): "1.235e−5", Show(data.MSE, math.NaN()): "–", Show(data.MSE, 0.18): "0.1800", count(1234567): "1\u2009234\u2009567", count(12): "12",
		duration(3.14): "3.1 s", duration(3725): "1 h 02 min", duration(61): "1 min 01 s", band(0.99, 1.01): "0.9900\u2009–\u20091.0100", band(1, 1.0000005): "1.000000\u2009–\u20091.000001",
		aligned(123)(-4.5678): "−4.57", aligned(0.5)(0.25): "0.25000", aligned(2)(-1e-9): "0.0000", setting(1e-8): "1e-8", setting([]string{"a", "b"}): "a, b", setting(true): "yes", visible(" "): "␣", visible("\n"): "↵",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestInBrowser opens a report in headless Chromium: it is drawn, and nothing is said on its console. SPECTRAL_CHROMIUM names another program;
// SPECTRAL_SCREENSHOT a file that keeps the picture.
func TestInBrowser(t *testing.T) {
	browser := os.Getenv("SPECTRAL_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("there is no Chromium; install it, or name it in SPECTRAL_CHROMIUM: at 300 MB it is more than a test may install by itself")
	}
	dev := device(t)
	r := trained(t, dev, "adding", 0, func(c *train.Config) { c.Steps, c.EvalEvery = 60, 10 })
	page := filepath.Join(t.TempDir(), "report.html")
	text := html(t, r)
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := func(args ...string) (string, string) {
		cmd := exec.CommandContext(ctx, browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir()}, args...)...)
		var out, log bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &log
		if err := cmd.Run(); err != nil {
			if os.Getenv("SPECTRAL_CHROMIUM") != "" {
				t.Fatalf("%v: %.500s", err, log.String())
			}
			t.Skipf("Chromium does not run here: %v: %.500s", err, log.String())
		}
		return out.String(), log.String()
	}
	shot := os.Getenv("SPECTRAL_SCREENSHOT")
	if shot == "" {
		shot = filepath.Join(t.TempDir(), "shot.png")
	}
	dom, log := run("--dump-dom", "file://"+page)
	if strings.Contains(log, ":CONSOLE") {
		t.Errorf("on the console: %s", log)
	}
	if got, want := strings.Count(dom, "<svg"), strings.Count(text, "<svg"); got != want || want < 5 {
		t.Errorf("%d pictures in the browser's document, %d in the file", got, want)
	}
	if got, want := strings.Count(dom, "<path"), strings.Count(text, "<path"); got != want {
		t.Errorf("%d curves in the browser's document, %d in the file: one of them is not well formed", got, want)
	}
	run("--screenshot="+shot, "--window-size=1100,1400", "file://"+page)
	if info, err := os.Stat(shot); err != nil || info.Size() < 50_000 {
		t.Errorf("the screenshot shows little: %v, %v", info, err)
	}
}
