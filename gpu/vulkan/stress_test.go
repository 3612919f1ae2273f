//go:build cgo

package vulkan

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// underPressure runs f while other goroutines allocate and collect garbage. The Go binding's own wrappers crash under this.
func underPressure(f func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var sinks [2][][]byte
	for g := range sinks {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				sinks[g] = append(sinks[g], make([]byte, 1<<(i%12)))
				if i%2000 == 0 {
					sinks[g] = nil
					runtime.GC()
				}
				if i%20 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	f()
	close(stop)
	wg.Wait()
}

// TestStressPipelines makes 5,000 pipelines, ten in a call, on two devices one after the other.
func TestStressPipelines(t *testing.T) {
	const devices, each = 2, 2500
	kernels := []string{"fill", "copy"}
	underPressure(func() {
		for range devices {
			d := testExecutor(t, gpu.Options{})
			for i := 0; d.compiled < each; i += 10 {
				var list []specialised
				for j := i; j < i+10; j++ {
					k := shaders.Lookup(kernels[j%2])
					spec := k.DefaultSpec()
					spec[0], spec[1] = uint32(1+j/4%d.limits.MaxInvocations), uint32(j/2%2)
					list = append(list, specialised{k, spec})
				}
				if _, err := d.pipelinesOf(list); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestStressSubmissions runs a tiny program 100,000 times, and makes programs and buffers meanwhile.
func TestStressSubmissions(t *testing.T) {
	const runs = 100_000
	d := testDevice(t, gpu.Options{})
	b := newBuffer(t, d, "b", 4, gpu.DeviceToHost)
	p := compile(t, d, gpu.CompileOptions{}, gpu.Fill{Y: b.All(), Value: 1})
	underPressure(func() {
		for i := range runs {
			run(t, p)
			if i%500 != 0 {
				continue
			}
			c, err := d.NewBuffer("c", 1+i%5000, gpu.HostToDevice)
			if err != nil {
				t.Fatal(err)
			}
			v := float32(i)
			c.Host()[0] = v
			q, err := d.Compile("q", gpu.Copy{Y: b.View(1, 1, 1), X: c.View(0, 1, 1)})
			if err != nil {
				t.Fatal(err)
			}
			run(t, q)
			if b.Host()[1] != v {
				t.Fatalf("run %d: got %v, want %v", i, b.Host()[1], v)
			}
			q.Close()
			c.Close()
		}
	})
}

// residentBytes is the memory of this process, 0 where that is not known.
func residentBytes() int {
	data, err := os.ReadFile("/proc/self/statm")
	if f := bytes.Fields(data); err == nil && len(f) > 1 {
		pages, _ := strconv.Atoi(string(f[1]))
		return pages * os.Getpagesize()
	}
	return 0
}

// TestNoGrowth: neither objects nor memory pile up over many programs, buffers and devices.
func TestNoGrowth(t *testing.T) {
	if residentBytes() == 0 {
		t.Skip("the system does not tell resident memory")
	}
	d := testDevice(t, gpu.Options{})
	programs := func(rounds int) {
		for i := range rounds {
			b, err := d.NewBuffer("b", 2000+i%3, gpu.HostToDevice)
			if err != nil {
				t.Fatal(err)
			}
			p, err := d.CompileWith(gpu.CompileOptions{Timestamps: i%2 == 0}, gpu.Fill{Y: b.View(0, 1, 1000), Value: 2}, viaScratch{gpu.Copy{Y: b.View(1000, 1, 1000), X: b.View(0, 1, 1000)}, 2})
			if err != nil {
				t.Fatal(err)
			}
			run(t, p)
			p.Close()
			b.Close()
		}
	}
	devices := func(rounds int) {
		for range rounds {
			e, err := open(0, gpu.Options{CacheDir: "off"})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		f      func(int)
		rounds int
		most   int // bytes a round
	}{{"programs", programs, 3000, 1000}, {"devices", devices, 200, 30_000}} {
		t.Run(c.name, func(t *testing.T) {
			c.f(c.rounds / 3)
			runtime.GC()
			before := residentBytes()
			c.f(c.rounds)
			runtime.GC()
			grown := residentBytes() - before
			t.Logf("%d rounds, resident memory from %s by %d bytes, %d a round", c.rounds, bytesText(int64(before)), grown, grown/c.rounds)
			if grown > c.rounds*c.most {
				t.Errorf("resident memory grew by %d bytes a round", grown/c.rounds)
			}
		})
	}
}

// TestConcurrentUse: allocation, compilation, runs and transfers from several goroutines.
func TestConcurrentUse(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 20 {
					b, err := d.NewBuffer("b", 300, gpu.DeviceOnly)
					if err != nil {
						t.Error(err)
						return
					}
					v := float32(100*g + i)
					p, err := d.Compile("p", gpu.Fill{Y: b.All(), Value: v})
					if err != nil {
						t.Error(err)
						return
					}
					got := make([]float32, 1)
					if err := p.Run(); err != nil {
						t.Error(err)
					}
					if err := b.Read(299, got); err != nil || got[0] != v {
						t.Errorf("got %v, want %v (%v)", got, v, err)
					}
					p.Close()
					b.Close()
				}
			})
		}
		wg.Wait()
	})
}
