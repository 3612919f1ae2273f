package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// predictionWriter prints predictions: as CSV with a header, or a JSON object a line.
type predictionWriter struct {
	buf     *bufio.Writer
	rows    *csv.Writer
	json    *json.Encoder
	labels  []string
	outputs []string // names of predicted values
	top     int      // classes that are printed; 0 for all, in their own order
	steps   bool     // time steps are numbered
	begun   bool
}

// allClasses is up to how many classes are printed where nobody says.
const allClasses = 100

func newPredictionWriter(out io.Writer, p *model.Predictor, asJSON bool, top int, stream bool) *predictionWriter {
	w := &predictionWriter{buf: bufio.NewWriter(out), top: top, steps: stream || p.Config.Output.Where == data.EveryStep && !p.Config.Stream}
	c := p.Config.Output
	for i := range c.Width {
		name := strconv.Itoa(i)
		if p.Encoding.Classes != nil {
			name = p.Encoding.Classes[i]
		} else if t, err := p.Encoding.Tokenizer(); err == nil && t.Size() == c.Width {
			name = t.Name(int32(i))
		}
		w.labels = append(w.labels, name)
	}
	w.outputs = outputNames(p)
	if top == 0 && c.Width > allClasses {
		w.top = 5
	}
	w.top = min(w.top, c.Width)
	if asJSON {
		w.json = json.NewEncoder(w.buf)
		w.json.SetEscapeHTML(false)
	} else {
		w.rows = csv.NewWriter(w.buf)
	}
	return w
}

// header returns the names of the columns.
func (w *predictionWriter) header(p model.Prediction) []string {
	names := []string{"line"}
	if w.steps {
		names = append(names, "step")
	}
	if p.Values != nil {
		return append(names, w.outputs...)
	}
	names = append(names, "class", "probability")
	for i := 2; i <= w.top; i++ {
		names = append(names, fmt.Sprintf("class_%d", i), fmt.Sprintf("probability_%d", i))
	}
	if w.top == 0 {
		for _, label := range w.labels {
			names = append(names, "p:"+label)
		}
	}
	return names
}

// write prints a prediction; step is 0 where there are no steps.
func (w *predictionWriter) write(line, step int, p model.Prediction) error {
	if w.json != nil {
		return w.json.Encode(w.object(line, step, p))
	}
	if !w.begun {
		w.begun = true
		if err := w.rows.Write(w.header(p)); err != nil {
			return err
		}
	}
	row := []string{strconv.Itoa(line)}
	if w.steps {
		row = append(row, strconv.Itoa(step))
	}
	for _, v := range p.Values {
		row = append(row, decimal(v))
	}
	if p.Values != nil {
		return w.rows.Write(row)
	}
	best := p.Best()
	for i := range max(w.top, 1) {
		row = append(row, w.labels[best[i]], decimal(p.Probabilities[best[i]]))
	}
	if w.top == 0 {
		for _, q := range p.Probabilities {
			row = append(row, decimal(q))
		}
	}
	return w.rows.Write(row)
}

func decimal(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

// predictionObject is a line of JSON.
type predictionObject struct {
	Event         string             `json:"event"` // "prediction"
	Line          int                `json:"line"`
	Step          int                `json:"step,omitempty"`
	Class         string             `json:"class,omitempty"`
	Probability   *float32           `json:"probability,omitempty"`
	Probabilities map[string]float32 `json:"probabilities,omitempty"`
	Values        []*float32         `json:"values,omitempty"`
	NotFinite     []string           `json:"not_finite,omitempty"`
}

func (w *predictionWriter) object(line, step int, p model.Prediction) predictionObject {
	o := predictionObject{Event: "prediction", Line: line, Step: step}
	finite := func(v float32) *float32 {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		return &v
	}
	note := func(field string, v *float32) *float32 {
		if v == nil && len(o.NotFinite) == 0 {
			o.NotFinite = append(o.NotFinite, field)
		}
		return v
	}
	for _, v := range p.Values {
		o.Values = append(o.Values, note("values", finite(v)))
	}
	if p.Values != nil {
		return o
	}
	best := p.Best()
	o.Class, o.Probability, o.Probabilities = w.labels[p.Class], note("probability", finite(p.Probabilities[p.Class])), map[string]float32{}
	if w.top > 0 {
		best = best[:w.top]
	}
	for _, i := range best {
		if v := finite(p.Probabilities[i]); v != nil {
			o.Probabilities[w.labels[i]] = *v
		}
	}
	return o
}

// flush brings what was printed to the output.
func (w *predictionWriter) flush() error {
	if w.rows != nil {
		w.rows.Flush()
		if err := w.rows.Error(); err != nil {
			return err
		}
	}
	return w.buf.Flush()
}

// outputNames returns the names of predicted values.
func outputNames(p *model.Predictor) []string {
	if p.Encoding.TargetColumns != nil {
		return p.Encoding.TargetColumns
	}
	var names []string
	for i := range p.Config.Output.Width {
		names = append(names, fmt.Sprintf("value_%d", i+1))
	}
	return names
}
