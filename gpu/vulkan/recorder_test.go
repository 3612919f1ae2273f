//go:build cgo

package vulkan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// viaScratch copies X to Y through scratch memory, as an operation of several kernels would.
type viaScratch struct {
	gpu.Copy
	pieces int
}

func (viaScratch) Name() string { return "via_scratch" }

func init() {
	implement(func(r *recorder, o viaScratch) error {
		last := o.X
		for range o.pieces {
			s := r.scratch(o.X.Len()).Reshape(o.X.Rows, o.X.Cols)
			if err := r.lower(gpu.Copy{Y: s, X: last}); err != nil {
				return err
			}
			last = s
		}
		r.note("%d pieces", o.pieces)
		return r.lower(gpu.Copy{Y: o.Y, X: last})
	})
}

// notImplemented is an operation that no executor has a form of.
type notImplemented struct{ gpu.Fill }

func (notImplemented) Name() string { return "not_implemented" }

func TestScratch(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		in, out := newBuffer(t, d, "in", 333, gpu.HostToDevice), newBuffer(t, d, "out", 333, gpu.DeviceToHost)
		mid := newBuffer(t, d, "mid", 333, gpu.DeviceOnly)
		p := compile(t, d, gpu.CompileOptions{},
			viaScratch{gpu.Copy{Y: mid.View(0, 9, 37), X: in.View(0, 9, 37)}, 3},
			viaScratch{gpu.Copy{Y: out.View(0, 9, 37), X: mid.View(0, 9, 37)}, 1})
		copy(in.Host(), count(1, 333))
		run(t, p)
		if !slices.Equal(out.Host(), count(1, 333)) {
			t.Errorf("got %v", out.Host())
		}
		plan := p.Plan()
		if len(plan) != 2 || !strings.HasPrefix(plan[0], "via_scratch: 3 pieces [4 copy ") || !strings.HasPrefix(plan[1], "via_scratch: 1 pieces [2 copy ") {
			t.Errorf("plan %q", plan)
		}
	})
}

func TestCompileErrors(t *testing.T) {
	d := testDevice(t, gpu.Options{Validate: true})
	b := newBuffer(t, d, "b", 64, gpu.DeviceOnly)
	if _, err := d.Compile("p", notImplemented{gpu.Fill{Y: b.All()}}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "notImplemented") {
		t.Errorf("unknown operation: %v", err)
	}
	// Inside of an operation the shapes are checked too.
	bad := viaScratch{gpu.Copy{Y: b.View(0, 2, 4), X: b.View(32, 2, 4)}, 0}
	bad.Y.Rows = 3
	if err := (&recorder{}).lower(bad); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("bad shape: %v", err)
	}
}

// TestRangeTooLarge: a view that a descriptor cannot span is an error when the program is made; a part of it works.
func TestRangeTooLarge(t *testing.T) {
	d := testExecutor(t, gpu.Options{Validate: true})
	d.limits.MaxRange = 1 << 16
	dev := gpu.NewDevice(d)
	b := newBuffer(t, dev, "b", 1<<15, gpu.DeviceOnly)
	if _, err := dev.Compile("p", gpu.Fill{Y: b.All()}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "128.0 KiB") {
		t.Errorf("got %v", err)
	}
	run(t, compile(t, dev, gpu.CompileOptions{}, gpu.Fill{Y: b.View(1<<14+3, 1, 1<<13), Value: 2}))
	got := read(t, b)
	if got[1<<14+2] != 0 || got[1<<14+3] != 2 || got[1<<14+2+1<<13] != 2 || got[1<<14+3+1<<13] != 0 {
		t.Error("the part was not filled, or more than the part")
	}
}

// TestBind looks at the regions themselves.
func TestBind(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	dev := gpu.NewDevice(d)
	b := newBuffer(t, dev, "b", 1000, gpu.DeviceOnly)
	base := int(b.Memory().(*memory).device.off)
	for _, align := range []int{4, 16, 64, 256} {
		r := &recorder{dev: d, limits: d.limits, arena: &scratchArena{}}
		r.limits.OffsetAlign = align
		for off := range 130 {
			v := gpu.View{Buf: b, Off: off, Rows: 3, Cols: 5, Stride: 50}
			region, skip := r.bindExtra(v, 100)
			if r.err != nil {
				t.Fatal(r.err)
			}
			if region.Offset%align != 0 || region.Offset+4*int(skip) != base+4*off {
				t.Fatalf("align %d, word %d: region at byte %d and %d words", align, off, region.Offset, skip)
			}
			if end, want := region.Offset+region.Size, base+4*(off+105+100); end < want || end >= want+regionEnd {
				t.Fatalf("align %d, word %d: region ends at byte %d, want %d", align, off, end, want)
			}
		}
		if _, _ = r.bindExtra(b.View(0, 10, 100), 1); !errors.Is(r.err, gpu.ErrShape) {
			t.Errorf("past the end: %v", r.err)
		}
		r.err = nil
		for _, v := range []gpu.View{{}, b.View(3, 0, 7), b.View(3, 7, 0)} {
			if region, skip := r.bind(v); region.Size <= 0 || skip != 0 || r.err != nil {
				t.Errorf("%v: region %+v, %d, %v", v, region, skip, r.err)
			}
		}
	}
}
