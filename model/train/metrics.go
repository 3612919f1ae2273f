package train

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/model/internal/atomicfile"
)

// columns of metrics.csv. A row is a step (split "train") or an evaluation; what does not apply is empty.
var columns = []string{"step", "epoch", "split", "loss", "accuracy", "sigma_min", "sigma_max", "grad_norm", "orthogonality_defect"}

// metrics appends rows to metrics.csv.
type metrics struct {
	f        *os.File
	w        *bufio.Writer
	b        []byte
	accuracy bool // the task has one
}

// openMetrics opens the file for rows after the given step: later rows, of a run that went further than its checkpoint, are dropped.
func openMetrics(path string, step int64, accuracy bool) (*metrics, error) {
	keep, err := rowsUpTo(path, step)
	if err != nil {
		return nil, err
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{columns}, keep...))
	})
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return &metrics{f: f, w: bufio.NewWriterSize(f, 1<<16), accuracy: accuracy}, nil
}

// rowsUpTo returns the rows of an earlier file whose step is at most step.
func rowsUpTo(path string, step int64) ([][]string, error) {
	if step == 0 {
		return nil, nil
	}
	rows, err := readRows(path)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	var keep [][]string
	for _, r := range rows {
		if s, err := strconv.ParseInt(r[0], 10, 64); err == nil && s <= step {
			keep = append(keep, r)
		}
	}
	return keep, nil
}

// readRows reads the rows below the heading.
func readRows(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.FieldsPerRecord = len(columns)
	rows, err := r.ReadAll()
	if len(rows) > 0 {
		rows = rows[1:]
	}
	if err != nil && len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil // a last row that a crash cut off is left out
}

func (m *metrics) step(e StepEvent) error {
	b := strconv.AppendInt(m.b[:0], e.Step, 10)
	b = strconv.AppendInt(append(b, ','), int64(e.Epoch), 10)
	b = append(b, ",train"...)
	b = number(b, e.Loss)
	if m.accuracy {
		b = number(b, e.Accuracy)
	} else {
		b = append(b, ',')
	}
	b = number(b, e.SigmaMin)
	b = number(b, e.SigmaMax)
	b = number(b, e.GradNorm)
	return m.write(append(b, ','))
}

func (m *metrics) eval(e EvalEvent) error {
	b := strconv.AppendInt(m.b[:0], e.Step, 10)
	b = append(b, ",,"...)
	b = append(b, e.Split.String()...)
	if e.MSE != nil {
		b = append(number(b, *e.MSE), ',')
	} else {
		b = number(number(b, *e.CrossEntropy), *e.Accuracy)
	}
	b = number(b, e.SigmaMin)
	b = number(b, e.SigmaMax)
	b = append(b, ',')
	return m.write(number(b, e.Defect))
}

// number appends a comma and the shortest form that reads back as the same number.
func number(b []byte, v float64) []byte {
	return strconv.AppendFloat(append(b, ','), v, 'g', -1, 64)
}

func (m *metrics) write(b []byte) error {
	m.b = append(b, '\n')
	_, err := m.w.Write(m.b)
	return err
}

func (m *metrics) flush() error { return m.w.Flush() }

func (m *metrics) close() {
	m.w.Flush()
	m.f.Close()
}
