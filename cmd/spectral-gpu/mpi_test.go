//go:build mpi && cgo && linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data/datatest"
)

// mpiRun is a training command under mpirun.
type mpiRun struct {
	exe, cache string
	args       string
}

func newMPIRun(t *testing.T, args string) mpiRun {
	t.Helper()
	exe, err := exec.LookPath("spectral-gpu") // of TestMain
	if err != nil {
		t.Fatal(err)
	}
	return mpiRun{exe: exe, cache: t.TempDir(), args: "train " + args + " --device cpu --distributed mpi"}
}

// isOpenMPI tells whether mpirun is that of Open MPI.
func isOpenMPI() bool {
	version, _ := exec.Command("mpirun", "--version").Output()
	return bytes.Contains(version, []byte("Open MPI"))
}

// command is that of so many ranks; each of change alters the words of one of them, from the last on.
func (r mpiRun) command(n int, more string, change ...func(words []string) []string) (*exec.Cmd, *bytes.Buffer) {
	var args []string
	if isOpenMPI() {
		args = []string{"--oversubscribe", "--bind-to", "none"}
	}
	words := append(append([]string{r.exe}, strings.Fields(r.args)...), strings.Fields(more)...)
	args = append(append(args, "-n", fmt.Sprint(n-len(change))), words...)
	for _, f := range change {
		args = append(append(args, ":", "-n", "1"), f(slices.Clone(words))...)
	}
	cmd := exec.Command("mpirun", args...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+r.cache, "SPECTRAL_CUT=everywhere", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// must runs a command that comes to its end.
func (r mpiRun) must(t *testing.T, n int, more string) {
	t.Helper()
	cmd, out := r.command(n, more)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%d ranks, %s: %v\n%s", n, more, err, out)
	}
}

// rankOf returns the process of a rank of a command, 0 where there is none yet.
func rankOf(rank int, dir string) int {
	processes, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range processes {
		environ, _ := os.ReadFile(path)
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		words := bytes.Split(line, []byte{0})
		if !bytes.Contains(line, []byte(dir)) || !bytes.HasSuffix(words[0], []byte("spectral-gpu")) {
			continue
		}
		for _, name := range []string{"OMPI_COMM_WORLD_RANK", "PMI_RANK"} {
			if bytes.Contains(append([]byte{0}, environ...), fmt.Appendf(nil, "\x00%s=%d\x00", name, rank)) {
				pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
				return pid
			}
		}
	}
	return 0
}

// await waits for a rank of a command, and for the run's folder.
func await(t *testing.T, rank int, dir string) (pid int) {
	t.Helper()
	waitFor(t, dir)
	for range 1000 {
		if pid = rankOf(rank, dir); pid > 0 {
			return pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there is no rank %d", rank)
	return 0
}

// ends waits for a command, and returns its exit code and how long it took from a moment on.
func ends(t *testing.T, cmd *exec.Cmd, out *bytes.Buffer, from time.Time) (code int, after time.Duration) {
	t.Helper()
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	err := cmd.Wait()
	after = time.Since(from)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if after > 10*time.Second {
		t.Errorf("mpirun ended after %v\n%s", after, out)
	}
	return cmd.ProcessState.ExitCode(), after
}

const mpiTask = "copy --length 10 --hidden 16 --reflectors 4 --batch 9 --steps 300 --eval-every 100 --valid-size 20 --test-size 9 --save-every 40"

// mpiPieces is a run whose gradients travel in pieces, the first beside the way back through the lower layer, with SPECTRAL_CUT=everywhere.
const mpiPieces = "copy --cell rnn --layers 2 --length 10 --hidden 97 --batch 9 --steps 300 --eval-every 100 --valid-size 20 --test-size 9 --save-every 40"

// TestMPITrainsAsOne: two runs of 2 ranks are the same bit for bit, and their losses those of one process.
func TestMPITrainsAsOne(t *testing.T) {
	r := newMPIRun(t, mpiTask)
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		r.must(t, 2, "--out "+filepath.Join(dir, name))
	}
	r.must(t, 1, "--out "+filepath.Join(dir, "alone"))
	a, b := readFolder(t, filepath.Join(dir, "a")), readFolder(t, filepath.Join(dir, "b"))
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs between two runs of 2 ranks", name)
		}
	}
	sameLosses(t, filepath.Join(dir, "a"), filepath.Join(dir, "alone"), 300)
}

// sameLosses wants the rows of two runs, so many at least, to have the same losses but for the order of sums.
func sameLosses(t *testing.T, ranks, alone string, least int) {
	t.Helper()
	losses := func(dir string) (all []float64) {
		for line := range strings.Lines(readFolder(t, dir)["metrics.csv"]) {
			if loss, err := strconv.ParseFloat(strings.Split(line, ",")[3], 64); err == nil {
				all = append(all, loss)
			}
		}
		return all
	}
	two, one := losses(ranks), losses(alone)
	if len(two) != len(one) || len(two) < least {
		t.Fatalf("%d and %d rows", len(two), len(one))
	}
	for i := range two {
		if d := two[i] - one[i]; !(d < 1e-4 && d > -1e-4) {
			t.Fatalf("row %d: loss %v with ranks, %v with one process", i, two[i], one[i])
		}
	}
}

// TestMPIVulkan: ranks on Vulkan devices, or on one that they share, train as one process on it does.
func TestMPIVulkan(t *testing.T) {
	if os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
		t.Skip("runs where a Vulkan device must exist: SPECTRAL_REQUIRE_GPU=1")
	}
	digits, dir := t.TempDir(), t.TempDir()
	if err := datatest.WriteMNIST(digits, 50, 20, 3); err != nil {
		t.Fatal(err)
	}
	r := newMPIRun(t, "mnist --length 28 --steps 20 --hidden 16 --reflectors 4 --batch 8 --tune off --data "+digits)
	r.args = strings.Replace(r.args, "--device cpu", "--device vulkan", 1)
	r.must(t, 1, "--out "+filepath.Join(dir, "alone"))
	r.must(t, 2, "--out "+filepath.Join(dir, "two"))
	sameLosses(t, filepath.Join(dir, "two"), filepath.Join(dir, "alone"), 20)
}

// TestMPIKilled kills each rank in turn at random moments: mpirun ends within 10 s, and the run goes on to what it would have been.
func TestMPIKilled(t *testing.T) {
	const size = 3
	r := newMPIRun(t, mpiPieces)
	calm := filepath.Join(t.TempDir(), "calm")
	r.must(t, size, "--out "+calm)
	os.RemoveAll(calm)
	cmd, out := r.command(size, "--out "+calm)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, 0, calm)
	start := time.Now()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took, want := time.Since(start), readFolder(t, calm)
	rng, begun, slowest := rand.New(rand.NewPCG(1, 2)), 0, time.Duration(0)
	for i := range kills(t) {
		dir := filepath.Join(t.TempDir(), "run")
		cmd, out := r.command(size, "--out "+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid := await(t, i%size, dir)
		time.Sleep(time.Duration(rng.Float64() * float64(took)))
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, after := ends(t, cmd, out, time.Now())
		slowest = max(slowest, after)
		more := "--out " + dir
		if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
			more += " --resume"
		}
		if _, err := os.Stat(filepath.Join(dir, "checkpoint.safetensors")); err == nil {
			begun++
		}
		r.must(t, size, more)
		got := readFolder(t, dir)
		for name := range got {
			if got[name] != want[name] {
				t.Errorf("kill %d, of rank %d: %s differs or is left over", i, i%size, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("kill %d: %d files, want %d", i, len(got), len(want))
		}
	}
	t.Logf("%d killed, %d of them with a checkpoint; mpirun ended %v later at most", kills(t), begun, slowest)
}

// TestMPIStopped: a rank that no longer answers is lost to the others, who say so and end.
func TestMPIStopped(t *testing.T) {
	r := newMPIRun(t, strings.Replace(mpiPieces, "--steps 300", "--steps 1000000", 1))
	for rank := range 2 {
		dir := filepath.Join(t.TempDir(), "run")
		cmd, out := r.command(3, "--out "+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid := await(t, rank, dir)
		time.Sleep(time.Second)
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		code, after := ends(t, cmd, out, time.Now())
		_ = syscall.Kill(pid, syscall.SIGKILL)
		host, _ := os.Hostname()
		if want := fmt.Sprintf("rank %d on %s: nothing was heard of it", rank, host); code != exitLostRank || !strings.Contains(out.String(), want) {
			t.Errorf("rank %d stopped, exit code %d after %v, want %d and %q\n%s", rank, code, after, exitLostRank, want, out)
		}
		r.must(t, 2, "--steps 200 --out "+filepath.Join(t.TempDir(), "other")) // nothing is left that disturbs another run
	}
}

// TestMPIInterrupted: ^C on mpirun saves once, on rank 0, and the run goes on to what it would have been.
func TestMPIInterrupted(t *testing.T) {
	r := newMPIRun(t, strings.Replace(mpiTask, "--steps 300", "--steps 6000", 1)) // some seconds
	calm, dir := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "run")
	r.must(t, 2, "--out "+calm)
	cmd, out := r.command(2, "--out "+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, 1, dir)
	time.Sleep(150 * time.Millisecond)
	_ = cmd.Process.Signal(os.Interrupt)
	code, _ := ends(t, cmd, out, time.Now())
	if n := strings.Count(out.String(), "saved; go on with"); n != 1 || code == 0 {
		t.Fatalf("exit code %d, said %d times that it is saved\n%s", code, n, out)
	}
	r.must(t, 2, "--resume --out "+dir)
	want, got := readFolder(t, calm), readFolder(t, dir)
	for name := range got {
		if got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}
}

// anotherVersion builds this program under the name of another version, with the build tags of the test.
func anotherVersion(t *testing.T) string {
	t.Helper()
	tags, exe := "mpi", filepath.Join(t.TempDir(), "spectral-gpu")
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				tags = s.Value
			}
		}
	}
	version := "-X github.com/spectral-gpu/spectral-gpu/model.version=v0.0.0-another"
	if out, err := exec.Command("go", "build", "-tags", tags, "-ldflags", version, "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// TestMPIFaults: a rank that cannot take part ends all of them, with its exit code and a message that names it.
func TestMPIFaults(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	data, digits := t.TempDir(), "mnist --length 28 --steps 5 --hidden 8 --reflectors 2 --batch 8 --data "
	if err := datatest.WriteMNIST(data, 50, 20, 3); err != nil {
		t.Fatal(err)
	}
	with := func(flag, value string) func([]string) []string {
		return func(words []string) []string {
			words[slices.Index(words, flag)+1] = value
			return words
		}
	}
	for _, tt := range []struct {
		name, args string
		change     func(words []string) []string
		code       int
		want       string
	}{
		{"no data", digits + t.TempDir(), nil, exitUsage, "rank 0 on " + host},
		{"no data on the last", digits + data, with("--data", t.TempDir()), exitUsage, "rank 1 on " + host},
		{"other rounding", mpiTask, func(w []string) []string { return append([]string{"env", "SPECTRAL_CPU=generic"}, w...) }, exitUsage, "rank 1 on " + host + ": not the same as on rank 0"},
		{"another version", mpiTask, func(w []string) []string { return append([]string{anotherVersion(t)}, w[1:]...) }, exitUsage,
			"rank 1 on " + host + ": not the same as on rank 0 on " + host + ": the version of the program"},
		{"no device", mpiTask, with("--device", "nonsense"), exitNoDevice, "rank 1 on " + host},
		{"more ranks than rows", strings.Replace(mpiTask, "--batch 9", "--batch 1", 1), nil, exitUsage, " on " + host},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var change []func([]string) []string
			if tt.change != nil {
				change = append(change, tt.change)
			}
			cmd, out := newMPIRun(t, tt.args).command(2, "--out "+filepath.Join(t.TempDir(), "run"), change...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if code, _ := ends(t, cmd, out, time.Now()); code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit code %d, want %d and %q\n%s", code, tt.code, tt.want, out)
			}
		})
	}
}
