package parity_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all"
	"github.com/spectral-gpu/spectral-gpu/gpu/parity"
)

// device opens the executor's best device. A Vulkan device that is not there is an error where SPECTRAL_REQUIRE_GPU=1, and a
// skip that says so elsewhere. The CPU executor always is there.
func device(t *testing.T, executor string, opts gpu.Options) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open(executor, opts)
	if err != nil {
		if executor != "cpu" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
			t.Skipf("SPECTRAL_REQUIRE_GPU is not 1 and there is no %s device: %v", executor, err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// check runs the cases and reports each failure, and the worst case of each operation.
func check(t *testing.T, run func(report func(parity.Result)) ([]parity.Summary, error)) {
	t.Helper()
	start := time.Now()
	sums, err := run(func(r parity.Result) {
		if !r.Pass {
			t.Errorf("%s %s: %v", r.Op, r.Case, r.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sums) == 0 {
		t.Fatal("no case was run")
	}
	for _, s := range sums {
		t.Logf("%-22s %4d cases, %d failed; worst %.3f of its tolerance (%.3g of %.3g): %s", s.Op, s.Cases, s.Failed, s.Worst.Worst, s.Worst.WorstAbs, s.Worst.Tolerance, s.Worst.Case)
	}
	t.Logf("%v", time.Since(start).Round(time.Millisecond))
}

// TestParity runs the whole list on every executor (the short subset with -short), each case twice for identical bits.
func TestParity(t *testing.T) {
	executors := []string{"cpu", "vulkan"}
	devs := []*gpu.Device{device(t, "cpu", gpu.Options{}), device(t, "vulkan", gpu.Options{})}
	results := make([][]parity.Result, len(devs))
	opts := parity.Options{Short: testing.Short(), Repeat: true}
	if _, err := parity.RunAll(context.Background(), devs, opts, func(dev int, r parity.Result) { results[dev] = append(results[dev], r) }); err != nil {
		t.Fatal(err)
	}
	for i, executor := range executors {
		t.Run(executor, func(t *testing.T) {
			check(t, func(report func(parity.Result)) ([]parity.Summary, error) {
				for _, r := range results[i] {
					report(r)
				}
				return parity.Summarise(results[i]), nil
			})
		})
	}
}

// TestParityOnOneThread runs the short subset on the CPU executor with one thread: another division of the work.
func TestParityOnOneThread(t *testing.T) {
	dev := device(t, "cpu", gpu.Options{Threads: 1})
	check(t, func(report func(parity.Result)) ([]parity.Summary, error) {
		return parity.Run(context.Background(), dev, parity.Options{Short: true}, report)
	})
}

// TestParityUnderValidation runs the short subset under the validation layer with synchronisation validation.
func TestParityUnderValidation(t *testing.T) {
	messages := newMessages(t)
	dev := device(t, "vulkan", gpu.Options{Validate: true, OnMessage: messages.add})
	check(t, func(report func(parity.Result)) ([]parity.Summary, error) {
		return parity.Run(context.Background(), dev, parity.Options{Short: true}, func(r parity.Result) {
			messages.blame(r.Op + " " + r.Case)
			report(r)
		})
	})
}

// messages turns validation messages into test errors that name the case.
type messages struct {
	t    *testing.T
	mu   sync.Mutex
	list []string
}

func newMessages(t *testing.T) *messages { return &messages{t: t} }

func (m *messages) add(msg gpu.Message) {
	if msg.Severity != "error" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, fmt.Sprintf("%s: %s", msg.ID, msg.Text))
}

// blame reports what arrived since the last call as the fault of what.
func (m *messages) blame(what string) {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range m.list {
		m.t.Errorf("%s: %s", what, text)
	}
	m.list = nil
}

// TestStaging runs the short subset with memory that is copied between host and device, as on a discrete card.
func TestStaging(t *testing.T) {
	t.Setenv("SPECTRAL_FORCE_STAGING", "1")
	dev := device(t, "vulkan", gpu.Options{})
	check(t, func(report func(parity.Result)) ([]parity.Summary, error) {
		return parity.Run(context.Background(), dev, parity.Options{Short: true, Match: some}, report)
	})
}

// some accepts a sixth of the cases or so.
func some(c parity.Case) bool { return strings.Contains(c.Name, "33") || c.Op == "program" }

// TestExecutorsAgree compares the CPU executor and the Vulkan executor with each other, not by way of the oracle.
func TestExecutorsAgree(t *testing.T) {
	cpu, vulkan := device(t, "cpu", gpu.Options{}), device(t, "vulkan", gpu.Options{})
	check(t, func(report func(parity.Result)) ([]parity.Summary, error) {
		return parity.Compare(context.Background(), cpu, vulkan, parity.Options{Short: true}, report)
	})
}
