package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile/faultfs"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// sharedRun is a run that several ranks, goroutines of this process, train together.
type sharedRun struct {
	cfg  Config
	data string                                            // folder
	wrap func(rank int, t ranks.Transport) ranks.Transport // of a rank's messages, nil for none
}

// do trains with so many ranks, 1 of them being a run without a group, and returns the error of each. change may alter the options of a rank.
func (r sharedRun) do(t testing.TB, size int, dir string, change func(rank int, o *Options) context.Context) []error {
	t.Helper()
	transports := ranks.InProcess(size)
	errs := make([]error, size)
	var all sync.WaitGroup
	for rank := range size {
		dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		task, err := r.cfg.OpenTask(r.data)
		if err != nil {
			t.Fatal(err)
		}
		defer task.Close()
		o := Options{Dev: dev, Task: task}
		if size > 1 {
			through := transports[rank]
			if r.wrap != nil {
				through = r.wrap(rank, through)
			}
			o.Ranks = ranks.New(through)
		}
		if rank == 0 {
			o.Folder = Folder{Dir: dir}
		}
		ctx := context.Background()
		if change != nil {
			ctx = change(rank, &o)
		}
		all.Go(func() { _, errs[rank] = Run(ctx, r.cfg, o) })
	}
	all.Wait()
	return errs
}

// must is do for a run that comes to its end.
func (r sharedRun) must(t testing.TB, size int, change func(rank int, o *Options) context.Context) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := errors.Join(r.do(t, size, dir, change)...); err != nil {
		t.Fatalf("%d ranks: %v", size, err)
	}
	return dir
}

// resume goes on with a run.
func resume(_ int, o *Options) context.Context {
	o.Resume = true
	return context.Background()
}

// sharedRuns are runs of 200 steps in which everything occurs that is split among ranks: sequences and streams, padded last batches, masks and noise, targets
// that do not count, a tail, early stopping and plateaus on the validation split, batches that the ranks cannot share evenly.
func sharedRuns(t *testing.T) map[string]sharedRun {
	dir := t.TempDir()
	if err := datatest.WriteMNIST(dir, 150, 40, 3); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text.txt")
	if err := os.WriteFile(text, []byte(babble(1300)), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SPECTRAL_CUT", "everywhere")
	runs := map[string]sharedRun{}
	add := func(name, task string, d data.Config, change func(c *Config)) {
		c := Config{Task: task, Config: d, Seed: 5, Optimizer: model.DefaultOptimizer(), Steps: 200, EvalEvery: 50, SaveEvery: 25}
		c.Optimizer.Warmup = 20
		opened, err := c.OpenTask(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		c.Model = model.DefaultConfig(opened.Spec())
		c.Model.Batch, c.Model.Hidden, c.Model.Reflectors = 7, 8, 3
		change(&c)
		runs[name] = sharedRun{cfg: c, data: dir}
	}
	add("copy", "copy", data.Config{Length: 5, ValidSize: 20, TestSize: 9}, func(c *Config) {})
	add("MNIST rows", "mnist", data.Config{Length: 28, ValidSize: 30}, func(c *Config) { c.Optimizer.Schedule, c.Optimizer.Plateau = model.Plateau, 1 })
	add("text with carried state", "text:"+text, data.Config{Length: 6}, func(c *Config) { c.Model.Cell, c.Model.Layers = "spectral-lstm", 2 })
	add("spectral-mlp", "mnist", data.Config{Length: 1, ValidSize: 30}, func(c *Config) { c.Model.Cell, c.Model.Layers = "spectral-mlp", 3 })
	add("pieces", "copy", data.Config{Length: 5, ValidSize: 20, TestSize: 9}, func(c *Config) {
		c.Model.Cell, c.Model.Layers, c.Model.Hidden, c.Model.Activation = "rnn", 2, 97, "tanh" // of 28,000 words, 19,000 travel beside the way back
	})
	add("masks and noise", "adding", data.Config{Length: 6, ValidSize: 10, TestSize: 9}, func(c *Config) {
		m := &c.Model
		m.Layers, m.Dropout, m.DropoutState, m.Initial, m.InitialNoise = 2, 0.3, 0.4, "noise", 0.5
	})
	add("masks over time", "copy", data.Config{Length: 5, ValidSize: 20, TestSize: 9}, func(c *Config) {
		// Of leaky ReLU, whose slope jumps at 0, rounding once in 200 steps decides on which side a state is.
		c.Model.Dropout, c.Model.DropoutOverTime, c.Model.Activation = 0.3, true, "tanh"
	})
	return runs
}

// babble is a text of so many words of a small vocabulary, in an order that can be learned in part.
func babble(words int) string {
	src, list := philox.New(8, 8), strings.Fields("the a cat dog sat ran here there and")
	var b strings.Builder
	for i := range words {
		b.WriteString(list[(i*i+src.IntN(3))%len(list)] + " ")
	}
	return b.String()
}

// TestRanksTrainAsOne: the losses, evaluations and counts of 2 and 4 ranks are those of one process, two runs are the same bit for bit, and the first
// checkpoint does not tell how many there are.
func TestRanksTrainAsOne(t *testing.T) {
	for name, r := range sharedRuns(t) {
		t.Run(name, func(t *testing.T) {
			alone := r.must(t, 1, nil)
			for _, size := range []int{2, 4} {
				one, two := r.must(t, size, nil), r.must(t, size, nil)
				if d := difference(folderOf(t, one), folderOf(t, two)); d != "" {
					t.Errorf("two runs of %d ranks: %s", size, d)
				}
				if d := worstRow(t, alone, one); d > 1e-4 {
					t.Errorf("%d ranks: a number of metrics.csv differs by %.2g from that of one process", size, d)
				}
			}
		})
	}
}

// worstRow returns the largest difference of losses and accuracies of two runs, infinity where their rows are others.
func worstRow(t *testing.T, a, b string) (worst float64) {
	t.Helper()
	read := func(dir string) (rows []Row) {
		if err := (Folder{Dir: dir}).Rows(func(r Row) error { rows = append(rows, r); return nil }); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	x, y := read(a), read(b)
	if len(x) != len(y) || len(x) < 200 {
		t.Fatalf("%d and %d rows", len(x), len(y))
	}
	for i := range x {
		if x[i].Step != y[i].Step || x[i].Split != y[i].Split || x[i].Best != y[i].Best {
			return math.Inf(1)
		}
		d := math.Abs(x[i].Loss - y[i].Loss)
		if !(d <= worst) {
			worst = d
		}
	}
	return worst
}

// TestRanksResume: a run that is interrupted with 2 ranks goes on with 2 to the same folder, bit for bit, and with 1, 3 and 4 to the same losses. All ranks
// are told by the vote of one.
func TestRanksResume(t *testing.T) {
	for name, r := range sharedRuns(t) {
		t.Run(name, func(t *testing.T) {
			calm := r.must(t, 2, nil)
			for _, size := range []int{2, 1, 3, 4} {
				dir := r.interrupted(t, 2, 110)
				if err := errors.Join(r.do(t, size, dir, resume)...); err != nil {
					t.Fatalf("resumed with %d: %v", size, err)
				}
				if d := difference(folderOf(t, calm), folderOf(t, dir)); size == 2 && d != "" {
					t.Errorf("resumed with 2: %s", d)
				}
				if d := worstRow(t, calm, dir); d > 1e-4 {
					t.Errorf("resumed with %d: a loss differs by %.2g", size, d)
				}
			}
		})
	}
}

// interrupted trains with so many ranks until a step at which the last of them is told to stop.
func (r sharedRun) interrupted(t *testing.T, size int, step int64) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for rank, err := range r.do(t, size, dir, func(rank int, o *Options) context.Context {
		if rank < size-1 {
			return context.Background()
		}
		o.Observe = func(e Event) {
			if e, ok := e.(StepEvent); ok && e.Step == step {
				cancel()
			}
		}
		return ctx
	}) {
		if !errors.Is(err, ErrInterrupted) {
			t.Fatalf("rank %d: %v, want ErrInterrupted", rank, err)
		}
	}
	ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
	if err != nil || ck.Position.Step != step+1 {
		t.Fatalf("interrupted at step %d, saved at %d: %v", step, ck.Position.Step, err)
	}
	return dir
}

// TestRanksFail: whatever happens to one rank, all end, with a message that names it, and the checkpoint is good.
func TestRanksFail(t *testing.T) {
	all := sharedRuns(t)
	r := all["copy"]
	for name, tt := range map[string]struct {
		change func(o *Options, c *Config)
		want   error
		text   string
	}{
		"no data any more": {func(o *Options, _ *Config) {
			o.Task = hooked{o.Task, func(data.Split, int, data.Batch) { o.Task.Close() }}
		}, nil, "closed"},
		"other data": {func(o *Options, c *Config) {
			other := *c
			other.TestSize = 8
			o.Task, _ = other.OpenTask("")
		}, model.ErrConfig, "the data"},
	} {
		for odd := range 3 {
			t.Run(fmt.Sprint(name, " on rank ", odd), func(t *testing.T) {
				dir := t.TempDir()
				for rank, err := range r.do(t, 3, dir, func(rank int, o *Options) context.Context {
					if rank == odd {
						tt.change(o, &r.cfg)
					}
					return context.Background()
				}) {
					var of *ranks.Error
					named := errors.As(err, &of) && (of.Rank == odd || tt.want != nil && odd == 0)
					if err == nil || rank != odd && !named || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
						t.Errorf("rank %d: %v", rank, err)
					}
				}
				if _, err := model.Load(Folder{Dir: dir}.Checkpoint()); tt.want == nil && err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// breaking is a transport that fails when a piece of gradients is to travel.
type breaking struct {
	ranks.Transport
	after int // pieces
}

func (b *breaking) Exchange(out, in [][]byte, awaited *atomic.Bool) error {
	for r, m := range out {
		if r != b.Rank() && len(m) >= 64<<10 {
			if b.after--; b.after == 0 {
				return errors.New("the cable is cut")
			}
			break
		}
	}
	return b.Transport.Exchange(out, in, awaited)
}

// TestRanksFailInAPiece: a rank that fails while a piece of its gradients travels ends all, which name it; the checkpoint is good.
func TestRanksFailInAPiece(t *testing.T) {
	for _, size := range []int{2, 3} {
		for odd := range size {
			r := sharedRuns(t)["pieces"]
			r.wrap = func(rank int, t ranks.Transport) ranks.Transport {
				if rank != odd {
					return t
				}
				return &breaking{t, 60}
			}
			dir := t.TempDir()
			for rank, err := range r.do(t, size, dir, nil) {
				var of *ranks.Error
				if err == nil || !strings.Contains(err.Error(), "the cable is cut") || errors.As(err, &of) != (rank != odd) || rank != odd && of.Rank != odd {
					t.Errorf("rank %d: %v, want an end by rank %d", rank, err, odd)
				}
			}
			ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
			if err != nil || ck.Position.Step < 25 {
				t.Errorf("rank %d: a checkpoint of step %d, %v", odd, ck.Position.Step, err)
			}
		}
	}
}

// TestRanksEveryFullDisk: the disk is full at every operation of a run of two ranks: both end, and it goes on to what it would have been.
func TestRanksEveryFullDisk(t *testing.T) {
	r := sharedRuns(t)["copy"]
	r.cfg.Steps, r.cfg.EvalEvery, r.cfg.SaveEvery = 8, 4, 3
	with := func(f *faultfs.FS) func(int, *Options) context.Context {
		return func(rank int, o *Options) context.Context {
			if rank == 0 {
				o.files = f
			}
			return context.Background()
		}
	}
	quiet := faultfs.New(faultfs.Full, 0)
	want := folderOf(t, r.must(t, 2, with(quiet)))
	for k := 1; k <= len(quiet.Ops()); k += 3 {
		dir, f := t.TempDir(), faultfs.New(faultfs.Full, k)
		errs := r.do(t, 2, dir, with(f))
		if errs[0] != nil && !errors.Is(errs[0], ErrDiskFull) {
			t.Errorf("operation %d: %v", k, errs)
		}
		change := resume
		if _, err := os.Stat(Folder{Dir: dir}.Config()); err != nil {
			change = nil
		}
		if err := errors.Join(r.do(t, 2, dir, change)...); err != nil {
			t.Fatalf("operation %d: resume: %v", k, err)
		}
		if d := difference(want, folderOf(t, dir)); d != "" {
			t.Errorf("operation %d: after resuming: %s", k, d)
		}
	}
}

// TestRanksDiverge: a number that is not finite ends all ranks alike.
func TestRanksDiverge(t *testing.T) {
	r := sharedRuns(t)["masks and noise"]
	r.cfg.Optimizer.LR, r.cfg.Optimizer.Clip, r.cfg.Optimizer.Name = 1e3, 0, "sgd"
	for rank, err := range r.do(t, 3, t.TempDir(), nil) {
		if !errors.Is(err, ErrDiverged) {
			t.Errorf("rank %d: %v, want ErrDiverged", rank, err)
		}
	}
}

// TestMoreRanksThanRows: refused, with what to do.
func TestMoreRanksThanRows(t *testing.T) {
	r := sharedRuns(t)["copy"]
	r.cfg.Model.Batch = 3
	for rank, err := range r.do(t, 4, t.TempDir(), nil) {
		if !errors.Is(err, model.ErrConfig) || !strings.Contains(err.Error(), "start 3 ranks") {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}
