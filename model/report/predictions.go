package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// overShare returns numbers, largest first, as a curve over 0 … 1 that rises.
func overShare(sorted []float64) plotter.XYs {
	pts := make(plotter.XYs, len(sorted))
	for i := range sorted {
		pts[i] = plotter.XY{X: float64(i) / float64(max(len(sorted)-1, 1)), Y: sorted[len(sorted)-1-i]}
	}
	return pts
}

// predictionSection shows what the network says: a confusion matrix, or samples beside the truth.
func (r *Run) predictionSection() Section {
	m := r.Measured
	if m == nil || m.Targets == 0 {
		return Section{}
	}
	s := Section{Title: "Predictions"}
	looked := count(int64(m.Targets))
	if m.Targets < m.Of {
		looked = fmt.Sprintf("the first %s of %s", looked, count(int64(m.Of)))
	}
	s.Notes = []string{fmt.Sprintf("Of %s, on %s targets of the %v split.", r.stateName(), looked, m.Split)}
	switch {
	case len(m.Tokens) > 0:
		s.Parts = append(s.Parts, Part{Title: "The next token", Table: tokenTable(m.Tokens)})
		if len(m.Matrix) > 0 && len(m.Matrix) <= 16 {
			s.Parts = append(s.Parts, matrixPart(m))
		}
	case len(m.Matrix) > 0:
		s.Parts = append(s.Parts, matrixPart(m))
		if t := confusions(m); t != nil && len(m.Matrix) > 2 {
			s.Parts = append(s.Parts, Part{Title: "Most frequent confusions", Table: t})
		}
	case len(m.Pairs) > 0:
		s.Parts = append(s.Parts, r.regression()...)
	}
	return s
}

// matrixPart is the confusion matrix: a row for each true class, coloured by its share of the row.
func matrixPart(m *Measured) Part {
	t := &Table{Kind: "matrix", Head: []Cell{{Text: "true ↓ predicted →", Class: "corner"}}}
	used := usedClasses(m)
	for _, k := range used {
		t.Head = append(t.Head, Cell{Text: short(m.Classes[k], 14), Title: m.Classes[k]})
	}
	t.Head = append(t.Head, Cell{Text: "recall", Class: "corner"})
	for _, i := range used {
		total := 0
		for _, n := range m.Matrix[i] {
			total += n
		}
		row := []Cell{{Text: short(m.Classes[i], 24), Class: "side", Title: m.Classes[i]}}
		for _, k := range used {
			c := Cell{Class: map[bool]string{true: "diagonal"}[i == k]}
			if n := m.Matrix[i][k]; n > 0 {
				c.Text, c.Share = fmt.Sprint(n), 0.08+0.72*float64(n)/float64(total)
				c.Title = fmt.Sprintf("%s taken for %s: %d of %d", m.Classes[i], m.Classes[k], n, total)
			}
			row = append(row, c)
		}
		recall := none
		if total > 0 {
			recall = fmt.Sprintf("%.1f %%", 100*float64(m.Matrix[i][i])/float64(total))
		}
		t.Rows = append(t.Rows, append(row, Cell{Text: recall, Class: "apart"}))
	}
	last := []Cell{{Text: "precision", Class: "side"}}
	for _, k := range used {
		said := 0
		for i := range m.Matrix {
			said += m.Matrix[i][k]
		}
		text := none
		if said > 0 {
			text = fmt.Sprintf("%.1f %%", 100*float64(m.Matrix[k][k])/float64(said))
		}
		last = append(last, Cell{Text: text, Class: "apart"})
	}
	t.Rows = append(t.Rows, append(last, Cell{Class: "apart"}))
	return Part{Title: "Confusion matrix", Table: t}
}

// usedClasses are those that occur, as truth or as prediction.
func usedClasses(m *Measured) (used []int) {
	for i := range m.Matrix {
		for k := range m.Matrix {
			if m.Matrix[i][k]+m.Matrix[k][i] > 0 {
				used = append(used, i)
				break
			}
		}
	}
	return used
}

// confusions lists what is most often taken for something else; nil where nothing is.
func confusions(m *Measured) *Table {
	type pair struct{ is, said, n, of int }
	var all []pair
	for i, row := range m.Matrix {
		total := 0
		for _, n := range row {
			total += n
		}
		for k, n := range row {
			if i != k && n > 0 {
				all = append(all, pair{i, k, n, total})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(b.n, a.n) })
	t := &Table{Head: []Cell{{Text: "true"}, {Text: "predicted"}, num("targets"), num("of those of the class")}}
	for _, p := range all[:min(len(all), 8)] {
		t.Rows = append(t.Rows, []Cell{{Text: m.Classes[p.is]}, {Text: m.Classes[p.said]}, num(count(int64(p.n))), num(fmt.Sprintf("%.1f %%", 100*float64(p.n)/float64(p.of)))})
	}
	return t
}

func tokenTable(samples []TokenSample) *Table {
	t := &Table{Head: []Cell{{Text: "before"}, {Text: "next"}, num("its probability"), {Text: "predicted, the most probable first"}}}
	for _, s := range samples {
		var said []string
		for _, g := range s.Said {
			said = append(said, fmt.Sprintf("%s %.0f %%", visible(g.Text), 100*g.Share))
		}
		class := "text"
		if len(s.Said) > 0 && s.Said[0].Text == s.True {
			class += " held"
		}
		t.Rows = append(t.Rows, []Cell{{Text: visibleLines(s.Context), Class: "text"}, {Text: visible(s.True), Class: class}, num(fmt.Sprintf("%.1f %%", 100*s.TrueShare)), {Text: strings.Join(said, "   "), Class: "text"}})
	}
	return t
}

// visible writes a token so that blanks and ends of lines are seen.
func visible(s string) string {
	switch s {
	case "":
		return "∅"
	case " ":
		return "␣"
	}
	return visibleLines(s)
}

func visibleLines(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '↵'
		case r == '\t':
			return '⇥'
		case r < ' ' || r == 0x7f:
			return '·'
		}
		return r
	}, s)
}

func short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// regression draws predictions over the truth, and lists samples.
func (r *Run) regression() []Part {
	m := r.Measured
	names := r.Spec.Encoding.TargetColumns
	nameOf := func(k int) string {
		if k < len(names) {
			return names[k]
		}
		if len(m.Pairs) == 1 {
			return "target"
		}
		return fmt.Sprintf("output %d", k+1)
	}
	c := chart.Chart{Title: "predicted over true", X: "true", Y: "predicted", Square: true}
	errors := &Table{Head: []Cell{{Text: "output"}, num("root mean squared error")}}
	for k, pairs := range m.Pairs {
		errors.Rows = append(errors.Rows, []Cell{{Text: nameOf(k)}, num(show(m.Errors[k]))})
		if k >= maxOutputs {
			continue
		}
		line := chart.Line{Color: k, Style: chart.NoLine}
		if len(m.Pairs) > 1 {
			line.Name = nameOf(k)
		}
		for _, p := range pairs {
			line.Points = append(line.Points, plotter.XY{X: p.True, Y: p.Said})
		}
		c.Lines = append(c.Lines, line)
	}
	samples := &Table{Head: cells("#")}
	shown := min(len(m.Pairs), 3)
	for k := range shown {
		samples.Head = append(samples.Head, num(nameOf(k)), num("predicted"), num("difference"))
	}
	write := make([]func(float64) string, shown)
	for k := range shown {
		most := 0.0
		for _, p := range spread(m.Pairs[k], sampleRows) {
			most = max(most, math.Abs(p.True), math.Abs(p.Said))
		}
		write[k] = aligned(most)
	}
	for i := range spread(m.Pairs[0], sampleRows) {
		row := []Cell{{Class: "num faint"}}
		for k := range shown {
			p := spread(m.Pairs[k], sampleRows)[i]
			row[0].Text = count(int64(p.Index + 1))
			row = append(row, num(write[k](p.True)), num(write[k](p.Said)), num(write[k](p.Said-p.True)))
		}
		samples.Rows = append(samples.Rows, row)
	}
	parts := []Part{{Charts: []chart.Chart{c}, Table: samples}}
	if len(m.Pairs) > 1 {
		parts = append(parts, Part{Title: "Errors", Table: errors})
	}
	return parts
}
