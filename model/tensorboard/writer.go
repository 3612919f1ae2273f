package tensorboard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Pattern matches the names of event files.
const Pattern = "events.out.tfevents.*"

// Writer writes one event file. After its first failure it writes nothing more; Err tells it. It serves one goroutine at a time.
type Writer struct {
	out io.WriteCloser
	b   *bufio.Writer
	now func() time.Time
	err error
}

// Create begins a file in a folder, of a name that there is not and that sorts behind those that there are. firstStep is the first step of which
// events will follow: what earlier files of the folder say of it and of later ones is void.
func Create(dir string, firstStep int64) (*Writer, error) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	at := time.Now().Unix()
	if old, err := filepath.Glob(filepath.Join(dir, Pattern)); err == nil {
		for _, path := range old {
			var then int64
			if _, err := fmt.Sscanf(filepath.Base(path), "events.out.tfevents.%d.", &then); err == nil && then >= at && then < at+1<<20 {
				at = then + 1 // two sessions in a second
			}
		}
	}
	for {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.%s.%d", at, host, os.Getpid())), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			at++
			continue
		}
		if err != nil {
			return nil, err
		}
		return New(f, firstStep), nil
	}
}

// New begins a file that is open. Close closes it.
func New(out io.WriteCloser, firstStep int64) *Writer {
	w := &Writer{out: out, b: bufio.NewWriterSize(out, 1<<16), now: time.Now}
	w.event(0, message(nil).text(eventVersion, "brain.Event:2"))
	w.event(firstStep, message(nil).message(eventSession, message(nil).int(sessionStatus, sessionStart)))
	return w
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of the format: a CRC of data that holds CRCs would be weak.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// record writes one record.
func (w *Writer) record(data []byte) {
	if w.err != nil {
		return
	}
	var head [12]byte
	binary.LittleEndian.PutUint64(head[:], uint64(len(data)))
	binary.LittleEndian.PutUint32(head[8:], masked(head[:8]))
	var foot [4]byte
	binary.LittleEndian.PutUint32(foot[:], masked(data))
	for _, part := range [][]byte{head[:], data, foot[:]} {
		if _, w.err = w.b.Write(part); w.err != nil {
			return
		}
	}
}

// Flush hands everything to the file.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.b.Flush()
	}
	return w.err
}

// Err returns the first failure.
func (w *Writer) Err() error { return w.err }

// Close flushes and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	if cerr := w.out.Close(); err == nil {
		err = cerr
	}
	return err
}
