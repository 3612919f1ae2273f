package data_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// writeUCR writes a set in the form of the archive's: 14 series of 12 values for training and 6 for test, two classes.
func writeUCR(t testing.TB, dir string) {
	t.Helper()
	for part, n := range map[string]int{"TRAIN": 14, "TEST": 6} {
		var b strings.Builder
		for row := range n {
			fmt.Fprintf(&b, "%d", 2*(row%2)-1)
			for i := range 12 {
				fmt.Fprintf(&b, "\t%g", math.Sin(float64(i*(1+row%2)))+0.01*float64(row)*float64(i)+float64(len(part)))
			}
			b.WriteString("\n")
		}
		write(t, dir, "ucr/Small_"+part+".tsv", b.String())
	}
}

// The number of steps is the largest divisor of the length that is not above its root; of a prime length it is all.
func TestUCRDepth(t *testing.T) {
	for values, want := range map[int]int{1: 1, 2: 2, 3: 3, 4: 2, 6: 2, 12: 3, 24: 4, 60: 6, 96: 8, 128: 8, 131: 131, 150: 10, 176: 11, 251: 251, 286: 13, 427: 7, 463: 463} {
		dir := t.TempDir()
		series := strings.Repeat("\t1\t2\t3", values)
		cells := strings.Split(series, "\t")[:values+1]
		content := "1" + strings.Join(cells, "\t") + "\n2" + strings.Join(cells, "\t") + "\n"
		write(t, dir, "ucr/S_TRAIN.tsv", content)
		write(t, dir, "ucr/S/S_TEST.tsv", content) // the other place
		s := mustOpen(t, "ucr:S", data.Config{Dir: dir}).Spec()
		if s.Length != want || s.Length*s.Input.Width != values {
			t.Errorf("%d values: %d steps of %d, want %d steps", values, s.Length, s.Input.Width, want)
		}
	}
}

func TestUCR(t *testing.T) {
	dir := t.TempDir()
	writeUCR(t, dir)
	task := mustOpen(t, "ucr:Small", data.Config{Dir: dir, ValidSize: 4})
	s := task.Spec()
	if s.Name != "ucr:Small" || s.Length != 3 || s.Input != data.Values(4) || s.TrainSize != 10 || s.ValidSize != 4 || s.TestSize != 6 ||
		!slices.Equal(s.Encoding.Classes, []string{"-1", "1"}) || !s.Encoding.PerSequence {
		t.Errorf("spec %+v", s)
	}
	values, labels, _ := splitRows(t, task, data.Test)
	for i, v := range values { // in the order of the file
		var sum, squares float64
		for _, x := range v {
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
		if math.Abs(sum) > 1e-5 || math.Abs(squares/12-1) > 1e-5 || labels[i] != int32(i%2) {
			t.Errorf("series %d: sum %v, mean square %v, label %d", i, sum, squares/12, labels[i])
		}
	}
	if _, labels, _ := splitRows(t, task, data.Valid); len(labels) != 4 || labels[0]+labels[1]+labels[2]+labels[3] != 2 {
		t.Errorf("validation has the classes %v, want two of each", labels)
	}
	if s := mustOpen(t, "ucr:Small", data.Config{Dir: dir, Length: 12}).Spec(); s.Length != 12 || s.Input.Width != 1 {
		t.Errorf("spec %+v", s)
	}
}

func TestUCRRefuses(t *testing.T) {
	tests := []struct {
		name        string
		train, test string
		config      data.Config
		says        string // without --missing pad
		padded      bool   // with it, it is read
	}{
		{"ragged", "1\t1\t2\n2\t1\t2\t3\n", "1\t1\t2\n", data.Config{}, "S_TRAIN.tsv:2:7: found a row of 4 values, want 3", true},
		{"longer test", "1\t1\t2\n2\t1\t2\n", "1\t1\t2\t3\n", data.Config{}, "S_TEST.tsv:1:7: found a series of 3 values, want 2 as in ", true},
		{"shorter test", "1\t1\t2\n2\t1\t2\n", "1\t1\n", data.Config{}, "S_TEST.tsv:1:3: found a series of 1 values, want 2 as in ", true},
		{"gap", "1\t1\tNaN\t3\n2\t1\t2\t3\n", "1\t1\t2\t3\n", data.Config{}, `S_TRAIN.tsv:1:5: found the missing value "NaN"`, true},
		{"unseen class", "1\t1\t2\n2\t1\t2\n", "1\t1\t2\n3\t1\t2\n", data.Config{}, `S_TEST.tsv:2:1: found the class "3" in column 1 of the split test, want a class that training has seen; give rows of it in `, false},
		{"one class", "1\t1\t2\n1\t1\t2\n", "1\t1\t2\n", data.Config{}, `S_TRAIN.tsv:1:1: found the class "1" in column 1 in every row, want at least two classes`, false},
		{"all for validation", "1\t1\t2\n2\t1\t2\n", "1\t1\t2\n", data.Config{ValidSize: 2}, "S_TRAIN.tsv leaves none to train on; ask for 1 at most", false},
		{"empty", "1\t1\t2\n2\t1\t2\n", "", data.Config{}, "S_TEST.tsv:1:1: found the end of an empty file", false},
		{"label alone", "1\n2\n", "1\n", data.Config{}, "S_TRAIN.tsv:1:1: found a row with nothing to read as input, want at least one value beside the label", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "ucr/S_TRAIN.tsv", tt.train)
			write(t, dir, "ucr/S_TEST.tsv", tt.test)
			tt.config.Dir = dir
			if _, err := data.Open("ucr:S", tt.config); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
			tt.config.Missing = data.MissingPad
			task, err := data.Open("ucr:S", tt.config)
			if (err == nil) != tt.padded {
				t.Fatalf("padded: error %v", err)
			}
			if tt.padded {
				for _, split := range []data.Split{data.Train, data.Test} {
					b, counted := fill(t, task, split, 0, 0, 3)
					checkBatch(t, task.Spec(), b, counted)
				}
			}
		})
	}
	dir := t.TempDir()
	writeUCR(t, dir)
	if _, err := data.Open("ucr:Tiny", data.Config{Dir: dir}); !errors.Is(err, data.ErrNotFound) || !strings.Contains(err.Error(), "has no Tiny_TRAIN.tsv; it has Small; it is published at https://") {
		t.Errorf("error %v", err)
	}
	if _, err := data.Open("ucr:../Small", data.Config{Dir: dir}); !errors.Is(err, data.ErrConfig) {
		t.Errorf("error %v", err)
	}
}

// The real sets, where there are any: all open, and every series is scaled.
func TestRealUCR(t *testing.T) {
	dir := os.Getenv(data.DirVariable)
	if dir == "" {
		t.Skip("$SPECTRAL_DATA is not set: real series are not tested")
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "ucr", "*_TRAIN.tsv"))
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), "_TRAIN.tsv")
		task := mustOpen(t, "ucr:"+name, data.Config{Dir: dir})
		s := task.Spec()
		t.Logf("%s: %d steps of %d, %d classes, %d + %d series, baseline %.3f", name, s.Length, s.Input.Width, s.Output.Width, s.TrainSize, s.TestSize, s.Baseline)
		b, counted := fill(t, task, data.Test, 0, 0, s.TestSize)
		checkBatch(t, s, b, counted)
		if counted != s.TestSize || len(s.Notes) > 0 {
			t.Errorf("%s: %d of %d series, notes %v", name, counted, s.TestSize, s.Notes)
		}
	}
}
