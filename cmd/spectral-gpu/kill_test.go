//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kills is how many runs are killed on each device: SPECTRAL_KILLS, by default enough to see that it works.
func kills(t *testing.T) int {
	text, ok := os.LookupEnv("SPECTRAL_KILLS")
	if !ok {
		return 6
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKilledRunsGoOn kills processes that train, at random moments of runs that save often and seldom, and resumes them: the folders
// are those of runs that nothing has disturbed, byte for byte.
func TestKilledRunsGoOn(t *testing.T) {
	exe, err := exec.LookPath("spectral-gpu") // of TestMain
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	for _, device := range []string{"cpu", "vulkan"} {
		if device == "vulkan" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
			continue
		}
		t.Run(device, func(t *testing.T) {
			for i, save := range []int{1, 7, 1000} {
				k := killer{exe: exe, cache: cache, args: strings.Fields(fmt.Sprintf(
					"train adding --length 30 --hidden 16 --reflectors 4 --batch 16 --steps 60 --eval-every 20 --test-size 64 --save-every %d --device %s", save, device))}
				k.test(t, (kills(t)+2-i)/3)
			}
		})
	}
}

// killer runs one command line many times.
type killer struct {
	exe, cache string
	args       []string
}

func (k killer) command(dir string, more ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(k.exe, append(append([]string{}, k.args...), append(more, "--out", dir)...)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+k.cache)
	var out bytes.Buffer
	cmd.Stderr = &out
	return cmd, &out
}

// finish starts a run or goes on with it, and waits.
func (k killer) finish(t *testing.T, dir string) {
	t.Helper()
	var more []string
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
		more = []string{"--resume"}
	}
	cmd, out := k.command(dir, more...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", more, err, out)
	}
}

func (k killer) test(t *testing.T, times int) {
	t.Helper()
	calm := filepath.Join(t.TempDir(), "calm")
	k.finish(t, calm) // fills the caches
	os.RemoveAll(calm)
	took := k.training(t, calm)
	want := readFolder(t, calm)
	rng := rand.New(rand.NewPCG(1, uint64(len(k.args))))
	begun := 0
	for i := range times {
		dir := filepath.Join(t.TempDir(), "run")
		cmd, _ := k.command(dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, dir)
		time.Sleep(time.Duration(rng.Float64() * float64(took)))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(dir, "checkpoint.safetensors")); err == nil {
			begun++
		}
		k.finish(t, dir)
		got := readFolder(t, dir)
		for name := range got {
			if want[name] != got[name] {
				t.Errorf("kill %d: %s differs or is left over", i, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("kill %d: %d files, want %d", i, len(got), len(want))
		}
	}
	t.Logf("%s: %d killed, %d of them with a checkpoint", strings.Join(k.args, " "), times, begun)
}

// training runs to the end and returns the time from when there is a folder.
func (k killer) training(t *testing.T, dir string) time.Duration {
	t.Helper()
	cmd, out := k.command(dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, dir)
	start := time.Now()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return time.Since(start)
}

// waitFor returns when there is such a file.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 60_000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%s does not appear", path)
}

func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "sessions.jsonl" { // which tells times
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(content)
	}
	return files
}
