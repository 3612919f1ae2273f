package train

import (
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// TestPicturesOfAnything draws what there may be few, equal, huge, tiny or no numbers of.
func TestPicturesOfAnything(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing concurrent")
	}
	cfg := newTinyRun(t).cfg
	for name, c := range map[string]struct {
		rows   string
		panels int
	}{
		"no rows":           {"", 0},
		"one point":         {"1,0,train,0.5,,0.99,1.01,2,\n", 3},
		"one evaluation":    {"1,,test,0.5,0.25,0.99,1.01,,1e-7\n", 5},
		"constants":         {"1,0,train,0.5,0.5,1,1,2,\n2,0,train,0.5,0.5,1,1,2,\n2,,test,0.5,0.5,1,1,,0\n", 4},
		"zeros":             {"1,0,train,0,0,,,0,\n2,0,train,0,0,,,0,\n", 2},
		"negative":          {"1,0,train,-1,0,,,-2,\n2,0,train,-3,0,,,-2,\n", 2},
		"huge":              {"1,0,train,1e308,,-1e308,1e308,1e299,\n2,0,train,1e299,,1e299,1e299,1e-299,\n", 3},
		"tiny":              {"1,0,train,5e-324,,1e-320,1e-310,1e-299,\n2,0,train,1e-299,,1e-299,1,1e-299,\n", 3},
		"not finite":        {"1,0,train,NaN,,NaN,+Inf,-Inf,\n2,0,train,1,,NaN,+Inf,-Inf,\n", 2},
		"no σ":              {"1,0,train,2,,0,0,1,\n2,,test,2,,0,0,,0\n", 2},
		"a step far away":   {"1,0,train,2,,,,1,\n9223372036854775807,0,train,2,,,,1,\n", 2},
		"labelled images":   {"1,0,train,2,0.1,0.99,1.01,3,\n2,0,train,1,0.5,0.99,1.01,3,\n2,,test,1,0.5,0.99,1.01,,1e-7\n", 5},
		"a cut row":         {"1,0,train,2,,,,1,\n2,0,tr", 2},
		"almost a constant": {"1,0,train,1,,0.99999999,1,1,\n2,0,train,1.0000000000000002,,1,1,1,\n", 3},
	} {
		t.Run(name, func(t *testing.T) {
			curves, err := readCurves(strings.NewReader(earlierHeading + c.rows))
			if err != nil {
				t.Fatal(err)
			}
			if charts := curves.Charts(cfg); len(charts) != max(c.panels, 1) { // the gradient norm's is always there
				t.Errorf("%d charts, want %d: %+v", len(charts), c.panels, charts)
			}
			dir := t.TempDir()
			folder := Folder{Dir: dir}
			if err := os.WriteFile(folder.Metrics(), []byte(earlierHeading+c.rows), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := folder.DrawCurves(cfg); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(folder.Curves())
			if c.panels == 0 {
				if err == nil {
					t.Error("a picture of nothing")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			img, err := png.Decode(f)
			if rows := (c.panels + 1) / 2; err != nil || img.Bounds().Dy() != rows*336 {
				t.Errorf("%v, %v; want %d rows of panels", img.Bounds(), err, rows)
			}
		})
	}
}

// TestCurvesAreAveraged: any number of rows makes at most maxPoints points, whose weighted mean is that of the rows.
func TestCurvesAreAveraged(t *testing.T) {
	for _, n := range []int{0, 1, 2, maxPoints - 1, maxPoints, maxPoints + 1, 2*maxPoints + 1, 10007} {
		c := &curve{}
		for i := range n {
			c.add(int64(i), float64(3*i))
		}
		pts := c.points()
		var x, y float64
		for i, p := range pts {
			weight := float64(c.size)
			if i == len(c.bins) {
				weight = float64(c.n)
			}
			x, y = x+weight*p.X, y+weight*p.Y
		}
		want := float64(n) * float64(n-1) / 2
		if len(pts) > maxPoints || n > 0 && len(pts) < min(n, maxPoints/2) || math.Abs(x-want) > 1e-9*want || math.Abs(y-3*want) > 3e-9*want {
			t.Errorf("%d rows: %d points with sums %g and %g, want %g and %g", n, len(pts), x, y, want, 3*want)
		}
	}
}

// endless is metrics with so many rows.
type endless struct {
	rows, at int
	rest     []byte
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.at == e.rows {
			return 0, io.EOF
		}
		e.at++
		e.rest = fmt.Appendf(e.rest, "%d,%d,train,%v,,0.99,1.01,%v,\n", e.at, e.at/500, 1/float64(e.at), 2/float64(e.at))
		if e.at == 1 {
			e.rest = append([]byte(earlierHeading), e.rest...)
		}
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestLongMetricsAreStreamed: memory that stays in use does not grow with the number of rows.
func TestLongMetricsAreStreamed(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing concurrent")
	}
	curves, err := readCurves(&endless{rows: 300_000})
	if err != nil {
		t.Fatal(err)
	}
	if len(curves.all) != 4 {
		t.Errorf("%d curves", len(curves.all))
	}
	for _, c := range curves.all {
		if cap(c.bins) > 2*maxPoints {
			t.Errorf("room for %d points, want at most %d", cap(c.bins), 2*maxPoints)
		}
	}
	size, err := rowsUpTo(&endless{rows: 300_000}, 250_000)
	if err != nil || size < 250_000*20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestMetricsErrors(t *testing.T) {
	row := func(step int) string { return fmt.Sprintf("%d,0,train,1,,1,1,1,\n", step) }
	for name, c := range map[string]struct{ text, want string }{
		"good":                      {earlierHeading + row(1) + row(2) + "2,,test,1,,1,1,,1\n" + row(3), ""},
		"cut":                       {earlierHeading + row(1) + row(2) + "3,0,tr", ""},
		"a bad last row":            {earlierHeading + row(1) + row(2) + "3,0\n", ""},
		"zeros behind":              {earlierHeading + row(1) + row(2) + strings.Repeat("\x00", 3*maxRow), ""},
		"a bad row with good ones":  {earlierHeading + row(1) + "x\n" + row(2), "line 3 of the metrics is no row"},
		"a bad number":              {earlierHeading + row(1) + strings.Replace(row(2), "1,1", "1,l", 1) + row(3), "line 3"},
		"a missing step":            {earlierHeading + row(1) + row(3), "end at step 1"},
		"a step twice":              {earlierHeading + row(1) + row(1) + row(2), "missing or out of order"},
		"too short":                 {earlierHeading + row(1), "end at step 1"},
		"another file":              {"a,b\n1,2\n", "line 1"},
		"an evaluation far ahead":   {earlierHeading + row(1) + "2,,test,1,,1,1,,1\n" + row(2), "missing or out of order"},
		"cut in the heading":        {earlierHeading[:7], "end at step 0"},
		"a line longer than a row":  {earlierHeading + row(1) + strings.Repeat("7", 3*maxRow) + "\n" + row(2), "line 3"},
		"rows of steps that follow": {earlierHeading + row(1) + row(2) + row(9), ""},
	} {
		_, err := rowsUpTo(strings.NewReader(c.text), 2)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add([]byte(earlierHeading + "1,0,train,0.5,,0.99,1.01,2,\n2,0,train,0.25,,0.99,1.01,1,\n2,,test,0.3,,0.99,1.01,,1e-7\n"))
	f.Add([]byte(earlierHeading + "1,0,train,1e308,1,NaN,-Inf,5e-324,\n9223372036854775807,0,train,1,,1,1,1,\n"))
	f.Add([]byte(earlierHeading))
	f.Add([]byte(heading + "1,0,train,0.5,,0.99,1.01,2,,,,,,\n1,,valid,0.5,,0.99,1.01,,1e-7,0.99,0.995,1,1.005,1.01\n"))
	cfg := newTinyRun(f).cfg
	f.Fuzz(func(t *testing.T, raw []byte) {
		size, err := rowsUpTo(strings.NewReader(string(raw)), 2)
		if err == nil && size > int64(len(raw)) {
			t.Errorf("%d bytes of %d", size, len(raw))
		}
		curves, err := readCurves(strings.NewReader(string(raw)))
		if err != nil {
			return
		}
		for _, c := range curves.Charts(cfg) {
			for _, l := range c.Lines {
				if _, err := plotter.CopyXYs(l.Points); err != nil && len(l.Points) > 0 {
					t.Errorf("%s: %v", c.Title, err)
				}
			}
		}
		chart.Picture(curves.Charts(cfg))
	})
}

func FuzzConfig(f *testing.F) {
	r := newTinyRun(f)
	good, err := encodeConfig(r.cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(strings.Replace(string(good), sumField, `  "x": "`, 1)))
	f.Add([]byte(string(good[:strings.Index(string(good), ",\n"+sumField)]) + "\n}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _, err := decodeConfig(raw)
		if err != nil {
			return
		}
		again, err := encodeConfig(c)
		if err != nil {
			t.Fatal(err)
		}
		back, warning, err := decodeConfig(again)
		if err != nil || warning != "" || !reflect.DeepEqual(back, c) {
			t.Errorf("%+v comes back as %+v, %q, %v", c, back, warning, err)
		}
	})
}
