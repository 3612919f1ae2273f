package train

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/tensorboard"
)

// TestTensorBoard: a run with event files is the same run, and one that goes on begins a file of its own.
func TestTensorBoard(t *testing.T) {
	r := newTinyRun(t)
	want := r.undisturbed(t)
	dir := r.stopAt(t, data.Train, 5)
	from, err := Folder{Dir: dir}.Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.do(dir, Options{Resume: true, TensorBoard: true}); err != nil {
		t.Fatal(err)
	}
	if err := r.do(dir, Options{Resume: true, TensorBoard: true}); err != nil { // nothing is left to do
		t.Fatal(err)
	}
	files := Folder{Dir: dir}.events()
	if len(files) != 2 {
		t.Fatalf("%v", files)
	}
	first, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"loss/train", "loss/valid", "loss/test", "gradient norm", "sigma/min", "sigma/layers.0.W", "orthogonality defect", "_hparams_/session_start_info", "_hparams_/session_end_info", "reflectors"} {
		if !bytes.Contains(first, []byte(tag)) {
			t.Errorf("there is no %s", tag)
		}
	}
	if n := bytes.Count(first, []byte("loss/train")); n != 8-int(from.Checkpoint.Position.Step) {
		t.Errorf("%d steps are written after step %d", n, from.Checkpoint.Position.Step)
	}
	got := folderOf(t, dir)
	for _, path := range files {
		delete(got, filepath.Base(path))
	}
	if d := difference(want, got); d != "" {
		t.Errorf("with event files: %s", d)
	}
	if err := r.do(dir, Options{Overwrite: true}); err != nil || len(Folder{Dir: dir}.events()) != 0 {
		t.Errorf("after overwriting: %v, %v", Folder{Dir: dir}.events(), err)
	}
}

// failing takes so many bytes and then nothing more.
type failing struct{ room int }

var errNoRoom = errors.New("no room")

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errNoRoom
	}
	return len(b), nil
}

func (f *failing) Close() error { return nil }

// TestTensorBoardFails: a file that cannot be written is told once, and the run goes on to the same end.
func TestTensorBoardFails(t *testing.T) {
	r := newTinyRun(t)
	want := r.undisturbed(t)
	for _, room := range []int{0, 100, 3000} {
		dir, notices := t.TempDir(), 0
		begin := func(string, int64) (*tensorboard.Writer, error) { return tensorboard.New(&failing{room}, 1), nil }
		observe := func(e Event) {
			if n, ok := e.(NoticeEvent); ok && strings.Contains(n.Text, "TensorBoard: no room") {
				notices++
			}
		}
		if err := r.do(dir, Options{TensorBoard: true, events: begin, Observe: observe}); err != nil || notices != 1 {
			t.Errorf("room for %d bytes: %v, told %d times", room, err, notices)
		}
		if d := difference(want, folderOf(t, dir)); d != "" {
			t.Errorf("room for %d bytes: %s", room, d)
		}
	}
}

// TestSessions: each is told with its end; a line that was cut, and a session that ended without a word, do no harm.
func TestSessions(t *testing.T) {
	r := newTinyRun(t)
	dir := r.stopAt(t, data.Train, 5)
	f := Folder{Dir: dir}
	content, err := os.ReadFile(f.Sessions())
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	if err := os.WriteFile(f.Sessions(), append(content, lines[1][:20]...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.do(dir, Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	all, err := f.ReadSessions()
	if err != nil || len(all) != 2 || all[0].Reason != "interrupted" || all[0].Steps < 4 || all[1].Reason != "done" || all[1].FirstStep != all[0].Steps+1 || all[1].Steps != 8 || all[1].Executor != "cpu" || all[1].LastStep != 8 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := os.WriteFile(f.Sessions(), lines[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if all, err := f.ReadSessions(); err != nil || len(all) != 1 || all[0].Reason != "" {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestGradientsAreRecorded at the start and at every evaluation, the same after a stop.
func TestGradientsAreRecorded(t *testing.T) {
	r := newTinyRun(t)
	calm := t.TempDir()
	if err := r.do(calm, Options{Gradients: true}); err != nil {
		t.Fatal(err)
	}
	rows, err := Folder{Dir: calm}.ReadGradients()
	if err != nil || len(rows) != 3 || rows[0].Step != 0 || rows[2].Step != 8 || len(rows[1].Norms) != 5 || !(rows[1].Ratio() > 0) {
		t.Errorf("%+v, %v", rows, err)
	}
	if err := r.do(calm, Options{Overwrite: true}); err != nil {
		t.Fatal(err)
	}
	if rows, err := (Folder{Dir: calm}).ReadGradients(); err != nil || len(rows) != 0 {
		t.Errorf("after overwriting: %v, %v", rows, err)
	}
}
