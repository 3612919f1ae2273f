package data_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// sequencesOf reads sequences for prediction.
func sequencesOf(s data.Spec, content string) (lines []int, values [][]float32, err error) {
	r, err := data.NewSequenceReader(s, "in.csv", strings.NewReader(content), false)
	if err != nil {
		return nil, nil, err
	}
	for {
		line, raw, err := r.Next()
		if err == io.EOF {
			return lines, values, nil
		} else if err != nil {
			return lines, values, err
		}
		dst := make([]float32, s.Length*s.Input.Width)
		if err := s.Sequence(dst, raw); err != nil {
			return lines, values, err
		}
		lines, values = append(lines, line), append(values, dst)
	}
}

// What a prediction reads is what training read, whatever the encoding.
func TestSequenceReader(t *testing.T) {
	dir := t.TempDir()
	writeUCR(t, dir)
	table := openTable(t, csvRows(20, 6, true), data.Config{Channels: 2, Normalise: data.NormaliseTrain})
	values, _, _ := splitRows(t, table, data.Test)
	s := table.Spec()
	row := int(math.Round(s.Encoding.Inputs[0].Undo(float64(values[0][0]))))
	cells := fmt.Sprintf("%d,%d,%d,%d,%d,%d\n", row, row+1, row+2, row+3, row+4, row+5)
	for name, content := range map[string]string{
		"without header": cells, "with header": "v0,v1,v2,v3,v4,v5\n" + cells, "in another order, with more": "class,v5,v4,v3,v2,v1,v0\n" +
			fmt.Sprintf("a,%d,%d,%d,%d,%d,%d\n", row+5, row+4, row+3, row+2, row+1, row),
	} {
		lines, got, err := sequencesOf(s, content)
		if err != nil || len(got) != 1 || !slices.Equal(got[0], values[0]) || lines[0] != strings.Count(content, "\n") {
			t.Errorf("%s: %v at %v, %v; want %v", name, got, lines, err, values[0])
		}
	}

	series := openTimes(t, seriesRows(100), data.Config{Length: 4})
	windows, _, _ := splitRows(t, series, data.Test)
	content := strings.Join(strings.Split(seriesRows(100), "\n")[:96], "\n") // rows 0 … 94
	if _, got, err := sequencesOf(series.Spec(), content); err != nil || len(got) != 1 || !slices.Equal(got[0], windows[1]) {
		t.Errorf("window %v, %v; want %v", got, err, windows[1])
	}

	ucr := mustOpen(t, "ucr:Small", data.Config{Dir: dir})
	test, _, _ := splitRows(t, ucr, data.Test)
	var b strings.Builder
	for i := range 12 { // series 2 of the test file
		fmt.Fprintf(&b, "%g\t", math.Sin(float64(i))+0.02*float64(i)+4)
	}
	if _, got, err := sequencesOf(ucr.Spec(), strings.TrimSuffix(b.String(), "\t")); err != nil || len(got) != 1 || !slices.Equal(got[0], test[2]) {
		t.Errorf("series %v, %v; want %v", got, err, test[2])
	}

	mnistDir := smallMNIST(t)
	digits := mustOpen(t, "pmnist", data.Config{Dir: mnistDir})
	images, _, _ := splitRows(t, digits, data.Test)
	pixels, _ := image(t, mnistDir, "t10k", 0)
	b.Reset()
	for _, p := range pixels {
		fmt.Fprintf(&b, "%d,", int(math.Round(float64(p)*255)))
	}
	if _, got, err := sequencesOf(digits.Spec(), strings.TrimSuffix(b.String(), ",")); err != nil || len(got) != 1 || !slices.Equal(got[0], images[0]) {
		t.Errorf("the image reads otherwise (%v)", err)
	}
}

func TestSequenceReaderRefuses(t *testing.T) {
	table := openTable(t, csvRows(20, 6, true), data.Config{}).Spec()
	series := openTimes(t, seriesRows(100), data.Config{Length: 4}).Spec()
	tests := []struct {
		name    string
		spec    data.Spec
		content string
		says    string
	}{
		{"with class", table, "1,2,3,4,5,6,7\n", "in.csv:1: found 7 values, want 6, as those that the network was trained on, without class or targets"},
		{"no column", table, "v0,v1,v2,v3,v4\n1,2,3,4,5\n", "in.csv:1:1: found a header without v5, want the columns v0, v1, v2, v3, v4 and v5"},
		{"ragged", table, "v0,v1,v2,v3,v4,v5\n1,2\n", "in.csv:2: found a row of 2 values, want 6 as in the header"},
		{"missing", table, "1,2,3,4,5,\n", "in.csv:1:11: found nothing, want a number in column 6"},
		{"text", table, "1,2,3,4,5,6\n1,2,3,4,5,x\n", `in.csv:2:11: found "x", want a number`},
		{"short window", series, "1;2;3\n2;3;4\n", "in.csv:2: found 2 rows, want 4, the window of the network"},
		{"narrow window", series, "1;2\n", "in.csv:1: found 2 values, want 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := sequencesOf(tt.spec, tt.content); !errors.Is(err, data.ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
	if _, values, err := sequencesOf(table, ""); len(values) > 0 || err != nil {
		t.Errorf("of nothing: %v, %v", values, err)
	}
	words := data.Spec{Name: "text:x", Input: data.Tokens(3)}
	if _, err := data.NewSequenceReader(words, "in.csv", strings.NewReader(""), false); !errors.Is(err, data.ErrConfig) {
		t.Errorf("error %v", err)
	}
}

// Where something is asked at every step, sequences may have any number of them.
func TestSequenceReaderOfAnyLength(t *testing.T) {
	s := good()
	r, err := data.NewSequenceReader(s, "in.csv", strings.NewReader("1,2\n1,2,3,4,5,6\n1,2,3\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 6} {
		if _, raw, err := r.Next(); err != nil || len(raw) != want {
			t.Errorf("%v, %v; want %d values", raw, err, want)
		}
	}
	if _, _, err := r.Next(); !errors.Is(err, data.ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}

// Rows that come through a pipe one by one are read one by one, as sequences and as time steps.
func TestSequenceReaderDoesNotWait(t *testing.T) {
	s := openTable(t, csvRows(20, 2, false), data.Config{Channels: 2}).Spec()
	for _, steps := range []bool{false, true} {
		in, out := io.Pipe()
		defer out.Close()
		asked, came := make(chan bool, 1), make(chan int)
		go func() {
			r, err := data.NewSequenceReader(s, "pipe", in, steps)
			for range asked {
				line := -1
				if err == nil {
					line, _, err = r.Next()
				}
				came <- line
			}
		}()
		for line := range 3 {
			asked <- true
			if _, err := io.WriteString(out, fmt.Sprintf("%d,%d\n", line, line)); err != nil { // returns when it was taken
				t.Fatal(err)
			}
			if got := <-came; got != line+1 {
				t.Errorf("steps %v: line %d, want %d", steps, got, line+1)
			}
		}
		close(asked)
	}
}
