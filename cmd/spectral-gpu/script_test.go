package main

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spectral-gpu/spectral-gpu/data/datatest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"spectral-gpu": main,
	})
}

// TestScript runs testdata/script/*.txtar, each a session of a user.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"SPECTRAL_REQUIRE_GPU", "VK_ICD_FILENAMES", "VK_DRIVER_FILES"} {
				if v, ok := os.LookupEnv(name); ok {
					e.Setenv(name, v)
				}
			}
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/cache")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "vulkan" { // asked for where a Vulkan device must exist, so that a missing one fails
				return os.Getenv("SPECTRAL_REQUIRE_GPU") == "1", nil
			}
			if cond == "window" { // the program is built with one
				return windowUsable() == nil, nil
			}
			return false, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mnist": mnist, "interrupt": interrupt, "cheap": cheap},
	})
}

// exits CODE ARGS... runs spectral-gpu and requires the exit code; its output can be matched afterwards.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("spectral-gpu", args[1:]...)
	got := 0
	if ee, ok := err.(*exec.ExitError); ok {
		got = ee.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// mnist DIR writes small data in the form of MNIST below DIR.
func mnist(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(datatest.WriteMNIST(ts.MkAbs(args[0]), 256, 64, 1))
}

// cheap SECONDS ARGS... runs spectral-gpu and requires that it takes at most so much time of processors, which other programs do not
// lengthen as they do the time on the clock.
func cheap(ts *testscript.TestScript, neg bool, args []string) {
	most, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	path, err := exec.LookPath("spectral-gpu")
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+ts.MkAbs("cache"))
	out, err := cmd.CombinedOutput()
	ts.Logf("%s", out)
	ts.Check(err)
	if took := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(); took > most {
		ts.Fatalf("%.2f s of processors, want at most %.2f", took, most)
	}
}

// interrupt FILE ARGS... starts spectral-gpu, waits until FILE exists, interrupts it and requires exit code 130.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	path, err := exec.LookPath("spectral-gpu")
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+ts.MkAbs("cache"))
	ts.Check(cmd.Start())
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	err = cmd.Wait()
	if ee, ok := err.(*exec.ExitError); !ok || ee.ExitCode() != exitInterrupted {
		ts.Fatalf("interrupted run ended with %v, want exit code %d", err, exitInterrupted)
	}
}
