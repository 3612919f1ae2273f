package data_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/data"
)

// csvRows is a table of n rows whose values tell the row: 10·row + 10 + column, and whose class is a or b in turn.
func csvRows(n, values int, header bool) string {
	var b strings.Builder
	if header {
		for i := range values {
			fmt.Fprintf(&b, "v%d,", i)
		}
		b.WriteString("class\n")
	}
	for row := range n {
		for i := range values {
			fmt.Fprintf(&b, "%d,", 10*row+10+i)
		}
		fmt.Fprintf(&b, "%c\n", 'a'+row%2)
	}
	return b.String()
}

// own opens a table with its values as they are, unless c says otherwise.
func openTable(t testing.TB, content string, c data.Config) data.Task {
	t.Helper()
	if c.Normalise == "" {
		c.Normalise = data.NormaliseNone
	}
	return mustOpen(t, "csv:"+write(t, t.TempDir(), "table.csv", content), c)
}

// splitRows returns every sequence of a split with its label or targets.
func splitRows(t testing.TB, task data.Task, split data.Split) (values [][]float32, labels []int32, targets [][]float32) {
	s := task.Spec()
	for index := range s.Batches(split, 4, s.Length) {
		b, counted := fill(t, task, split, 0, index, 4)
		for r := range counted {
			one := rowBatch(s, b, r)
			values, labels, targets = append(values, one.Values), append(labels, one.Labels[0]), append(targets, one.Targets)
		}
	}
	return values, labels, targets
}

// Every row is in one split, with its own class, at every step what its columns say.
func TestCSVRows(t *testing.T) {
	for _, header := range []bool{false, true} {
		task := openTable(t, csvRows(20, 6, header), data.Config{Channels: 2})
		s := task.Spec()
		if s.Length != 3 || s.Input != data.Values(2) || s.Output != (data.Output{Loss: data.CrossEntropy, Width: 2}) || s.Metric != data.Accuracy ||
			s.TrainSize != 16 || s.ValidSize != 2 || s.TestSize != 2 || !slices.Equal(s.Encoding.Classes, []string{"a", "b"}) || math.Abs(s.Baseline-math.Ln2) > 1e-12 {
			t.Fatalf("header %v: spec %+v", header, s)
		}
		if header != (s.Encoding.Columns != nil) {
			t.Errorf("columns %v", s.Encoding.Columns)
		}
		seen := map[float32]bool{}
		for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
			values, labels, _ := splitRows(t, task, split)
			count := [2]int{}
			for i, v := range values {
				seen[v[0]] = true
				want := []float32{v[0], v[0] + 1, v[0] + 2, v[0] + 3, v[0] + 4, v[0] + 5}
				if !slices.Equal(v, want) || labels[i] != int32(v[0]/10-1)%2 {
					t.Errorf("%v: row %v has label %d", split, v, labels[i])
				}
				count[labels[i]]++
			}
			if count[0] != count[1] {
				t.Errorf("%v has %v rows of the classes", split, count)
			}
		}
		if len(seen) != 20 {
			t.Errorf("%d of 20 rows", len(seen))
		}
	}
}

func TestCSVColumns(t *testing.T) {
	body := strings.Repeat("1;2;x;4\n5;6;y;8\n", 10)
	tests := []struct {
		name, content string
		config        data.Config
		columns       []string
		classes       []string
		first         []float32 // of a row of the first class
		notes         int
	}{
		{"label in the middle", "p;q;r;s\n" + body, data.Config{Label: "r"}, []string{"p", "q", "s"}, []string{"x", "y"}, []float32{1, 2, 4}, 0},
		{"by number", body, data.Config{Label: "3"}, nil, []string{"x", "y"}, []float32{1, 2, 4}, 0},
		{"some columns", "p;q;r;s\n" + body, data.Config{Label: "r", Columns: []string{"s", "1"}}, []string{"s", "p"}, []string{"x", "y"}, []float32{4, 1}, 0},
		{"first", strings.Repeat("-1\t5\t6\n+1\t7\t8\n", 10), data.Config{Label: "first"}, nil, []string{"-1", "1"}, []float32{5, 6}, 0},
		{"classes by number", strings.Repeat("1,10\n2,9\n3,-2\n3,-2.0\n", 10), data.Config{}, nil, []string{"-2", "9", "10"}, []float32{3}, 0},
		{"classes by name", strings.Repeat("1,b10\n2,b9\n3,\"b 1\"\n", 10), data.Config{}, nil, []string{"b 1", "b10", "b9"}, []float32{3}, 0},
		{"Windows", "\xef\xbb\xbf" + strings.ReplaceAll("p,q,class\n"+strings.Repeat("1,2,a\n3,4,b\n", 10), "\n", "\r\n"), data.Config{}, []string{"p", "q"}, []string{"a", "b"}, []float32{1, 2}, 2},
		{"header of numbers", "0,1,class\n" + strings.Repeat("1,2,a\n3,4,b\n", 10), data.Config{Header: data.HeaderYes}, []string{"0", "1"}, []string{"a", "b"}, []float32{1, 2}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			task := openTable(t, tt.content, tt.config)
			s := task.Spec()
			if d := cmp.Diff(tt.columns, s.Encoding.Columns) + cmp.Diff(tt.classes, s.Encoding.Classes); d != "" || len(s.Notes) != tt.notes {
				t.Errorf("%s, notes %v", d, s.Notes)
			}
			values, labels, _ := splitRows(t, task, data.Train)
			if v := values[slices.Index(labels, 0)]; !slices.Equal(v, tt.first) {
				t.Errorf("a row of the first class is %v, want %v", v, tt.first)
			}
		})
	}
}

// A regression: targets by name, scaled over the training rows as the inputs are, so that the mean has an error of 1.
func TestCSVTargets(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,y,u,v\n")
	for i := range 40 {
		fmt.Fprintf(&b, "%d,%d,%d,7\n", i, 2*i, 3*i+1)
	}
	task := openTable(t, b.String(), data.Config{Targets: []string{"u", "v"}, Normalise: data.NormaliseTrain, Channels: 2})
	s := task.Spec()
	if s.Output != (data.Output{Loss: data.SquaredError, Width: 2}) || s.Metric != data.MSE || s.Length != 1 || !slices.Equal(s.Encoding.TargetColumns, []string{"u", "v"}) {
		t.Fatalf("spec %+v", s)
	}
	values, labels, targets := splitRows(t, task, data.Train)
	var sum, squares [3]float64
	for i := range values {
		for k, v := range []float32{values[i][0], values[i][1], targets[i][0]} {
			sum[k] += float64(v)
			squares[k] += float64(v) * float64(v)
		}
		if x, u := s.Encoding.Inputs[0].Undo(float64(values[i][0])), s.Encoding.Targets[0].Undo(float64(targets[i][0])); math.Abs(u-3*x-1) > 1e-4 || targets[i][1] != 0 || labels[i] != 0 {
			t.Errorf("x %v, targets %v", x, targets[i])
		}
	}
	n := float64(len(values))
	for k := range sum {
		if math.Abs(sum[k]/n) > 1e-6 || math.Abs(squares[k]/n-1) > 1e-5 {
			t.Errorf("%d: mean %v, mean square %v", k, sum[k]/n, squares[k]/n)
		}
	}
	if math.Abs(s.Baseline-0.5) > 1e-9 { // 1 of u, 0 of v
		t.Errorf("baseline %v", s.Baseline)
	}
	raw := openTable(t, b.String(), data.Config{Targets: []string{"u"}})
	if r := raw.Spec(); r.Encoding.Targets != nil || math.Abs(r.Baseline-math.Pow(s.Encoding.Targets[0].Deviation, 2)) > 1e-9 {
		t.Errorf("baseline %v of values as they are, want %v", r.Baseline, math.Pow(s.Encoding.Targets[0].Deviation, 2))
	}
}

// Gaps are interpolated and short rows get zeros in front, both where that is asked for.
func TestCSVPads(t *testing.T) {
	rows := strings.Repeat("1,NaN,3,4,a\n2,3,b\n,6,7,?,b\n", 10)
	task := openTable(t, rows, data.Config{Missing: data.MissingPad, Header: data.HeaderNo})
	values, labels, _ := splitRows(t, task, data.Train)
	want := map[float32][]float32{1: {1, 2, 3, 4}, 2: {0, 0, 2, 3}, 6: {0, 0, 6, 7}}
	for i, v := range values {
		first := v[slices.IndexFunc(v, func(x float32) bool { return x != 0 })]
		if !slices.Equal(v, want[first]) || (labels[i] == 0) != (first == 1) {
			t.Errorf("%v with label %d, want %v", v, labels[i], want[first])
		}
	}
	// A prediction sees what training saw, without the data.
	s := task.Spec()
	dst := make([]float32, 4)
	if err := s.Sequence(dst, []float32{2, 3}); err != nil || !slices.Equal(dst, want[2]) {
		t.Errorf("%v, %v", dst, err)
	}
	if err := s.Sequence(dst, make([]float32, 5)); !errors.Is(err, data.ErrConfig) {
		t.Errorf("error %v", err)
	}
	scaled := openTable(t, rows, data.Config{Missing: data.MissingPad, Header: data.HeaderNo, Normalise: data.NormaliseTrain}).Spec()
	if err := scaled.Sequence(dst, []float32{2, 3}); err != nil || dst[0] != 0 || dst[1] != 0 || math.Abs(scaled.Encoding.Inputs[0].Undo(float64(dst[3]))-3) > 1e-6 {
		t.Errorf("%v, %v", dst, err)
	}
}

func TestCSVRefuses(t *testing.T) {
	good := csvRows(20, 2, true)
	tests := []struct {
		name, content string
		config        data.Config
		is            error
		says          string
	}{
		{"ragged", good + "1,2,3,a\n", data.Config{}, data.ErrCorrupt, "table.csv:22:7: found a row of 4 values, want 3 as in the first row; a value that holds the delimiter is quoted; sequences of different lengths are padded with --missing pad"},
		{"short", good + "1,a\n", data.Config{}, data.ErrCorrupt, "table.csv:22:3: found a row of 2 values, want 3"},
		{"text", good + "1,abc,a\n", data.Config{}, data.ErrCorrupt, `table.csv:22:3: found "abc", want a number in column 2 (v1)`},
		{"long text", good + strings.Repeat("é", 50) + ",1,a\n", data.Config{}, data.ErrCorrupt, `table.csv:22:1: found "` + strings.Repeat("é", 40) + `…"`},
		{"missing", good + "1,NaN,a\n", data.Config{}, data.ErrCorrupt, `table.csv:22:3: found the missing value "NaN", want a number in column 2 (v1); fill it, or have it interpolated with --missing pad`},
		{"empty value", good + "1,,a\n", data.Config{}, data.ErrCorrupt, "table.csv:22:3: found nothing, want a number"},
		{"infinite", good + "1,inf,a\n", data.Config{}, data.ErrCorrupt, `found "inf", which float32 cannot hold`},
		{"too large", good + "1,1e39,a\n", data.Config{}, data.ErrCorrupt, `found "1e39", which float32 cannot hold`},
		{"decimal commas", "x;y;c\n1,5;2;a\n", data.Config{}, data.ErrCorrupt, `table.csv:2:1: found "1,5", want a number in column 1 (x); write decimal points`},
		{"no class", good + "1,2,\n", data.Config{}, data.ErrCorrupt, "table.csv:22:5: found nothing, want a class in column 3 (class)"},
		{"one class", "x,c\n" + strings.Repeat("1,a\n", 10), data.Config{}, data.ErrCorrupt, `table.csv:2:3: found the class "a" in column 2 (c) in every row, want at least two classes; is it the right column? --label names it`},
		{"one class of ragged rows", "1,a\n1,2,a\n", data.Config{Missing: data.MissingPad, Header: data.HeaderNo, Shares: data.Shares{Train: 1}}, data.ErrCorrupt, `table.csv:1:3: found the class "a" in column 2 in every row`},
		{"old Macintosh", strings.ReplaceAll(good, "\n", "\r"), data.Config{}, data.ErrCorrupt, "table.csv:1:12: found a carriage return alone"},
		{"fractions as classes", "x,y\n1,0.5\n2,0.25\n3,1.5\n4,1\n", data.Config{Shares: data.Shares{Train: 1}}, data.ErrCorrupt, "table.csv:2:3: found 4 classes in column 2 (y) of 4 rows, among them fractions, want classes that come again; a number that is to be predicted is named with --targets"},
		{"unseen class", good + "1,2,c\n", data.Config{Shares: data.Shares{Train: 0.4, Test: 0.6}}, data.ErrCorrupt, `table.csv:22:5: found the class "c" in column 3 (class) of the split test, want a class that training has seen; give more rows of it, or other shares (--shares)`},
		{"empty split", csvRows(5, 2, true), data.Config{Shares: data.Shares{Train: 0.98, Valid: 0.02}}, data.ErrConfig, "table.csv has 5 rows, of which none is left for the split valid with its share of 0.02; 50 rows would do, or other shares (--shares)"},
		{"memory", strings.Repeat("1,a\n", 1<<14) + strings.Repeat("1,", 1<<16) + "b\n", data.Config{Missing: data.MissingPad, Header: data.HeaderNo}, data.ErrConfig,
			"table.csv take 4.00 GiB of memory, each as long as the longest of 65536 values, and 4 GiB are the most; cut that one, or take fewer"},
		{"target far away", "x,y\n1,3e38\n2,1.2\n3,1.3\n4,1.4\n5,1.5\n", data.Config{Targets: []string{"y"}, Shares: data.Shares{Train: 0.8, Test: 0.2}}, data.ErrCorrupt,
			"table.csv:2: found a number to predict that is too far from those of training"},
		{"header alone", "x,y,c\n", data.Config{}, data.ErrCorrupt, "found the end of the table behind its header, want rows"},
		{"empty lines", "\n\n", data.Config{}, data.ErrCorrupt, "found empty lines, want a table"},
		{"counting header", "0,1,2,3,class\n1,2,3,4,a\n", data.Config{}, data.ErrCorrupt, "table.csv:1:1: found a first row that counts its columns, want names or values; say whether it is a header: --header yes or --header no"},
		{"one column", "c\na\nb\n", data.Config{}, data.ErrCorrupt, "found a row with nothing to read as input, want at least one value beside the label"},
		{"channels", good, data.Config{Channels: 3}, data.ErrCorrupt, "table.csv:2: found 2 values, want a multiple of the 3 channels"},
		{"length", good, data.Config{Length: 3}, data.ErrConfig, "2 values of 1 channels are not 3 time steps of the same width; the divisors of 2 are [1 2]"},
		{"no such column", good, data.Config{Label: "kind"}, data.ErrConfig, `column "kind" of `},
		{"number of a column", good, data.Config{Targets: []string{"4"}}, data.ErrConfig, "its 3 columns are v0, v1 and class"},
		{"two of a name", "x,x,c\n1,2,a\n", data.Config{Columns: []string{"x"}}, data.ErrConfig, `two columns named "x", numbers 1 and 2`},
		{"named twice", good, data.Config{Columns: []string{"v0", "1"}}, data.ErrConfig, `column "1" is named twice`},
		{"label and targets", good, data.Config{Label: "class", Targets: []string{"v0"}}, data.ErrConfig, "a table has either"},
		{"label as input", good, data.Config{Columns: []string{"v0", "class"}}, data.ErrConfig, "the label in column 3 (class) is among the columns"},
		{"target that is text", good, data.Config{Targets: []string{"class"}}, data.ErrCorrupt, `table.csv:2:7: found "a", want a number in column 3 (class)`},
		{"size", good, data.Config{TrainSize: 17}, data.ErrConfig, "17 sequences for train are asked for, and there are 16"},
		{"far away", "1,a\n1.0000001,b\n1,a\n1.0000001,b\n1,a\n1,b\n1,a\n1,b\n3e38,a\n", data.Config{Shares: data.Shares{Train: 0.9, Test: 0.1}, Normalise: data.NormaliseTrain, TrainSize: 2}, data.ErrCorrupt, "found a value that is too far from those of training"},
		{"nothing in a row", csvRows(4, 2, true) + ",,b\n", data.Config{Missing: data.MissingPad, Shares: data.Shares{Train: 1}}, data.ErrCorrupt, "table.csv:6: found a sequence that lacks all its values"},
		{"missing policy", good, data.Config{Missing: "zero"}, data.ErrConfig, `missing "zero"; there are refuse, pad`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := data.Open("csv:"+write(t, t.TempDir(), "table.csv", tt.content), tt.config)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}
