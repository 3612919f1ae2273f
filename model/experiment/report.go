package experiment

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
	"github.com/spectral-gpu/spectral-gpu/model/report"
)

// Write writes report.html, report.txt and the pictures as PNG into the experiment's folder.
func (r *Report) Write() error {
	var charts []chart.Chart
	for _, p := range r.plots() {
		charts = append(charts, p.chart)
		img := chart.Picture([]chart.Chart{p.chart})
		if err := r.write(p.file+".png", func(w io.Writer) error { return chart.WritePNG(w, img) }); err != nil {
			return err
		}
	}
	if err := r.write("report.txt", r.WriteText); err != nil {
		return err
	}
	return r.write("report.html", r.page(charts).Write)
}

// page is report.html.
func (r *Report) page(charts []chart.Chart) *report.Page {
	p := &report.Page{Title: r.Experiment.Title, Subtitle: r.Experiment.About, Foot: "Written by spectral-gpu " + model.Version() + "."}
	results := report.Section{Title: "Results", Code: r.Command}
	var remarks []string
	if r.Quick {
		remarks = append(remarks, "Short form: not the experiment's sizes.")
	}
	if left := r.left(); left != "" {
		remarks = append(remarks, left+".")
	}
	results.Text = strings.Join(remarks, " ")
	head, lines := r.shown()
	t := &report.Table{}
	for _, h := range head {
		t.Head = append(t.Head, report.Cell{Text: h, Num: numeric[h]})
	}
	for _, line := range lines {
		var row []report.Cell
		for i, text := range line {
			row = append(row, report.Cell{Text: text, Num: numeric[head[i]]})
		}
		t.Rows = append(t.Rows, row)
	}
	results.Parts = []report.Part{{Table: t}}
	claims, published := &report.Table{}, &report.Table{}
	for _, v := range r.Verdicts() {
		claims.Rows = append(claims.Rows, []report.Cell{{Text: v.State, Class: map[string]string{"held": "held", "not held": "not"}[v.State]}, {Text: v.Text}, {Text: v.Why}})
	}
	for _, f := range r.Experiment.Published {
		published.Rows = append(published.Rows, []report.Cell{{Text: f.What}, {Text: f.Value}, {Text: f.Source}})
	}
	p.Sections = []report.Section{results, {Title: "Claims", Parts: []report.Part{{Table: claims}}}, {Title: "Published by others", Parts: []report.Part{{Table: published}}},
		{Title: "Pictures", Parts: []report.Part{{Charts: charts}}}}
	return p
}

func (r *Report) write(name string, fill func(io.Writer) error) error {
	if err := atomicfile.Write(atomicfile.OS{}, filepath.Join(r.Dir, name), fill, nil); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
