//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endlessRun is a run that ends by what happens to it.
func endlessRun(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	exe, err := exec.LookPath("spectral-gpu") // of TestMain
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, strings.Fields("train adding --length 12 --hidden 16 --reflectors 4 --batch 16 --steps 100000000 --test-size 16 --save-every 100000000 --device cpu --json --out "+dir)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	return cmd
}

func exitCodeOf(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		_ = cmd.Process.Kill()
		t.Fatal("the run did not end")
	}
	return cmd.ProcessState.ExitCode()
}

// TestEndsThatSave: ^C, SIGTERM, SIGHUP and a closed or full output end a run after saving.
func TestEndsThatSave(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // or a test that nohup started leaves the run its ignored SIGHUP
	defer signal.Stop(heard)
	for name, c := range map[string]struct {
		end  func(cmd *exec.Cmd, stdout *os.File)
		code int
	}{
		"^C":            {func(cmd *exec.Cmd, _ *os.File) { _ = cmd.Process.Signal(os.Interrupt) }, exitInterrupted},
		"SIGTERM":       {func(cmd *exec.Cmd, _ *os.File) { _ = cmd.Process.Signal(syscall.SIGTERM) }, exitInterrupted},
		"SIGHUP":        {func(cmd *exec.Cmd, _ *os.File) { _ = cmd.Process.Signal(syscall.SIGHUP) }, exitInterrupted},
		"closed output": {func(_ *exec.Cmd, stdout *os.File) { stdout.Close() }, exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			cmd := endlessRun(t, dir)
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			cmd.Stdout = w
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			lines := bufio.NewReader(r)
			for range 5 { // start and steps
				if _, err := lines.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			c.end(cmd, r)
			if name != "closed output" {
				go func() { _, _ = lines.WriteTo(io.Discard) }()
			}
			if code := exitCodeOf(t, cmd); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			state := readFolder(t, dir)
			if strings.Count(state["metrics.csv"], "\n") < 5 || !strings.Contains(state["checkpoint.safetensors"], `\"step\":`) || strings.Contains(state["checkpoint.safetensors"], `\"step\":0,`) {
				t.Errorf("the state was not saved: %.300q", state["checkpoint.safetensors"])
			}
		})
	}
}

// TestFullOutput: results that cannot be written are no success.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full:", err)
	}
	defer full.Close()
	cmd := endlessRun(t, filepath.Join(t.TempDir(), "run"))
	cmd.Stdout = full
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(t, cmd); code != exitDiskFull || !strings.Contains(log.String(), "no space left") {
		t.Errorf("exit code %d, want %d\n%s", code, exitDiskFull, &log)
	}
}

// TestFullDisk limits the size of files: the run ends with a code and a message of its own, and goes on where there is room.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cmd := endlessRun(t, dir)
	limited := exec.Command("sh", append([]string{"-c", `ulimit -f 64; exec "$0" "$@"`}, cmd.Args...)...)
	limited.Env = cmd.Env
	var log strings.Builder
	limited.Stderr = &log
	if err := limited.Start(); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(t, limited); code != exitDiskFull || !strings.Contains(log.String(), "the disk is full") || !strings.Contains(log.String(), "--resume") {
		t.Errorf("exit code %d, want %d\n%s", code, exitDiskFull, &log)
	}
	for name := range readFolder(t, dir) {
		if strings.Contains(name, ".tmp-") {
			t.Errorf("%s is left over", name)
		}
	}
	if cmd := exec.Command(cmd.Path, "eval", dir, "--device", "cpu"); cmd.Run() != nil {
		t.Error("the checkpoint on the full disk cannot be used")
	}
}

// TestSecondInterrupt: the first ^C ends the context, the second the process.
func TestSecondInterrupt(t *testing.T) {
	exits := make(chan int, 1)
	ctx, stop := watchSignals(context.Background(), func(code int) { exits <- code })
	defer stop()
	send := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	send()
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		t.Fatal("the first ^C did nothing")
	}
	select {
	case code := <-exits:
		t.Fatalf("the first ^C ended the process with %d", code)
	default:
	}
	send()
	select {
	case code := <-exits:
		if code != exitInterrupted {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatal("the second ^C did nothing")
	}
}
