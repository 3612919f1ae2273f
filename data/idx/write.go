package idx

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

// Write writes a as a plain idx file. len(a.Data) must be the product of a.Dims.
func Write(w io.Writer, a Array) error {
	head, err := header(a.Dims)
	if err != nil {
		return err
	}
	if n, ok := elements(a.Dims); !ok || n != int64(len(a.Data)) {
		return fmt.Errorf("idx: %d bytes do not fill an array of %s", len(a.Data), shape(a.Dims))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = w.Write(a.Data)
	return err
}

// WriteFile writes a to a new or overwritten file, gzip-compressed if the name ends in .gz.
func WriteFile(path string, a Array) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if !strings.HasSuffix(path, ".gz") {
		buffered := bufio.NewWriter(f)
		if err := Write(buffered, a); err != nil {
			return err
		}
		return buffered.Flush()
	}
	zip := gzip.NewWriter(f)
	if err := Write(zip, a); err != nil {
		return err
	}
	return zip.Close()
}
