package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// transfer is one attempt to get, or to complete, the .part of a file from one mirror.
type transfer struct {
	*Fetcher
	mirror string
	file   data.File
	part   string
}

// refusal is an answer of a mirror that is not the file.
type refusal struct {
	what  string
	final bool // it will not change its mind within minutes
}

func (r *refusal) Error() string { return r.what }

// run leaves a complete and verified .part, or what has come so far and an error. An error of the file system is
// an *fs.PathError.
func (t transfer) run(ctx context.Context) error {
	out, err := os.OpenFile(t.part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if have > t.file.Sum.Bytes { // of no known origin
		if have, err = 0, restart(out); err != nil {
			return err
		}
	}
	if have < t.file.Sum.Bytes {
		if err := t.download(ctx, out, have); err != nil {
			return err
		}
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if err := t.file.Sum.Verify(t.part); err != nil {
		if !errors.Is(err, data.ErrCorrupt) {
			return err
		}
		if removed := os.Remove(t.part); removed != nil {
			return removed
		}
		// What was kept of an earlier download may be at fault; only a whole file from here convicts the mirror.
		return &corruption{refusal{what: err.Error(), final: have == 0}}
	}
	return nil
}

// corruption is a refusal that matches data.ErrCorrupt.
type corruption struct{ refusal }

func (c *corruption) Unwrap() []error { return []error{&c.refusal, data.ErrCorrupt} }

// download appends what is missing of the file to out, which holds have bytes, or starts over where the mirror
// cannot continue.
func (t transfer) download(ctx context.Context, out *os.File, have int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := orDefault(t.Idle, 30*time.Second)
	silent := fmt.Errorf("nothing came for %v", idle)
	watchdog := time.AfterFunc(idle, func() { cancel(silent) })
	defer watchdog.Stop()

	response, err := t.request(ctx, have)
	if err != nil {
		return because(ctx, err)
	}
	defer response.Body.Close()
	have, err = t.resume(response, out, have)
	if err != nil {
		return err
	}
	buffer := make([]byte, 128<<10)
	for {
		n, err := response.Body.Read(buffer)
		watchdog.Reset(idle)
		if have+int64(n) > t.file.Sum.Bytes {
			return errors.Join(&refusal{fmt.Sprintf("it sends more than the %d bytes of the file", t.file.Sum.Bytes), true}, restart(out))
		}
		if _, err := out.Write(buffer[:n]); err != nil {
			return err
		}
		have += int64(n)
		if t.Progress != nil && n > 0 {
			t.Progress(Progress{File: t.file.Name, Mirror: t.mirror, Done: have, Total: t.file.Sum.Bytes})
		}
		switch {
		case err == io.EOF && have == t.file.Sum.Bytes:
			return nil
		case err == io.EOF:
			return fmt.Errorf("it ended after %d of %d bytes", have, t.file.Sum.Bytes)
		case err != nil:
			return fmt.Errorf("interrupted after %d of %d bytes: %w", have, t.file.Sum.Bytes, because(ctx, err))
		}
	}
}

func (t transfer) request(ctx context.Context, have int64) (*http.Response, error) {
	address := strings.TrimSuffix(t.mirror, "/") + "/" + t.file.Name
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &refusal{err.Error(), true}
	}
	request.Header.Set("User-Agent", "spectral-gpu")
	request.Header.Set("Accept-Encoding", "identity") // the checksum is of the file as it is, and a range counts its bytes
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := t.Client
	if client == nil {
		client = http.DefaultClient
	}
	return client.Do(request)
}

// resume reads the head of the answer, and returns where in the file the body begins, with out cut to it.
func (t transfer) resume(response *http.Response, out *os.File, have int64) (int64, error) {
	switch response.StatusCode {
	case http.StatusPartialContent:
		var from, to, total int64
		given := response.Header.Get("Content-Range")
		if _, err := fmt.Sscanf(given, "bytes %d-%d/%d", &from, &to, &total); err != nil || from != have || total != t.file.Sum.Bytes {
			return 0, errors.Join(&refusal{fmt.Sprintf("it continues with %q, expected bytes %d-%d/%d",
				given, have, t.file.Sum.Bytes-1, t.file.Sum.Bytes), false}, restart(out))
		}
		return have, nil
	case http.StatusOK: // the whole file, asked for or not
		if n := response.ContentLength; n >= 0 && n != t.file.Sum.Bytes {
			return 0, &refusal{fmt.Sprintf("it offers %d bytes, the file has %d", n, t.file.Sum.Bytes), true}
		}
		return 0, restart(out)
	case http.StatusRequestedRangeNotSatisfiable:
		return 0, errors.Join(&refusal{"it cannot continue the download", false}, restart(out))
	}
	code := response.StatusCode
	transient := code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout
	return 0, &refusal{"it answers " + response.Status, !transient}
}

// restart empties a .part.
func restart(out *os.File) error {
	if err := out.Truncate(0); err != nil {
		return err
	}
	_, err := out.Seek(0, io.SeekStart)
	return err
}

// because prefers the reason for which a request was cancelled to the fact.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
