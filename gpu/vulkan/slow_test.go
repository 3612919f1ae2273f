//go:build cgo

package vulkan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile/faultfs"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestCompileClock: what drivers compile one at a time is not charged to those that wait, and never for more than it took.
func TestCompileClock(t *testing.T) {
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	var c compileClock
	for i, one := range []struct{ begun, ended, want int }{
		{0, 3, 3},   // alone
		{0, 5, 2},   // waited for the first
		{1, 9, 4},   // and this one for both
		{20, 26, 6}, // after a pause
		{20, 25, 0}, // told late
		{24, 28, 2},
	} {
		if got := c.took(at(one.begun), at(one.ended)); got != time.Duration(one.want)*time.Second {
			t.Errorf("pipeline %d is charged for %v, want %d s", i, got, one.want)
		}
	}
}

// recurrences watches a device compile pipelines of rnn_forward, each of which is to take some seconds, or is refused where that is negative.
type recurrences struct {
	mu      sync.Mutex
	asked   [][]uint32 // the constants, in order
	seconds func(nth int, spec []uint32) int
}

func (w *recurrences) hooks() hooks {
	seconds := func(spec []uint32) int {
		w.mu.Lock()
		defer w.mu.Unlock()
		i := slices.IndexFunc(w.asked, func(s []uint32) bool { return slices.Equal(s, spec) })
		if i < 0 {
			i = len(w.asked)
			w.asked = append(w.asked, slices.Clone(spec))
		}
		return w.seconds(i, spec)
	}
	return hooks{
		compileTime: func(k *shaders.Kernel, spec []uint32) time.Duration {
			if k.Name != "rnn_forward" {
				return 0
			}
			return time.Duration(max(0, seconds(spec))) * time.Second
		},
		refuses: func(k *shaders.Kernel, spec []uint32) bool { return k.Name == "rnn_forward" && seconds(spec) < 0 },
	}
}

// TestSlowPipelines: a tile that takes long to compile makes room for the next, as one that is refused does; after a few the quickest stays. The next
// process asks the driver for what stayed and nothing else, and gets the same bits.
func TestSlowPipelines(t *testing.T) {
	needDevice(t)
	var calm refusalRun
	want, err := calm.run(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		seconds []int // of the tiles in their order, the last for all others
		asked   int   // how many are compiled
		stays   int   // which of them
	}{
		{"in time", []int{5}, 1, 0},
		{"the first is slow", []int{6, 1}, 2, 1},
		{"the first is refused", []int{-1, 1}, 2, 1},
		{"refused, then slow", []int{-1, 60, 2}, 3, 2},
		{"slow, then refused", []int{60, -1, 2}, 3, 2},
		{"all are slow", []int{60, 30, 40}, 3, 1},
		{"all are equally slow", []int{60}, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			seconds := func(nth int, _ []uint32) int { return c.seconds[min(nth, len(c.seconds)-1)] }
			first := recurrences{seconds: seconds}
			one := refusalRun{dir: t.TempDir(), hooks: first.hooks()}
			got, err := one.run(t)
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, c.name, got, want)
			if len(first.asked) != c.asked {
				t.Fatalf("%d pipelines were compiled, want %d: %v", len(first.asked), c.asked, first.asked)
			}
			if said := strings.Join(one.messages, "\n"); (c.asked > 1) != strings.Contains(said, "for tile") {
				t.Errorf("messages %q", said)
			}
			second := recurrences{seconds: func(int, []uint32) int { return 0 }}
			two := refusalRun{dir: one.dir, hooks: second.hooks()}
			again, err := two.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if len(second.asked) != 1 || !slices.Equal(second.asked[0], first.asked[c.stays]) {
				t.Errorf("the next process compiles %v, want %v", second.asked, first.asked[c.stays])
			}
			if !slices.Equal(again, got) || len(two.messages) > 0 {
				t.Errorf("the next process has other results, or says %q", two.messages)
			}
		})
	}
}

// TestAvoidedFile: a file that is damaged or not for this device, driver and program is ignored with a warning, and the driver is asked again; the
// next file is good.
func TestAvoidedFile(t *testing.T) {
	needDevice(t)
	dir := t.TempDir()
	slow := func(nth int, _ []uint32) int { return []int{60, 0}[min(nth, 1)] }
	asked := func() (n int, messages string) {
		w := recurrences{seconds: slow}
		r := refusalRun{dir: dir, hooks: w.hooks()}
		if _, err := r.run(t); err != nil {
			t.Fatal(err)
		}
		return len(w.asked), strings.Join(r.messages, "\n")
	}
	if n, messages := asked(); n != 2 || strings.Contains(messages, "ignored") {
		t.Fatalf("at first %d pipelines; %s", n, messages)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.avoided"))
	if len(names) != 1 {
		t.Fatalf("files %q", names)
	}
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	own := ownerOf(t, good)
	other := own
	other.Driver += " 2"
	older := own
	older.Kernels = "0"
	for _, c := range []struct {
		name, warning string
		content       []byte
	}{
		{"empty", "not a file of this kind", nil},
		{"truncated", "damaged", good[:len(good)-1]},
		{"changed", "damaged", []byte(strings.Replace(string(good), "rnn", "gru", 1))},
		{"negative", "damaged", avoidedFileOf(t, own, avoided{"x[1]": -1})},
		{"another driver", "was made for", avoidedFileOf(t, other, avoided{"x[1]": 1})},
		{"another program", "another version", avoidedFileOf(t, older, avoided{"x[1]": 1})},
	} {
		if err := os.WriteFile(names[0], c.content, 0o644); err != nil {
			t.Fatal(err)
		}
		if n, messages := asked(); n != 2 || !strings.Contains(messages, c.warning) {
			t.Errorf("%s: %d pipelines; %s", c.name, n, messages)
		}
		if now, err := os.ReadFile(names[0]); err != nil || string(now) != string(good) {
			t.Errorf("%s: the file is not replaced: %v", c.name, err)
		}
	}
	// What another process knows stays.
	if err := os.WriteFile(names[0], avoidedFileOf(t, own, avoided{"x[1]": 0}), 0o644); err != nil {
		t.Fatal(err)
	}
	if n, messages := asked(); n != 2 || strings.Contains(messages, "ignored") {
		t.Errorf("beside another's: %d pipelines; %s", n, messages)
	}
	now, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if a, err := decodeAvoided(now, own); err != nil || len(a) != 2 {
		t.Errorf("kept are %v, %v", a, err)
	}
}

// TestAvoidedFileAtEveryFailure: whatever fails while the file is written, this process knows it, and what is read afterwards is whole.
func TestAvoidedFileAtEveryFailure(t *testing.T) {
	for _, mode := range faultfs.Modes() {
		for k := 1; ; k++ {
			f := faultfs.New(mode, k)
			d := &device{opts: gpu.Options{CacheDir: t.TempDir()}, files: f}
			d.keepAvoided(avoided{"x[1 2]": 7})
			kept, err := readKept(atomicfile.OS{}, d.keptFile(".avoided"), d.fileOwner(), decodeAvoided)
			if err != nil || len(kept) > 1 || len(kept) == 1 && kept["x[1 2]"] != 7 {
				t.Errorf("%v at %d: %v, %v", mode, k, kept, err)
			}
			if d.pipelines.kept["x[1 2]"] != 7 {
				t.Errorf("%v at %d: this process forgets it", mode, k)
			}
			if k > len(f.Ops()) {
				if kept == nil {
					t.Errorf("%v: nothing is kept without a failure", mode)
				}
				break
			}
		}
	}
}

// FuzzAvoided: whatever a file holds, reading it ends, and what is accepted is what would be written.
func FuzzAvoided(f *testing.F) {
	good := avoidedFileOf(f, testOwner, avoided{"gemm[8 8 4]": 0, "rnn_forward[64 1 1]": 7.25})
	f.Add(good)
	f.Add(avoidedFileOf(f, testOwner, nil))
	f.Add(good[:len(good)/2])
	f.Add(good[len(seal(avoidedMagic, nil)):]) // JSON for this owner, to be sealed
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range [][]byte{content, seal(avoidedMagic, content)} {
			got, err := decodeAvoided(c, testOwner)
			if err != nil {
				continue
			}
			again, err := decodeAvoided(avoidedFileOf(t, testOwner, got), testOwner)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(again) {
				t.Errorf("%v is read again as %v, %v", got, again, err)
			}
		}
	})
}

// avoidedFileOf is the content of a file.
func avoidedFileOf(t testing.TB, own fileOwner, a avoided) []byte {
	t.Helper()
	content, err := encodeAvoided(own, a)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
