//go:build cgo

package vulkan

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// twoTiles are quick to compile on a processor.
var twoTiles = []shaders.GemmTile{{LocalSizeX: 8, LocalSizeY: 1, TM: 8, TN: 1, KC: 64}, {LocalSizeX: 32, LocalSizeY: 1, TM: 1, TN: 1, KC: 64}}

// tuning is a device with two tiles for products and a product that is worth tuning.
type tuning struct {
	t        *testing.T
	exec     *device
	dev      *gpu.Device
	op       gpu.Gemm
	messages []string
}

// newTuning opens a device with a cache folder; close it before another one is to read what it kept.
func newTuning(t *testing.T, dir string, mode gpu.Tuning) *tuning {
	t.Helper()
	needDevice(t)
	u := &tuning{t: t}
	var err error
	u.exec, err = open(0, gpu.Options{CacheDir: dir, Tuning: mode, OnMessage: func(m gpu.Message) { u.messages = append(u.messages, m.Severity+": "+m.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	u.exec.limits.GemmTiles = twoTiles
	u.exec.tuner.left = time.Hour // however slow the machine is
	u.dev = gpu.NewDevice(u.exec)
	const m, n, k = 96, 100, 1100
	u.op = gpu.Gemm{Alpha: 1, A: u.filled(m, k), B: u.filled(k, n), C: u.filled(m, n)}
	return u
}

func (u *tuning) filled(rows, cols int) gpu.View {
	b := newBuffer(u.t, u.dev, "operand", rows*cols, gpu.DeviceOnly)
	if err := b.Write(0, randoms(uint64(rows), rows*cols)); err != nil {
		u.t.Fatal(err)
	}
	return b.View(0, rows, cols)
}

func (u *tuning) close() {
	u.t.Helper()
	for _, v := range []gpu.View{u.op.A, u.op.B, u.op.C} {
		v.Buf.Close()
	}
	if err := u.dev.Close(); err != nil {
		u.t.Error(err)
	}
}

// result compiles and runs the product, and returns it, with the plan.
func (u *tuning) result() (values []float32, plan string) {
	u.t.Helper()
	p, err := u.dev.Compile("product", u.op)
	if err != nil {
		u.t.Fatal(err)
	}
	defer p.Close()
	run(u.t, p)
	return read(u.t, u.op.C.Buf), p.Plan()[0]
}

func (u *tuning) said(part string) bool {
	return slices.ContainsFunc(u.messages, func(m string) bool { return strings.Contains(m, part) })
}

// tuneFileIn returns the one tuning file of a folder.
func tuneFileIn(t *testing.T, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.tuning"))
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	return files[0]
}

// prefer makes the tile with the given number in the model's order the tuned one in a folder's file.
func prefer(t *testing.T, dir string, number int) (id string) {
	t.Helper()
	u := newTuning(t, dir, gpu.TuningStored)
	defer u.close()
	class := u.exec.tunables([]gpu.Op{u.op})[0]
	id = class.tiles[number].id
	if _, err := u.exec.saveTunings(tuneFileIn(t, dir), tunings{class.key: {Tile: id, Gain: 2}}); err != nil {
		t.Fatal(err)
	}
	return id
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// TestTuneFirst: what is worth it is measured when a program is compiled, once, with one message before and one after; the next
// start measures nothing and gives the same bits.
func TestTuneFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first := newTuning(t, dir, gpu.TuningAuto)
	want, plan := first.result()
	if !first.said("info: tuning 1 operations for "+first.dev.Info().Name) || !first.said("info: tuned 1 operations in") || len(first.messages) != 2 {
		t.Errorf("messages %q", first.messages)
	}
	if again, _ := first.result(); !sameBits(again, want) || len(first.messages) != 2 {
		t.Errorf("compiled again: other bits, or messages %q", first.messages)
	}
	first.close()
	table, err := readTunings(atomicfile.OS{}, tuneFileIn(t, dir), first.exec.fileOwner())
	if err != nil || len(table) != 1 || table["gemm nn 96×112×1280"].Tile == "" || table["gemm nn 96×112×1280"].Gain < 1 {
		t.Fatalf("kept %v, %v", table, err)
	}
	for _, mode := range []gpu.Tuning{gpu.TuningAuto, gpu.TuningStored} {
		second := newTuning(t, dir, mode)
		got, p := second.result()
		if !sameBits(got, want) || p != plan || len(second.messages) != 0 {
			t.Errorf("second start, mode %d: plan %q, want %q; messages %q", mode, p, plan, second.messages)
		}
		second.close()
	}
}

// TestTunedPlan: the tile that was measured best is taken by the modes that take it, and a tile that does not exist is not.
func TestTunedPlan(t *testing.T) {
	dir := t.TempDir()
	first := newTuning(t, dir, gpu.TuningAuto)
	first.result()
	plans := len(gemmCandidates(gemmShapeOf(first.op), first.exec.limits))
	first.close()
	if plans <= len(twoTiles) {
		t.Errorf("%d plans: no other shares of K", plans)
	}
	for number := range plans {
		id := prefer(t, dir, number)
		for _, mode := range []gpu.Tuning{gpu.TuningOff, gpu.TuningStored, gpu.TuningAuto} {
			u := newTuning(t, dir, mode)
			list := gemmCandidates(gemmShapeOf(u.op), u.exec.limits)
			want := list[0]
			if mode != gpu.TuningOff {
				want = list[number]
				if want.id() != id {
					t.Fatalf("%q is not tile %d, %q", id, number, want.id())
				}
			}
			if _, plan := u.result(); !strings.HasPrefix(plan, "gemm: "+want.String()) {
				t.Errorf("tile %d, mode %d: plan %q, want %v", number, mode, plan, want)
			}
			u.close()
		}
	}
	u := newTuning(t, dir, gpu.TuningStored)
	defer u.close()
	class := u.exec.tunables([]gpu.Op{u.op})[0]
	u.exec.setTunings(tunings{class.key: {Tile: "gemm of another kind"}})
	if _, plan := u.result(); !strings.HasPrefix(plan, "gemm: "+class.tiles[0].text) {
		t.Errorf("unknown tile: plan %q", plan)
	}
}

// TestTuneBudget: without time left nothing is measured, the estimate is kept, and the next start does not measure it either.
func TestTuneBudget(t *testing.T) {
	dir := t.TempDir()
	u := newTuning(t, dir, gpu.TuningAuto)
	u.exec.tuner.left = 0
	_, plan := u.result()
	if u.said("once, for") || !u.said("left 1 to the estimate") {
		t.Errorf("messages %q", u.messages)
	}
	u.close()
	next := newTuning(t, dir, gpu.TuningAuto)
	defer next.close()
	if _, p := next.result(); p != plan || len(next.messages) != 0 {
		t.Errorf("next start: plan %q, want %q; messages %q", p, plan, next.messages)
	}
}

// TestTuneUntil: no candidate is begun after the end of an effort, and one that might outlast it is not begun either.
func TestTuneUntil(t *testing.T) {
	u := newTuning(t, t.TempDir(), gpu.TuningOff)
	defer u.close()
	class := u.exec.tunables([]gpu.Op{u.op})[0]
	for _, left := range []time.Duration{-time.Second, time.Nanosecond} {
		e := u.exec.quick(left)
		if result, choice, err := u.exec.measure(context.Background(), class, e); err != nil || choice.Tile != "" || result.Candidates != 0 {
			t.Errorf("%v left: %+v, %+v, %v", left, result, choice, err)
		}
	}
	if result, choice, err := u.exec.measure(context.Background(), class, u.exec.quick(time.Hour)); err != nil || choice.Tile == "" || result.Candidates != len(class.tiles) {
		t.Errorf("an hour left: %+v, %+v, %v", result, choice, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := u.exec.measure(ctx, class, u.exec.thorough()); err == nil {
		t.Error("measured although interrupted")
	}
}

// TestTuneBadFile: a file that is damaged or foreign is one warning with its name, and is replaced.
func TestTuneBadFile(t *testing.T) {
	dir := t.TempDir()
	first := newTuning(t, dir, gpu.TuningAuto)
	first.result()
	first.close()
	file := tuneFileIn(t, dir)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	own := first.exec.fileOwner()
	own.Driver = "another driver"
	for name, content := range map[string][]byte{"damaged": good[:len(good)-5], "foreign": tuneFileOf(t, own, testTable), "empty": nil} {
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
		u := newTuning(t, dir, gpu.TuningAuto)
		if len(u.messages) != 1 || !strings.HasPrefix(u.messages[0], "warning: tuning ignored: "+file) {
			t.Errorf("%s: messages %q", name, u.messages)
		}
		u.result()
		u.close()
		if table, err := readTunings(atomicfile.OS{}, file, u.exec.fileOwner()); err != nil || len(table) != 1 {
			t.Errorf("%s: afterwards %v, %v", name, table, err)
		}
	}
}

// TestTuneUnwritable: without a place to keep the result nothing is measured, since the next start could not have the same tiles.
func TestTuneUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(file, "sub"), "off"} {
		u := newTuning(t, dir, gpu.TuningAuto)
		list := gemmCandidates(gemmShapeOf(u.op), u.exec.limits)
		if _, plan := u.result(); !strings.HasPrefix(plan, "gemm: "+list[0].String()) {
			t.Errorf("plan %q", plan)
		}
		u.result()
		p, err := u.dev.Compile("product", u.op)
		if err != nil {
			t.Fatal(err)
		}
		if err := u.dev.Tune(context.Background(), nil, p); (err == nil) != (dir == "off") {
			t.Errorf("%s: error %v", dir, err)
		}
		p.Close()
		const warning = "warning: not tuned, because it cannot be kept"
		said := slices.DeleteFunc(u.messages, func(m string) bool {
			return strings.Contains(m, "pipeline cache ignored") || strings.Contains(m, "tuning ignored")
		})
		if dir != "off" && (len(said) != 1 || !strings.HasPrefix(said[0], warning)) || dir == "off" && len(said) != 0 {
			t.Errorf("%s: messages %q", dir, said)
		}
		u.close()
	}
}

// TestTune measures everything, keeps it beside what was kept of other shapes, and leaves buffers alone.
func TestTune(t *testing.T) {
	dir := t.TempDir()
	u := newTuning(t, dir, gpu.TuningStored)
	defer u.close()
	if _, err := u.exec.saveTunings(u.exec.tuner.file, tunings{"another": {Tile: "x", Gain: 3}}); err != nil {
		t.Fatal(err)
	}
	before, _ := u.result()
	p, err := u.dev.Compile("product", u.op)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var reports []gpu.Tuned
	err = u.dev.Tune(context.Background(), func(done, total int, r gpu.Tuned) {
		reports = append(reports, r)
		if done != len(reports) || total != 1 {
			t.Errorf("report %d of %d", done, total)
		}
	}, p)
	if err != nil || len(reports) != 1 {
		t.Fatalf("%v, %v", reports, err)
	}
	r := reports[0]
	if r.Op != "gemm" || r.Candidates < len(twoTiles) || r.Gain() < 1 || r.After <= 0 || !strings.HasPrefix(r.Estimate, "tile ") {
		t.Errorf("%+v", r)
	}
	if got := read(t, u.op.C.Buf); !sameBits(got, before) {
		t.Error("tuning changed a buffer")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := u.dev.Tune(ctx, nil, p); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	table, err := readTunings(atomicfile.OS{}, tuneFileIn(t, dir), u.exec.fileOwner())
	if err != nil || len(table) != 2 || table["another"].Gain != 3 || table[r.Shape].Tile == "" {
		t.Errorf("kept %v, %v", table, err)
	}
}

// TestConcurrentTuning: programs that are compiled at once are measured once and get the same tiles; and while several processes keep
// what they measured, here two devices, a reader always finds a whole file.
func TestConcurrentTuning(t *testing.T) {
	dir := t.TempDir()
	a, b := newTuning(t, dir, gpu.TuningAuto), newTuning(t, dir, gpu.TuningStored)
	var wait, reading sync.WaitGroup
	done := make(chan struct{})
	reading.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := readTunings(atomicfile.OS{}, b.exec.tuner.file, b.exec.fileOwner()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	plans := make([]string, 4)
	for i := range plans {
		wait.Go(func() {
			p, err := a.dev.Compile("product", a.op)
			if err != nil {
				t.Error(err)
				return
			}
			plans[i] = p.Plan()[0]
			p.Close()
		})
		wait.Go(func() {
			for j := range 20 {
				if _, err := b.exec.saveTunings(b.exec.tuner.file, tunings{strings.Repeat("shape", 100*j): {Tile: "x", Gain: float64(i)}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	close(done)
	reading.Wait()
	if plans[0] == "" || slices.ContainsFunc(plans, func(p string) bool { return p != plans[0] }) {
		t.Errorf("plans %q", plans)
	}
	if len(a.messages) != 2 {
		t.Errorf("messages %q", a.messages)
	}
	a.close()
	b.close()
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
