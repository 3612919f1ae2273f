package data_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// seriesRows is a table whose row i is i, 2i and the square of i.
func seriesRows(n int) string {
	var b strings.Builder
	b.WriteString("one;two;square\n")
	for i := range n {
		fmt.Fprintf(&b, "%d;%d;%d\n", i, 2*i, i*i)
	}
	return b.String()
}

func openTimes(t testing.TB, content string, c data.Config) data.Task {
	t.Helper()
	return mustOpen(t, "series:"+write(t, t.TempDir(), "times.csv", content), c)
}

// A window is consecutive rows of one split, and what is predicted are those behind it; an epoch has every window once.
func TestSeriesWindows(t *testing.T) {
	task := openTimes(t, seriesRows(100), data.Config{Length: 4, Horizon: 2, Targets: []string{"square", "one"}, Columns: []string{"one", "two"},
		Normalise: data.NormaliseNone, Shares: data.Shares{Train: 0.5, Valid: 0.3, Test: 0.2}})
	s := task.Spec()
	if s.Length != 4 || s.Input != data.Values(2) || s.Output != (data.Output{Loss: data.SquaredError, Width: 4}) || s.TrainSize != 45 || s.ValidSize != 25 || s.TestSize != 15 ||
		!slices.Equal(s.Encoding.Columns, []string{"one", "two"}) || !slices.Equal(s.Encoding.TargetColumns, []string{"square+1", "one+1", "square+2", "one+2"}) {
		t.Fatalf("spec %+v", s)
	}
	for split, first := range map[data.Split]int{data.Train: 0, data.Valid: 50, data.Test: 80} {
		values, _, targets := splitRows(t, task, split)
		var starts []int
		for i, v := range values {
			start := v[0]
			starts = append(starts, int(start))
			next := start + 4
			if !slices.Equal(v, []float32{start, 2 * start, start + 1, 2*start + 2, start + 2, 2*start + 4, start + 3, 2*start + 6}) ||
				!slices.Equal(targets[i], []float32{next * next, next, (next + 1) * (next + 1), next + 1}) {
				t.Fatalf("%v: window %v, targets %v", split, v, targets[i])
			}
		}
		slices.Sort(starts)
		for i, start := range starts {
			if start != first+i {
				t.Fatalf("%v has windows at %v", split, starts)
			}
		}
	}
}

// Columns are scaled over the training rows alone; the baseline is the error of their mean.
func TestSeriesScale(t *testing.T) {
	content := seriesRows(100)
	s := openTimes(t, content, data.Config{Length: 3}).Spec()
	// The first 80 of 0, 1, 2, …
	mean, deviation := 39.5, math.Sqrt((80*80-1)/12.)
	if n := s.Encoding.Inputs[0]; len(s.Encoding.Inputs) != 3 || math.Abs(n.Mean-mean) > 1e-9 || math.Abs(n.Deviation-deviation) > 1e-9 || s.Encoding.Targets[1].Mean != 2*n.Mean {
		t.Errorf("scaling %+v", s.Encoding)
	}
	if math.Abs(s.Baseline-1) > 1e-9 {
		t.Errorf("baseline %v", s.Baseline)
	}
	none := openTimes(t, content, data.Config{Length: 3, Normalise: data.NormaliseNone, Targets: []string{"1"}}).Spec()
	if none.Encoding.Inputs != nil || math.Abs(none.Baseline-deviation*deviation) > 1e-9 || none.Input.Width != 3 {
		t.Errorf("spec %+v", none)
	}
	gaps := openTimes(t, strings.Replace(content, "10;20;100", ";NA;?", 1), data.Config{Length: 3, Missing: data.MissingPad, Normalise: data.NormaliseNone})
	values, _, _ := splitRows(t, gaps, data.Train)
	if i := slices.IndexFunc(values, func(v []float32) bool { return v[0] == 9 }); !slices.Equal(values[i][3:6], []float32{10, 20, 101}) {
		t.Errorf("a gap became %v", values[i])
	}
}

func TestSeriesRefuses(t *testing.T) {
	good := seriesRows(200)
	tests := []struct {
		name, content string
		config        data.Config
		is            error
		says          string
	}{
		{"ragged", good + "1;2\n", data.Config{}, data.ErrCorrupt, "times.csv:202:3: found a row of 2 values, want 3"},
		{"ragged and padded", good + "1;2\n", data.Config{Missing: data.MissingPad}, data.ErrCorrupt, "times.csv:202:3: found a row of 2 values, want 3"},
		{"date", "day;x\n2024-01-01;5\n", data.Config{}, data.ErrCorrupt, `times.csv:2:1: found "2024-01-01", want a number in column 1 (day); if it is no value (a date, say), --columns names the columns to read`},
		{"gap", good + "1;;3\n", data.Config{}, data.ErrCorrupt, "times.csv:202:3: found nothing, want a number in column 2 (two)"},
		{"no value in a column", "x,y\n" + strings.Repeat("1,\n", 100), data.Config{Missing: data.MissingPad}, data.ErrCorrupt, "found a table without a value in column 2 (y)"},
		{"too short", seriesRows(100), data.Config{}, data.ErrConfig, "times.csv, and a window of 50 with the 1 that are predicted takes 51; 510 rows would do, or a window of 9 at most (--length), or other shares (--shares)"},
		{"an empty split", seriesRows(4), data.Config{Length: 2}, data.ErrConfig, "the split test has 0 of the 4 rows of "},
		{"no window is short enough", seriesRows(10), data.Config{Length: 1}, data.ErrConfig, "takes 2; 20 rows would do, or other shares (--shares)"},
		{"old Macintosh", strings.ReplaceAll(good, "\n", "\r"), data.Config{}, data.ErrCorrupt, "found a carriage return alone"},
		{"far away", "1\n1.0000001\n1\n1.0000001\n3e38\n3e38\n3e38\n3e38\n", data.Config{Length: 2, Shares: data.Shares{Train: 0.5, Test: 0.5}}, data.ErrCorrupt, "times.csv:5: found a value that is too far from those of training in column 1, want"},
		{"header alone", "x,y\n", data.Config{}, data.ErrCorrupt, "times.csv:1: found the end of the table behind its header, want rows"},
		{"no such target", good, data.Config{Targets: []string{"three"}}, data.ErrConfig, `column "three" of `},
		{"scaling", good, data.Config{Normalise: data.NormaliseSequence}, data.ErrConfig, `normalise "sequence"`},
		{"label", good, data.Config{Label: "one"}, data.ErrConfig, `it has no option "label"`},
		{"horizon", good, data.Config{Horizon: -1}, data.ErrConfig, "horizon -1 is negative"},
		{"size", good, data.Config{Length: 10, TestSize: 11}, data.ErrConfig, "11 windows for test are asked for, and there are 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := data.Open("series:"+write(t, t.TempDir(), "times.csv", tt.content), tt.config)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}
