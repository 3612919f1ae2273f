//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// TestEveryFailure lets each call of Vulkan that can fail do so once, from opening the device to closing it. Each failure must
// be an out-of-memory error, leave nothing behind, and leave the device usable.
func TestEveryFailure(t *testing.T) {
	needDevice(t)
	for _, m := range []testMode{testModes[0], testModes[3]} {
		t.Run(m.name, func(t *testing.T) {
			for k, v := range m.env {
				t.Setenv(k, v)
			}
			failures := 0
			for i := 1; ; i++ {
				led := newLedger()
				led.failAt = i
				failed, err := lifeOfADevice(led)
				if err != nil {
					t.Fatalf("call %d fails: %v", i, err)
				}
				if l := led.leaks(); l != "" {
					t.Fatalf("call %d fails: left %s", i, l)
				}
				if led.calls < i {
					break // past the last call
				}
				if failed {
					failures++ // otherwise the engine helped itself, with a smaller block
				}
			}
			if failures < 15 {
				t.Errorf("only %d calls fail", failures)
			}
		})
	}
}

// lifeOfADevice opens a device, allocates, compiles, runs and closes. What fails once is tried again, which must work.
func lifeOfADevice(led *ledger) (failed bool, err error) {
	again := func(what string, f func() error) error {
		err := f()
		if err == nil {
			return nil
		}
		if failed || !errors.Is(err, gpu.ErrOutOfMemory) {
			return fmt.Errorf("%s: %w", what, err)
		}
		failed = true
		if err := f(); err != nil {
			return fmt.Errorf("%s, second time: %w", what, err)
		}
		return nil
	}
	var dev *gpu.Device
	open := func() error {
		inst, _, err := platform.Open(true)
		if err != nil {
			return err
		}
		list, _, err := devices(inst)
		if err != nil {
			return err
		}
		d, err := openDevice(list[0], gpu.Options{Validate: true, CacheDir: "off"}, hooks{ledger: led})
		if err == nil {
			dev = gpu.NewDevice(d)
		}
		return err
	}
	if err := again("open", open); err != nil {
		return failed, err
	}
	err = workOfADevice(dev, again)
	if closing := dev.Close(); err == nil {
		err = closing
	}
	return failed, err
}

func workOfADevice(dev *gpu.Device, again func(string, func() error) error) error {
	var bufs [3]*gpu.Buffer
	for i, usage := range []gpu.Usage{gpu.HostToDevice, gpu.DeviceOnly, gpu.DeviceToHost} {
		// Large enough that each buffer has a block of its own.
		alloc := func() (err error) {
			bufs[i], err = dev.NewBuffer(fmt.Sprint("buffer ", i), smallestBlock/4, usage)
			return err
		}
		if err := again("allocate", alloc); err != nil {
			return err
		}
		defer bufs[i].Close()
	}
	in, mid, out := bufs[0], bufs[1], bufs[2]
	var p *gpu.Program
	compile := func() (err error) {
		p, err = dev.CompileWith(gpu.CompileOptions{Timestamps: true},
			viaScratch{gpu.Copy{Y: mid.View(0, 1, 100), X: in.View(0, 1, 100)}, 1}, gpu.Copy{Y: out.View(0, 1, 100), X: mid.View(0, 1, 100)})
		return err
	}
	if err := again("compile", compile); err != nil {
		return err
	}
	defer p.Close()
	copy(in.Host(), count(7, 100))
	if err := p.Run(); err != nil {
		return err
	}
	if !slices.Equal(out.Host()[:100], count(7, 100)) {
		return fmt.Errorf("wrong result %v", out.Host()[:100])
	}
	back := make([]float32, 100)
	if err := again("write", func() error { return mid.Write(0, count(3, 100)) }); err != nil {
		return err
	}
	if err := again("read", func() error { return mid.Read(0, back) }); err != nil {
		return err
	}
	if !slices.Equal(back, count(3, 100)) {
		return fmt.Errorf("read back %v", back)
	}
	return nil
}

// TestOutOfMemoryText: the error of a real failure names the sizes.
func TestOutOfMemoryText(t *testing.T) {
	d := testDevice(t, gpu.Options{})
	for _, words := range []int{1 << 50, 1<<50 + 1, 1 << 58, 1 << 60, 1 << 61, 1 << 62, math.MaxInt} {
		for _, usage := range []gpu.Usage{gpu.DeviceOnly, gpu.HostToDevice, gpu.DeviceToHost} {
			_, err := d.NewBuffer("hidden states", words, usage)
			if !errors.Is(err, gpu.ErrOutOfMemory) {
				t.Fatalf("%d words: %v", words, err)
			}
			t.Log(err)
		}
	}
	var arena gpu.Arena
	arena.Unit("states", gpu.DeviceOnly).Reserve(1<<40, 1<<40)
	if err := arena.Alloc(d); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Fatalf("an arena of 2^80 words: %v", err)
	}
	b := newBuffer(t, d, "small", 10, gpu.DeviceOnly) // still usable
	if v := read(t, b); len(v) != 10 {
		t.Error("not usable after a failed allocation")
	}
}

// TestPanicLetsGo: a bug that panics in a call does not leave the device locked.
func TestPanicLetsGo(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	func() {
		defer func() { _ = recover() }()
		_ = d.locked(func() error { panic("a bug") })
	}()
	m, err := d.Alloc("after it", 10, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	m.Free()
}

func TestClosedAndLost(t *testing.T) {
	d := testExecutor(t, gpu.Options{Validate: true})
	dev := gpu.NewDevice(d)
	b := newBuffer(t, dev, "b", 10, gpu.DeviceOnly)
	p := compile(t, dev, gpu.CompileOptions{}, gpu.Fill{Y: b.All(), Value: 3})
	if err := d.failed("vkQueueSubmit", -4); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("device lost: %v", err)
	}
	for what, f := range map[string]func() error{
		"run":      p.Run,
		"write":    func() error { return b.Write(0, make([]float32, 1)) },
		"read":     func() error { return b.Read(0, make([]float32, 1)) },
		"allocate": func() error { _, err := dev.NewBuffer("c", 1, gpu.DeviceOnly); return err },
		"compile":  func() error { _, err := dev.Compile("q"); return err },
	} {
		if err := f(); !errors.Is(err, gpu.ErrDeviceLost) {
			t.Errorf("%s on a lost device: %v", what, err)
		}
	}
	d.lost = false
	exe, mem := mustCompile(t, d, gpu.Fill{Y: b.All()}), b.Memory()
	exe.Close()
	if err := exe.Run(); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("run of a closed program: %v", err)
	}
	p.Close()
	b.Close()
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	// What is left over after the device is closed must not crash.
	exe.Close()
	mem.Free()
	if err := mem.Write(0, make([]float32, 1)); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func mustCompile(t *testing.T, d *device, ops ...gpu.Op) gpu.Executable {
	t.Helper()
	x, err := d.Compile(ops, gpu.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}
