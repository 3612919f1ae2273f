package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// State is what a run folder holds: settings and, once there is one, the last checkpoint, which do not contradict each other.
type State struct {
	Config     Config
	Checkpoint *model.Checkpoint // nil for a run that has none yet
	Warnings   []string          // files of earlier versions, which have no checksums

	mark *metricsMark // what the checkpoint knows of metrics.csv; nil in those of earlier versions
}

// record is what package train notes in a checkpoint.
type record struct {
	Run     Config      `json:"run"`
	Metrics metricsMark `json:"metrics"`
}

// Read returns what the folder holds. Errors: model.ErrConfig and model.ErrCheckpoint where it is no run, damaged, or contradicts
// itself; those of the file system.
func (f Folder) Read() (*State, error) { return f.read(atomicfile.OS{}) }

func (f Folder) read(files atomicfile.FS) (*State, error) {
	s := &State{}
	var warning string
	var err error
	if s.Config, warning, err = f.readConfig(files); err != nil {
		return nil, err
	}
	s.warn(warning)
	s.Checkpoint, err = model.Load(f.Checkpoint())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if s.Checkpoint.Warning != "" {
		s.warn(f.Checkpoint() + ": " + s.Checkpoint.Warning)
	}
	return s, s.compare(f)
}

func (s *State) warn(text string) {
	if text != "" {
		s.Warnings = append(s.Warnings, text)
	}
}

// compare finds contradictions between the settings and the checkpoint.
func (s *State) compare(f Folder) error {
	ck := s.Checkpoint
	inside := s.Config
	inside.Model, inside.Optimizer = ck.Config, ck.Optimizer
	if err := sameRun(f.Config(), s.Config, f.Checkpoint(), inside); err != nil {
		return err
	}
	if len(ck.Note) == 0 {
		return nil
	}
	var r record
	dec := json.NewDecoder(bytes.NewReader(ck.Note))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return fmt.Errorf("%w %s: what it says of the run cannot be read: %w", model.ErrCheckpoint, f.Checkpoint(), err)
	}
	if r.Metrics.Bytes < 0 {
		return fmt.Errorf("%w %s: %d bytes of metrics", model.ErrCheckpoint, f.Checkpoint(), r.Metrics.Bytes)
	}
	s.mark = &r.Metrics
	return sameRun(f.Config(), s.Config, f.Checkpoint(), r.Run)
}

// checkEncoding refuses a task that turns its data into numbers in another way than when the checkpoint was written: the network would read
// other words by the same numbers, say.
func (s *State) checkEncoding(f Folder, e data.Encoding) error {
	was, err := json.Marshal(s.Checkpoint.Encoding)
	if err != nil {
		return err
	}
	is, err := json.Marshal(e)
	if err != nil || bytes.Equal(was, is) || string(was) == "{}" { // earlier versions did not keep it
		return err
	}
	return fmt.Errorf("%w: the data is not what it was when %s was written: its classes, its vocabulary or its scaling differ; put the old data in its place, or train anew",
		model.ErrConfig, f.Checkpoint())
}

// checkPosition compares the checkpoint's position with the length of the run and of its epochs.
func (s *State) checkPosition(f Folder, sched schedule) error {
	p := s.Checkpoint.Position
	if p.Index >= sched.perEpoch || int64(p.Epoch)*int64(sched.perEpoch)+int64(p.Index) != p.Step {
		return fmt.Errorf("%w %s: batch %d of epoch %d is not step %d with %d steps an epoch; is the data another than it was?",
			model.ErrCheckpoint, f.Checkpoint(), p.Index, p.Epoch, p.Step, sched.perEpoch)
	}
	if p.Step > sched.last {
		return fmt.Errorf("%w: %d steps are done already, which is more than the %d asked for; nothing was changed", model.ErrConfig, p.Step, sched.last)
	}
	return nil
}

// rows checks metrics.csv against the checkpoint, and returns how much of it belongs to the checkpoint, with its checksum's state.
func (s *State) rows(f Folder, files atomicfile.FS) (hash.Hash, int64, error) {
	if s.mark != nil {
		sum, err := checkMetrics(files, f.Metrics(), *s.mark)
		return sum, s.mark.Bytes, err
	}
	file, err := files.Open(f.Metrics())
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	size, err := rowsUpTo(file, s.Checkpoint.Position.Step)
	if err != nil {
		return nil, 0, err
	}
	sum, err := sumOf(files, f.Metrics(), size)
	return sum, size, err
}

// snapshot writes a checkpoint of the network at a position, after the rows that mark covers.
func (f Folder) snapshot(files atomicfile.FS, net *model.Network, pos model.Position, c Config, e data.Encoding, mark metricsMark) error {
	note, err := json.Marshal(record{Run: c, Metrics: mark})
	if err != nil {
		return err
	}
	s, err := net.Snapshot(pos, note)
	if err != nil {
		return err
	}
	if s == nil { // another rank keeps it
		return nil
	}
	s.Encoding = e
	return atomicfile.Write(files, f.Checkpoint(), s.Encode, model.Readable)
}
