package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nlpodyssey/safetensors"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mnist": mnist, "interrupt": interrupt, "cheap": cheap, "poison": poison, "unsum": unsum},
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

// poison FILE TENSOR [NUMBER] writes NaN, or another number, over the first element of a tensor of a safetensors file and leaves everything else.
func poison(ts *testscript.TestScript, neg bool, args []string) {
	value := math.NaN()
	if len(args) > 2 {
		var err error
		value, err = strconv.ParseFloat(args[2], 64)
		ts.Check(err)
	}
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	size := binary.LittleEndian.Uint64(raw)
	var header map[string]json.RawMessage
	ts.Check(json.Unmarshal(raw[8:8+size], &header))
	var tensor struct {
		Offsets [2]uint64 `json:"data_offsets"`
	}
	ts.Check(json.Unmarshal(header[args[1]], &tensor))
	binary.LittleEndian.PutUint32(raw[8+size+tensor.Offsets[0]:], math.Float32bits(float32(value)))
	ts.Check(os.WriteFile(path, raw, 0o644))
}

// unsum FILE takes the checksums out of a checkpoint, which makes it one of an earlier version.
func unsum(ts *testscript.TestScript, neg bool, args []string) {
	raw, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	st, err := safetensors.Deserialize(raw)
	ts.Check(err)
	_, meta, err := safetensors.ReadMetadata(raw)
	ts.Check(err)
	info := map[string]string{}
	for key, value := range meta.Metadata() {
		if !strings.HasPrefix(key, "sha256.") {
			info[key] = value
		}
	}
	info["format"] = "spectral-gpu/1"
	tensors := map[string]safetensors.TensorView{}
	for _, t := range st.Tensors() {
		tensors[t.Name] = t.TensorView
	}
	var out bytes.Buffer
	ts.Check(safetensors.SerializeToWriter(tensors, info, &out))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o644))
}
