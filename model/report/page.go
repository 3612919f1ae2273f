package report

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// Page is a report: sections under a title.
type Page struct {
	Title    string
	Subtitle string
	State    string // a word beside the title, such as done or diverged; "" for none
	Good     bool   // the state is as it should be
	Tiles    []Tile // the figures that matter most
	Sections []Section
	Foot     string
}

// Tile is one figure with its name.
type Tile struct{ Name, Value, Note string }

// Section is a part of a page. What is empty in it is left out; an empty section is, too.
type Section struct {
	Title string
	Text  string
	Code  string
	Notes []string // in small print
	Parts []Part
}

// Part is a table, or charts beside each other.
type Part struct {
	Title  string
	Folded string // the part is behind this summary until it is opened; "" shows it
	Charts []chart.Chart
	Table  *Table
}

// Table is rows of cells.
type Table struct {
	Head []Cell
	Rows [][]Cell
	Kind string // a class for its style: "", settings or matrix
}

// Cell is a field of a table.
type Cell struct {
	Text  string
	Num   bool    // a number: to the right, with digits of one width
	Class string  // marked, held, not, corner, side, diagonal: see the style
	Share float64 // 0 … 1: how strongly a cell of a matrix is coloured
	Title string  // shown where the pointer rests
}

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"style": func() template.CSS {
		return template.CSS(":root{color-scheme:light dark;" + chart.Variables(false) + "}@media(prefers-color-scheme:dark){:root{" + chart.Variables(true) + "}}" + styleText)
	},
	"svg":   func(c chart.Chart) template.HTML { return template.HTML(c.SVG()) }, // which escapes its texts
	"shade": func(share float64) int { return int(100*share + 0.5) },
}).Parse(pageText))

// Write writes the page as HTML.
func (p *Page) Write(w io.Writer) error {
	var full []Section
	for _, s := range p.Sections {
		var parts []Part
		for _, part := range s.Parts {
			var charts []chart.Chart
			for _, c := range part.Charts {
				if c.Empty != "" || c.HasPoints() {
					charts = append(charts, c)
				}
			}
			if part.Charts = charts; len(charts) > 0 || part.Table != nil && len(part.Table.Rows) > 0 {
				parts = append(parts, part)
			}
		}
		if s.Parts = parts; len(parts) > 0 || s.Text != "" || len(s.Notes) > 0 {
			full = append(full, s)
		}
	}
	out := *p
	out.Sections = full
	return pageTemplate.Execute(w, out)
}

// cells makes cells of texts.
func cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// num is a cell with a number.
func num(text string) Cell { return Cell{Text: text, Num: true} }
