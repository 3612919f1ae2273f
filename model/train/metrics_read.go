package train

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/model"
)

// row is a line of metrics.csv. Its fields are valid until the next one is read.
type row struct {
	step   int64
	train  bool     // of a step; of an evaluation otherwise
	fields [][]byte // as many as there are columns
	end    int64    // bytes of the file up to the end of the line
}

// number returns a column's number; ok is false where there is none.
func (r row) number(column int) (v float64, ok bool) {
	v, err := strconv.ParseFloat(string(r.fields[column]), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// maxRow is the longest line that can be a row.
const maxRow = 1 << 12

// readMetrics calls each with every row, holding one at a time. A cut last line, and lines behind the last good one, are what a killed
// process or a power cut has left: they are no rows. A bad line with good ones behind it is an error: model.ErrCheckpoint.
func readMetrics(r io.Reader, each func(row) error) error {
	lines := bufio.NewReaderSize(r, maxRow)
	first, err := lines.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		return nil // cut in the heading
	}
	count := len(columns)
	if string(first) == earlierHeading {
		count = earlierColumns
	} else if err != nil || string(first) != heading {
		return fmt.Errorf("%w: line 1 of the metrics is %.40q, want %q", model.ErrCheckpoint, first, heading)
	}
	var bad error
	at := int64(len(first))
	for n := 2; ; n++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		at += int64(len(line))
		next, perr := parseRow(line, count, at)
		switch {
		case perr == nil && bad != nil:
			return bad
		case perr != nil && bad == nil:
			bad = fmt.Errorf("%w: line %d of the metrics is no row: %w", model.ErrCheckpoint, n, perr)
			continue
		case perr != nil:
			continue
		}
		if err := each(next); err != nil {
			return err
		}
	}
}

// parseRow reads a line of so many columns; those that it has not are empty.
func parseRow(line []byte, count int, end int64) (row, error) {
	fields := bytes.Split(bytes.TrimSuffix(line, []byte("\n")), []byte(","))
	if len(fields) != count || !bytes.HasSuffix(line, []byte("\n")) {
		return row{}, fmt.Errorf("%.40q has %d columns, want %d", line, len(fields), count)
	}
	for len(fields) < len(columns) {
		fields = append(fields, nil)
	}
	r := row{fields: fields, train: string(fields[2]) == "train", end: end}
	var err error
	if r.step, err = strconv.ParseInt(string(fields[0]), 10, 64); err != nil || r.step < 0 {
		return row{}, fmt.Errorf("step %.40q", fields[0])
	}
	for i := firstNumber; i < len(fields); i++ {
		if _, ok := r.number(i); !ok && len(fields[i]) > 0 {
			return row{}, fmt.Errorf("%s %.40q", columns[i], fields[i])
		}
	}
	return r, nil
}

// rowsUpTo returns how many bytes of a file are of steps up to the given one, for checkpoints of earlier versions, which do not say.
// Every step has to have its row.
func rowsUpTo(r io.Reader, step int64) (size int64, err error) {
	size = int64(len(earlierHeading))
	done := int64(0)
	err = readMetrics(r, func(r row) error {
		if r.step > step {
			return nil
		}
		if r.train {
			done++
		}
		if r.step != done {
			return fmt.Errorf("%w: the metrics go from step %d to step %d: rows are missing or out of order", model.ErrCheckpoint, done, r.step)
		}
		size = r.end
		return nil
	})
	if err == nil && done < step {
		err = fmt.Errorf("%w: the metrics end at step %d, the checkpoint is of step %d: rows before it are missing", model.ErrCheckpoint, done, step)
	}
	return size, err
}
