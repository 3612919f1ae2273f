package fake_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

func TestMemoryIsCountedAndKeepsWhatIsWritten(t *testing.T) {
	dev, x := fake.Open()
	a, err := dev.NewBuffer("a", 10, gpu.DeviceToHost)
	if err != nil {
		t.Fatal(err)
	}
	b, err := dev.NewBuffer("b", 1<<40, gpu.DeviceOnly) // never touched, so never reserved
	if err != nil {
		t.Fatal(err)
	}
	if now, peak := x.Words(); now != 10+1<<40 || peak != now {
		t.Errorf("%d words alive, at most %d; want %d", now, peak, 10+1<<40)
	}
	b.Close()
	if now, peak := x.Words(); now != 10 || peak != 10+1<<40 {
		t.Errorf("%d words alive, at most %d; want 10 and %d", now, peak, 10+1<<40)
	}
	if err := a.Write(2, []float32{5, 6}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, 0, 5, 6, 0, 0, 0, 0, 0, 0}, a.Host()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"buffer a"}, x.Live()); diff != "" {
		t.Error(diff)
	}
	a.Close()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	dev, x := fake.Open()
	defer dev.Close()
	x.FailAllocation(2)
	a, err := dev.NewBuffer("a", 10, gpu.HostToDevice)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := dev.NewBuffer("b", 10, gpu.DeviceOnly); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("the second allocation: %v, want out of memory", err)
	}
	x.FailAllocation(1)
	if _, err := dev.Compile("p", gpu.Fill{Y: a.All()}); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("the recording: %v, want out of memory", err)
	}
	p, err := dev.Compile("p", gpu.Fill{Y: a.All()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	x.FailRun(2)
	if err := p.Run(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := p.Run(); !errors.Is(err, gpu.ErrDeviceLost) {
			t.Errorf("run after the failure: %v, want device lost", err)
		}
	}
	if n := x.Programs()[0].Runs(); n != 1 {
		t.Errorf("%d successful runs, want 1", n)
	}
	if s := p.Stats(); s != (gpu.Stats{Submits: 1, Dispatches: 1, Copies: 1}) {
		t.Errorf("stats %+v", s)
	}
}

func TestBarriersAndFullSync(t *testing.T) {
	dev, x := fake.Open()
	defer dev.Close()
	a, err := dev.NewBuffer("a", 64, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ops := []gpu.Op{
		gpu.Fill{Y: a.View(0, 1, 32)}, gpu.Fill{Y: a.View(32, 1, 32)}, gpu.Copy{Y: a.View(32, 1, 16), X: a.View(0, 1, 16)}, gpu.Fill{Y: a.View(16, 1, 16)},
		gpu.Fill{Y: a.View(0, 1, 1)},
	}
	for _, c := range []struct {
		full bool
		want []bool
	}{{false, []bool{false, false, true, false, true}}, {true, []bool{false, true, true, true, true}}} {
		x.FullSync(c.full)
		p, err := dev.CompileWith(gpu.CompileOptions{Name: "p", Timestamps: c.full}, ops...)
		if err != nil {
			t.Fatal(err)
		}
		programs := x.Programs()
		if diff := cmp.Diff(c.want, programs[len(programs)-1].Barriers); diff != "" {
			t.Errorf("full=%t: %s", c.full, diff)
		}
		if got := len(p.Times()); c.full && got != len(ops) || !c.full && got != 0 {
			t.Errorf("full=%t: %d times", c.full, got)
		}
		if len(p.Plan()) != len(ops) {
			t.Errorf("plan %q", p.Plan())
		}
		p.Close()
		if !programs[len(programs)-1].Closed() {
			t.Error("the program is still open")
		}
	}
}

func TestOpenBySelector(t *testing.T) {
	dev, err := gpu.Open("fake", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if k := dev.Info().Kind; k != gpu.Fake {
		t.Errorf("kind %s", k)
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
}
