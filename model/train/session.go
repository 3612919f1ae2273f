package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Session is one process's work on a run, as sessions.jsonl keeps it: where and when. It decides nothing, and unlike the other files of the folder
// it differs from run to run.
type Session struct {
	Started   time.Time `json:"started"`
	Version   string    `json:"version,omitempty"` // of the program
	Go        string    `json:"go"`
	System    string    `json:"system"` // such as linux/amd64
	Device    string    `json:"device"`
	Executor  string    `json:"executor"`
	Driver    string    `json:"driver,omitempty"`
	FirstStep int64     `json:"first_step"`
	LastStep  int64     `json:"last_step"` // at which the run was to end

	// What its end has added; Reason is empty where there was none, as after a power cut.
	Reason     string  `json:"reason,omitempty"` // as in EndEvent
	Error      string  `json:"error,omitempty"`
	Steps      int64   `json:"steps,omitempty"` // done in all
	Seconds    float64 `json:"seconds,omitempty"`
	Parameters int     `json:"parameters,omitempty"`
}

// Sessions is the file that tells where and when the run was trained.
func (f Folder) Sessions() string { return filepath.Join(f.Dir, "sessions.jsonl") }

// ReadSessions returns the sessions of a run, the first one first; none where there is no such file. A line that was cut is left out.
func (f Folder) ReadSessions() ([]Session, error) {
	content, err := os.ReadFile(f.Sessions())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Session
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		var s Session
		if json.Unmarshal(lines.Bytes(), &s) != nil || s.Started.IsZero() {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Started.Equal(s.Started) { // its end
			all[n-1] = s
		} else {
			all = append(all, s)
		}
	}
	return all, err
}

// newSession describes the one that begins.
func newSession(info gpu.Info, first, last int64) Session {
	return Session{Started: time.Now().Round(time.Millisecond).UTC(), Version: model.Version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Device: info.Name,
		Executor: info.Executor, Driver: info.Driver, FirstStep: first, LastStep: last}
}

// ended is the session with what its end adds.
func (s Session) ended(e EndEvent, err error) Session {
	s.Reason, s.Steps, s.Seconds, s.Parameters = e.Reason, e.Steps, e.Seconds, e.Parameters
	if err != nil && !errors.Is(err, ErrInterrupted) {
		s.Error = err.Error()
	}
	return s
}

// note appends a session to the file: at its beginning, and again at its end. A run never fails of it; what it says is only for people.
func (f Folder) note(s Session) {
	text, err := json.Marshal(s)
	if err != nil {
		return
	}
	file, err := os.OpenFile(f.Sessions(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' { // cut by a crash
			text = append([]byte("\n"), text...)
		}
	}
	_, _ = file.Write(append(text, '\n'))
}
