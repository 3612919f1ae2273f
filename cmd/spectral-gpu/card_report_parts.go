package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// reportPart is one part of a card report: a command line of this program, or a test binary.
type reportPart struct {
	program string
	name    string // that the program is called by; "" for its own
	args    []string
	dir     string        // where it runs; "" is the report's folder
	most    time.Duration // it is cut off after
}

func (p reportPart) title() string {
	return strings.Join(append([]string{filepath.Base(p.program)}, p.args...), " ")
}

// parts lists what a report is made of, what matters most first: is it right, how fast is it, does it learn.
func (c *cardReportCmd) parts() ([]reportPart, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	lines := fullReport
	if c.Short {
		lines = shortReport
	}
	var list []reportPart
	for _, l := range lines {
		args := strings.Fields(l.args)
		if args[0] != "devices" {
			args = append(args, "--device", c.Device)
		}
		list = append(list, reportPart{program: self, name: os.Args[0], args: args, most: l.most})
	}
	learn, most := c.training()
	list = append(list, reportPart{program: self, name: os.Args[0], args: append(learn, "--device", c.Device), most: most})
	tests, err := c.tests()
	return append(list, tests...), err
}

// reportLine is a command of a report and the time that it may take.
type reportLine struct {
	args string
	most time.Duration
}

var fullReport = []reportLine{
	{"devices", 10 * time.Second},
	{"verify --full", 90 * time.Second},
	{"tune mnist --cell spectral --hidden 128 --reflectors 16", 20 * time.Second},
	{"tune mnist --cell rnn --hidden 128", 20 * time.Second},
	{"tune mnist --cell spectral --hidden 256 --reflectors 16", 20 * time.Second},
	{"tune mnist --cell rnn --hidden 256", 20 * time.Second},
	{"tune mnist --cell spectral --hidden 512 --reflectors 16", 25 * time.Second},
	{"tune mnist --cell rnn --hidden 512", 25 * time.Second},
	{"bench --suite step --n 128 --m 16 --cell spectral,rnn,lstm --runs 30", 20 * time.Second},
	{"bench --suite step --n 256 --m 16 --cell spectral,rnn,lstm --runs 30", 20 * time.Second},
	{"bench --suite step --n 512 --m 16 --cell spectral,rnn,lstm --runs 30", 20 * time.Second},
	{"bench --suite step --n 512 --m 512 --cell spectral,rnn --runs 15", 20 * time.Second},
	{"bench --suite step --n 1024 --m 16 --cell spectral,rnn --runs 10", 20 * time.Second},
	{"bench --suite step --cell spectral,sequential,sequential-fused --T 100 --B 32 --runs 15", 20 * time.Second},
	{"bench --suite run --n 128 --m 16 --cell spectral,rnn --runs 50", 20 * time.Second},
	{"bench --suite gemm --size 512x512x512,1024x1024x1024,4096x4096x4096,128x128x100352:tn --runs 30", 20 * time.Second},
	{"bench --suite hh --runs 15", 30 * time.Second},
	{"bench --suite growth --cell spectral --runs 7", 30 * time.Second},
	{"profile mnist --hidden 128 --reflectors 16", 20 * time.Second},
	{"profile mnist --hidden 512 --reflectors 512", 20 * time.Second},
}

var shortReport = []reportLine{
	{"devices", time.Minute},
	{"verify", time.Minute},
	{"tune adding --length 20 --hidden 16 --reflectors 2 --batch 8", time.Minute},
	{"bench --suite step --T 8 --B 4 --n 16 --m 2 --cell spectral,rnn,lstm --runs 2 --tune off", time.Minute},
	{"bench --suite step --T 4 --B 2 --n 8 --m 2 --cell spectral,sequential --runs 1 --tune off", time.Minute},
	{"bench --suite run --T 8 --B 4 --n 16 --m 2 --cell spectral --runs 3 --tune off", time.Minute},
	{"bench --suite gemm --size 64x64x64 --runs 2 --tune off", time.Minute},
	{"bench --suite hh --n 300 --runs 1 --tune off", time.Minute},
	{"bench --suite growth --cell spectral --over T=2,100,400 --B 4 --n 8 --m 2 --runs 3 --tune off", time.Minute},
	{"profile adding --length 8 --hidden 16 --reflectors 2 --batch 4 --runs 2 --tune off", time.Minute},
}

// training is an epoch of MNIST pixel by pixel where its files are, else steps of the adding problem.
func (c *cardReportCmd) training() ([]string, time.Duration) {
	args := []string{"train", "adding", "--length", "784", "--reflectors", "16", "--steps", "500"}
	switch {
	case c.Short:
		args = []string{"train", "adding", "--length", "10", "--hidden", "16", "--batch", "8", "--reflectors", "2", "--steps", "20", "--valid-size", "16", "--test-size", "16", "--tune", "off"}
	case slices.ContainsFunc(data.List(c.Data), func(e data.Entry) bool { return e.Task == "mnist" && e.Present }):
		args = []string{"train", "mnist", "--reflectors", "16", "--epochs", "1"}
	}
	if c.Data != "" {
		args = append(args, "--data", c.Data)
	}
	return append(args, "--out", "run"), 60 * time.Second
}

// tests lists the test binaries.
func (c *cardReportCmd) tests() ([]reportPart, error) {
	if c.Tests == "" {
		return nil, nil
	}
	found, err := filepath.Glob(filepath.Join(c.Tests, "*.test"))
	var list []reportPart
	for _, path := range found {
		list = append(list, reportPart{program: path, dir: c.Tests, args: []string{"-test.short", "-test.timeout", "100s"}, most: 105 * time.Second})
	}
	return list, err
}
