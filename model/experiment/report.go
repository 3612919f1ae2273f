package experiment

import (
	"fmt"
	"html/template"
	"io"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// page is report.html: it needs no other file and runs no script.
var page = template.Must(template.New("report").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>
body{font-family:sans-serif;max-width:75em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;font-size:.9em}td,th{border-bottom:1px solid #ccc;padding:.25em .7em;text-align:left}
.held{color:#060}.not{color:#a00}svg{max-width:100%;height:auto}
</style></head><body>
<h1>{{.Title}}</h1>{{if .Quick}}<p><b>Short form: not the experiment's sizes.</b></p>{{end}}
<p>{{.About}}</p>{{if .Command}}<p><code>{{.Command}}</code></p>{{end}}
<table><tr>{{range .Headings}}<th>{{.}}</th>{{end}}</tr>
{{range .Table}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>
{{end}}</table>
{{if .Verdicts}}<h2>Claims</h2><table>{{range .Verdicts}}<tr><td class="{{if eq .State "held"}}held{{else if eq .State "not held"}}not{{end}}">{{.State}}</td><td>{{.Text}}</td><td>{{.Why}}</td></tr>
{{end}}</table>{{end}}
{{if .Published}}<h2>Published by others</h2><table>{{range .Published}}<tr><td>{{.What}}</td><td>{{.Value}}</td><td>{{.Source}}</td></tr>
{{end}}</table>{{end}}
{{range .Pictures}}<h2>{{.Title}}</h2>
{{.SVG}}
{{end}}</body></html>
`))

// drawing is a picture on a page.
type drawing struct {
	Title string
	SVG   template.HTML
}

// Write writes report.html, report.txt and the pictures as PNG into the experiment's folder.
func (r *Report) Write() error {
	var drawings []drawing
	for _, p := range r.plots() {
		drawings = append(drawings, drawing{p.chart.Title, template.HTML(p.chart.SVG())})
		img := chart.Picture([]chart.Chart{p.chart})
		if err := r.write(p.file+".png", func(w io.Writer) error { return chart.WritePNG(w, img) }); err != nil {
			return err
		}
	}
	if err := r.write("report.txt", r.WriteText); err != nil {
		return err
	}
	return r.write("report.html", func(w io.Writer) error {
		return page.Execute(w, map[string]any{"Title": r.Experiment.Title, "About": r.Experiment.About, "Quick": r.Quick, "Command": r.Command,
			"Headings": headings, "Table": r.table(), "Verdicts": r.Verdicts(), "Published": r.Experiment.Published, "Pictures": drawings})
	})
}

func (r *Report) write(name string, fill func(io.Writer) error) error {
	if err := atomicfile.Write(atomicfile.OS{}, filepath.Join(r.Dir, name), fill, nil); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
