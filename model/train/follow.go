package train

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spectral-gpu/spectral-gpu/model"
)

// Follower reads the rows of a run's metrics as another process, or this one, writes them: each once. It takes no lock and holds no file open
// between calls, so that a run never notices it.
type Follower struct {
	folder  Folder
	file    os.FileInfo // of the file that was read
	end     int64       // of the last whole row that was read
	columns int         // of a row
	last    []byte      // that row, or the heading
	behind  bool        // there was more to read than one call reads
}

// maxRead is how many bytes one call of Next reads: about a third of a second's work.
const maxRead = 16 << 20

// Follow returns a Follower that begins with the first row.
func (f Folder) Follow() *Follower { return &Follower{folder: f} }

// Behind tells whether the last Next has left rows for the next one, as it does with long files.
func (f *Follower) Behind() bool { return f.behind }

// Next calls each with every row that has come since the last call, up to as many as take a moment to read. Where the file is no longer the one that was read before, since the run was
// replaced or went on from an earlier checkpoint, it begins anew, and calls restart (which may be nil) first. No file is no error: there is no
// row then. Errors: model.ErrCheckpoint for a line that is no row, those of the file system.
func (f *Follower) Next(restart func(), each func(Row)) error {
	file, err := os.Open(f.folder.Metrics())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a run that is being replaced: the next call will see the new file
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if f.file != nil {
		same, err := f.continues(file, info)
		if err != nil {
			return err
		}
		if !same {
			*f = Follower{folder: f.folder}
			if restart != nil {
				restart()
			}
		}
	}
	f.file = info
	size := min(info.Size()-f.end, maxRead)
	f.behind = f.end+size < info.Size()
	return f.read(io.NewSectionReader(file, f.end, size), each)
}

// continues tells whether the file begins with what was read: it is the same file and the row that was read last is still in its place. A run
// that goes on cuts the rows behind its checkpoint off.
func (f *Follower) continues(file *os.File, info os.FileInfo) (bool, error) {
	if !os.SameFile(f.file, info) || info.Size() < f.end {
		return false, nil
	}
	now := make([]byte, len(f.last))
	if _, err := file.ReadAt(now, f.end-int64(len(now))); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.Equal(now, f.last), nil
}

// read reads whole lines; what follows the last of them is a row that is being written.
func (f *Follower) read(in io.Reader, each func(Row)) error {
	buf := make([]byte, 0, 1<<16)
	for {
		n, err := in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest := buf
		for {
			line, after, found := bytes.Cut(rest, []byte("\n"))
			if !found {
				break
			}
			if perr := f.line(rest[:len(line)+1], each); perr != nil {
				return perr
			}
			rest = after
		}
		buf = buf[:copy(buf[:cap(buf)], rest)]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(buf) > maxRow {
			return fmt.Errorf("%w: %s has a line of more than %d bytes", model.ErrCheckpoint, f.folder.Metrics(), maxRow)
		}
	}
}

// line takes one line with its end.
func (f *Follower) line(line []byte, each func(Row)) error {
	if f.end == 0 {
		switch string(line) {
		case heading:
			f.columns = len(columns)
		case earlierHeading:
			f.columns = earlierColumns
		default:
			return fmt.Errorf("%w: line 1 of %s is %.40q, want %q", model.ErrCheckpoint, f.folder.Metrics(), line, heading)
		}
	} else {
		r, err := parseRow(line, f.columns, f.end+int64(len(line)))
		if err != nil {
			return fmt.Errorf("%w: %s: %w", model.ErrCheckpoint, f.folder.Metrics(), err)
		}
		each(r.exported())
	}
	f.end += int64(len(line))
	f.last = append(f.last[:0], line...)
	return nil
}
