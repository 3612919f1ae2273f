package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// columns of metrics.csv. A row is a step (split "train") or an evaluation; what does not apply is empty. The last are quantiles of the
// singular values of all factored weights together, at evaluations.
var columns = []string{"step", "epoch", "split", "loss", "accuracy", "sigma_min", "sigma_max", "grad_norm", "orthogonality_defect",
	"sigma_q05", "sigma_q25", "sigma_q50", "sigma_q75", "sigma_q95"}

// Places in columns.
const (
	firstNumber    = 3
	earlierColumns = 9 // of files of earlier versions, which have no quantiles
)

// heading is the first line of the file; of files of earlier versions it is the other one, and what is added to them has their columns.
var (
	heading        = strings.Join(columns, ",") + "\n"
	earlierHeading = strings.Join(columns[:earlierColumns], ",") + "\n"
)

// metricsMark is how much of metrics.csv belongs to a checkpoint. What follows it is of steps that will be done again.
type metricsMark struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of these bytes
}

// metrics appends rows to metrics.csv. Nil is that of a rank that keeps no files: nothing is written.
type metrics struct {
	f        atomicfile.File
	w        *bufio.Writer
	sum      hash.Hash // of all bytes given to w
	size     int64
	b        []byte
	accuracy bool          // the task has one
	earlier  bool          // the file is one of earlier versions
	err      error         // the first failure: the file's end is unknown after it
	live     time.Duration // rows wait in w no longer than that for the next one; 0 for as long as there is room
	shown    time.Time     // when w was last empty, where live is not 0
}

// newMetrics begins the file of a new run.
func newMetrics(files atomicfile.FS, path string, accuracy bool) (*metrics, error) {
	if err := atomicfile.Write(files, path, atomicfile.Bytes([]byte(heading)), nil); err != nil {
		return nil, err
	}
	sum := sha256.New()
	io.WriteString(sum, heading)
	return appendMetrics(files, path, sum, int64(len(heading)), accuracy)
}

// isEarlier tells whether the file is one of earlier versions.
func isEarlier(files atomicfile.FS, path string) (bool, error) {
	f, err := files.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	first := make([]byte, len(earlierHeading))
	if _, err := io.ReadFull(f, first); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return string(first) == earlierHeading, nil
}

// checkMetrics tells whether the file begins with what a checkpoint knows of, and returns the state of its checksum there.
// Errors: model.ErrCheckpoint, or those of the file system.
func checkMetrics(files atomicfile.FS, path string, mark metricsMark) (hash.Hash, error) {
	sum, err := sumOf(files, path, mark.Bytes)
	if err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != mark.SHA256 {
		return nil, fmt.Errorf("%w: %s was changed or damaged: the SHA-256 of its first %d bytes is not the one in the checkpoint", model.ErrCheckpoint, path, mark.Bytes)
	}
	return sum, nil
}

// sumOf returns the state of the checksum after the first size bytes of the file.
func sumOf(files atomicfile.FS, path string, size int64) (hash.Hash, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyN(sum, f, size)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s has %d bytes, the checkpoint was written after %d: rows before it are missing", model.ErrCheckpoint, path, n, size)
	}
	return sum, err
}

// appendMetrics opens the file for rows behind its first size bytes, of which sum is the checksum's state; what follows them is dropped.
func appendMetrics(files atomicfile.FS, path string, sum hash.Hash, size int64, accuracy bool) (*metrics, error) {
	earlier, err := isEarlier(files, path)
	if err != nil {
		return nil, err
	}
	f, err := files.Append(path)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(size); err != nil {
		f.Close()
		return nil, err
	}
	return &metrics{f: f, w: bufio.NewWriterSize(f, 1<<16), sum: sum, size: size, accuracy: accuracy, earlier: earlier}, nil
}

func (m *metrics) step(e StepEvent) error {
	if m == nil {
		return nil
	}
	b := strconv.AppendInt(m.b[:0], e.Step, 10)
	b = strconv.AppendInt(append(b, ','), int64(e.Epoch), 10)
	b = append(b, ",train"...)
	b = number(b, e.Loss)
	if m.accuracy {
		b = number(b, e.Accuracy)
	} else {
		b = append(b, ',')
	}
	b = sigma(b, e.SigmaMin, e.SigmaMax)
	b = number(b, e.GradNorm)
	return m.write(m.quantiles(append(b, ','), nil))
}

// show lets whoever watches see the rows so far, if they have waited for long enough. They are not durable by that.
func (m *metrics) show() error {
	if m.err != nil || m.live == 0 || time.Since(m.shown) < m.live {
		return m.err
	}
	m.shown = time.Now()
	m.err = m.w.Flush()
	return m.err
}

func (m *metrics) eval(e EvalEvent) error {
	if m == nil {
		return nil
	}
	b := strconv.AppendInt(m.b[:0], e.Step, 10)
	b = append(b, ",,"...)
	b = append(b, e.Split.String()...)
	if e.Best {
		b = append(b, "@best"...)
	}
	if e.MSE != nil {
		b = append(number(b, *e.MSE), ',')
	} else {
		b = number(number(b, *e.CrossEntropy), *e.Accuracy)
	}
	b = sigma(b, e.SigmaMin, e.SigmaMax)
	b = append(b, ',')
	if e.SigmaMax == 0 {
		return m.write(m.quantiles(append(b, ','), nil))
	}
	return m.write(m.quantiles(number(b, e.Defect), e.SigmaQuantiles))
}

// quantiles appends the last columns, empty ones where there are no numbers.
func (m *metrics) quantiles(b []byte, q []float64) []byte {
	if m.earlier {
		return b
	}
	for i := range len(columns) - earlierColumns {
		if i < len(q) {
			b = number(b, q[i])
		} else {
			b = append(b, ',')
		}
	}
	return b
}

// sigma appends the band of the singular values; they are positive, and 0 stands for a network that has none.
func sigma(b []byte, lo, hi float64) []byte {
	if hi == 0 {
		return append(b, ",,"...)
	}
	return number(number(b, lo), hi)
}

// number appends a comma and the shortest form that reads back as the same number.
func number(b []byte, v float64) []byte {
	return strconv.AppendFloat(append(b, ','), v, 'g', -1, 64)
}

func (m *metrics) write(b []byte) error {
	if m.err != nil {
		return m.err
	}
	m.b = append(b, '\n')
	m.sum.Write(m.b)
	m.size += int64(len(m.b))
	_, m.err = m.w.Write(m.b)
	return m.show()
}

// sync makes all rows durable and returns how far they go.
func (m *metrics) sync() (metricsMark, error) {
	if m == nil {
		return metricsMark{}, nil
	}
	if m.err == nil {
		m.err = m.w.Flush()
	}
	if m.err == nil {
		m.err = m.f.Sync()
	}
	return metricsMark{Bytes: m.size, SHA256: hex.EncodeToString(m.sum.Sum(nil))}, m.err
}

// close lets go of the file; rows that were not synced may be lost.
func (m *metrics) close() error {
	if m == nil {
		return nil
	}
	if m.err == nil {
		m.err = m.w.Flush()
	}
	if err := m.f.Close(); m.err == nil {
		m.err = err
	}
	return m.err
}
