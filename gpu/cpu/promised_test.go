package cpu

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// freshProcess tells the test that it is alone in its process.
const freshProcess = "SPECTRAL_TEST_FRESH"

// TestPromisedMemoryIsNotAvailable allocates memory, which the system counts as free until it is written to.
func TestPromisedMemoryIsNotAvailable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system is not asked which pages are there")
	}
	if os.Getenv(freshProcess) == "" { // in a process of its own: memory that Go's heap reuses has been touched
		cmd := exec.Command(os.Args[0], "-test.run=^TestPromisedMemoryIsNotAvailable$", "-test.v")
		cmd.Env = append(os.Environ(), freshProcess+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestPromisedMemoryIsNotAvailable") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	const words = 64 << 20 // 256 MiB
	f := newFixture(t, available()[0], 1, 0)
	before := promised.untouched()
	b, err := f.dev.NewBuffer("states", words, gpu.HostToDevice)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got := promised.untouched() - before; got < 4*words*9/10 || got > 4*words*11/10 {
		t.Errorf("%d bytes of an untouched buffer of %d count as promised", got, 4*words)
	}
	for i := range b.Host()[:words/2] {
		b.Host()[i] = 1
	}
	if got := promised.untouched() - before; got < 2*words*8/10 || got > 2*words*12/10 {
		t.Errorf("%d bytes of a buffer of %d, half of it touched, count as promised", got, 4*words)
	}
	free, ok := f.dev.Available()
	if !ok || free <= 0 {
		t.Errorf("available: %d, %t", free, ok)
	}
	b.Close()
	if got := promised.untouched() - before; got > words/10 {
		t.Errorf("%d bytes of a closed buffer count as promised", got)
	}
}
