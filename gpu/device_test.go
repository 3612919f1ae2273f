package gpu_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

func TestCloseNamesWhatLeaks(t *testing.T) {
	dev, x := fake.Open()
	weights, states := buffer(t, dev, "weights", 10), buffer(t, dev, "states", 20)
	step, err := dev.Compile("step", gpu.Copy{Y: weights.View(0, 1, 5), X: states.View(0, 1, 5)})
	if err != nil {
		t.Fatal(err)
	}
	closed := buffer(t, dev, "closed", 30)
	closed.Close()
	err = dev.Close()
	if !errors.Is(err, gpu.ErrLeak) {
		t.Fatalf("error %v, want %v", err, gpu.ErrLeak)
	}
	for _, name := range []string{"buffer weights", "buffer states", "program step"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "closed,") || strings.Contains(err.Error(), "buffer closed") {
		t.Errorf("%q names what was closed", err)
	}
	if live := x.Live(); len(live) > 0 {
		t.Errorf("still alive: %q", live)
	}
	if err := dev.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if err := step.Run(); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("a program of a closed device ran: %v", err)
	}
}

func TestCloseOfATidyDevice(t *testing.T) {
	dev, _ := fake.Open()
	b := buffer(t, dev, "b", 10)
	b.Close()
	b.Close() // again is no error
	var none *gpu.Buffer
	none.Close()
	var noProgram *gpu.Program
	noProgram.Close()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
}

func TestBytesCountsWhatIsAlive(t *testing.T) {
	dev, _ := open(t)
	a, b := buffer(t, dev, "a", 100), buffer(t, dev, "b", 50)
	a.Close()
	if now, peak := dev.Bytes(); now != 200 || peak != 600 {
		t.Errorf("%d bytes, at most %d; want 200 and 600", now, peak)
	}
	b.Close()
	if now, peak := dev.Bytes(); now != 0 || peak != 600 {
		t.Errorf("%d bytes, at most %d; want 0 and 600", now, peak)
	}
}

func TestClosedObjects(t *testing.T) {
	dev, _ := fake.Open()
	b, live := buffer(t, dev, "b", 10), buffer(t, dev, "live", 10)
	over, err := dev.Compile("over b", gpu.Fill{Y: b.All()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := dev.Compile("p", gpu.Fill{Y: live.All()})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	p.Close()
	p.Close() // again is no error
	check := func(what string, err error, name string) {
		t.Helper()
		if !errors.Is(err, gpu.ErrClosed) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v of %s", what, err, gpu.ErrClosed, name)
		}
	}
	check("write", b.Write(0, []float32{1}), "b")
	check("read", b.Read(0, make([]float32, 1)), "b")
	_, err = gpu.ReadView(b.All())
	check("read of a view", err, "b")
	_, err = dev.Compile("q", gpu.Fill{Y: b.All()})
	check("compile over a closed buffer", err, "buffer b")
	check("run over a closed buffer", over.Run(), "buffer b")
	check("run of a closed program", p.Run(), "p")
	if b.Host() != nil || b.HostInts() != nil {
		t.Error("a closed buffer has host memory")
	}
	if p.Stats() != (gpu.Stats{}) || p.Plan() != nil || p.Times() != nil {
		t.Error("a closed program has statistics, a plan or times")
	}
	over.Close()
	live.Close()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	_, err = dev.NewBuffer("late", 1, gpu.DeviceOnly)
	check("a buffer on a closed device", err, "fake device")
	_, err = dev.Compile("late")
	check("a program on a closed device", err, "fake device")
}

func TestCompileChecksItsOperations(t *testing.T) {
	dev, x := open(t)
	other, _ := open(t)
	a, b := buffer(t, dev, "a", 10), buffer(t, other, "elsewhere", 10)
	good := gpu.Fill{Y: a.All()}
	for _, c := range []struct {
		name, want string
		op         gpu.Op
	}{
		{"a bad shape", "operation 1", gpu.Copy{Y: a.View(0, 1, 3), X: a.View(5, 1, 4)}},
		{"another device", "elsewhere", gpu.Copy{Y: a.View(0, 1, 3), X: b.View(0, 1, 3)}},
		{"nothing", "operation 1", nil},
	} {
		_, err := dev.Compile("p", good, c.op)
		if !errors.Is(err, gpu.ErrShape) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %v that names %s", c.name, err, gpu.ErrShape, c.want)
		}
	}
	if n := len(x.Programs()); n != 0 {
		t.Errorf("%d programs reached the executor", n)
	}
	if _, err := dev.NewBuffer("negative", -1, gpu.DeviceOnly); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("a buffer of −1 words: %v", err)
	}
}

func TestProgramTellsWhatItIs(t *testing.T) {
	dev, x := open(t)
	a := buffer(t, dev, "a", 32)
	ops := []gpu.Op{gpu.Fill{Y: a.View(0, 4, 4)}, gpu.Gemm{C: a.View(16, 4, 4), A: a.View(0, 4, 4), B: a.View(0, 4, 4), Alpha: 1}}
	p, err := dev.CompileWith(gpu.CompileOptions{Name: "p", Timestamps: true}, ops...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ops[0] = nil // the program has its own list
	if p.Name() != "p" || len(p.Ops()) != 2 || p.Ops()[0] == nil || len(p.Plan()) != 2 || len(p.Times()) != 2 {
		t.Errorf("%s: %v, %v, %v", p.Name(), p.Ops(), p.Plan(), p.Times())
	}
	if got, want := p.Cost(), (gpu.Cost{Flops: 2 * 64, Bytes: 4 * (16 + 48)}); got != want {
		t.Errorf("cost %+v, want %+v", got, want)
	}
	if got, want := p.Stats(), (gpu.Stats{Submits: 1, Dispatches: 2, Barriers: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for range 3 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if n := x.Programs()[0].Runs(); n != 3 {
		t.Errorf("%d runs, want 3", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = p.Run() }); n != 0 {
		t.Errorf("a run allocates %v times", n)
	}
}

func TestRunPassesOnALostDevice(t *testing.T) {
	dev, x := open(t)
	p, err := dev.Compile("step", gpu.Fill{Y: buffer(t, dev, "a", 1).All()})
	if err != nil {
		t.Fatal(err)
	}
	x.FailRun(1)
	if err := p.Run(); !errors.Is(err, gpu.ErrDeviceLost) || !strings.Contains(err.Error(), "step") {
		t.Errorf("%v, want %v of step", err, gpu.ErrDeviceLost)
	}
}

// plan allocates three buffers and two programs, and undoes what it did where one fails: the shape of all code over this package.
func plan(dev *gpu.Device) (undo func(), err error) {
	var buffers []*gpu.Buffer
	var programs []*gpu.Program
	undo = func() {
		for _, p := range programs {
			p.Close()
		}
		for _, b := range buffers {
			b.Close()
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		b, err := dev.NewBuffer(name, 8, gpu.DeviceOnly)
		if err != nil {
			undo()
			return nil, err
		}
		buffers = append(buffers, b)
	}
	for i, name := range []string{"p", "q"} {
		p, err := dev.Compile(name, gpu.Copy{Y: buffers[i].All(), X: buffers[i+1].All()})
		if err != nil {
			undo()
			return nil, err
		}
		programs = append(programs, p)
	}
	return undo, nil
}

// TestAllocationFailures fails each allocation in turn: the error names it, and nothing stays alive.
func TestAllocationFailures(t *testing.T) {
	dev, x := fake.Open()
	x.FailAllocation(0)
	undo, err := plan(dev)
	if err != nil {
		t.Fatal(err)
	}
	undo()
	n := x.Allocations()
	if n != 5 {
		t.Fatalf("%d allocations, want 5", n)
	}
	for i := 1; i <= n; i++ {
		x.FailAllocation(i)
		_, err := plan(dev)
		name := []string{"buffer a", "buffer b", "buffer c", "program p", "program q"}[i-1]
		if !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), name) {
			t.Errorf("allocation %d: %v, want %v of %s", i, err, gpu.ErrOutOfMemory, name)
		}
		if diff := cmp.Diff([]string(nil), x.Live()); diff != "" {
			t.Errorf("allocation %d: alive %s", i, diff)
		}
		if now, _ := dev.Bytes(); now != 0 {
			t.Errorf("allocation %d: %d bytes are counted", i, now)
		}
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsAreOfTheirKindAndTheirCause(t *testing.T) {
	cause := fmt.Errorf("the driver says %d", -2)
	err := error(&gpu.Error{Op: "vkAllocateMemory", Kind: gpu.ErrOutOfMemory, Msg: "1.2 GiB for hidden states", Err: cause})
	if !errors.Is(err, gpu.ErrOutOfMemory) || !errors.Is(err, cause) || errors.Is(err, gpu.ErrShape) {
		t.Errorf("%v is of the wrong kind", err)
	}
	if got, want := err.Error(), "vkAllocateMemory: out of memory: 1.2 GiB for hidden states: the driver says -2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (&gpu.Error{Op: "run p", Kind: gpu.ErrClosed}).Error(), "run p: already closed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNilDevice(t *testing.T) {
	var d *gpu.Device
	if d.Info() != (gpu.Info{}) {
		t.Error("a nil device has an Info")
	}
	_, buffer := d.NewBuffer("b", 1, gpu.DeviceOnly)
	_, compile := d.Compile("p")
	_, _, measure := d.Measure()
	for i, err := range []error{buffer, compile, measure, d.Tune(t.Context(), nil)} {
		if !errors.Is(err, gpu.ErrNoDevice) {
			t.Errorf("call %d: %v, want ErrNoDevice", i, err)
		}
	}
	if now, peak := d.Bytes(); now != 0 || peak != 0 || d.Close() != nil {
		t.Error("a nil device holds something")
	}
	if _, ok := d.Available(); ok {
		t.Error("a nil device knows its memory")
	}
}
