//go:build window && cgo

package livewindow

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/train"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

func TestMain(m *testing.M) { os.Exit(Main(m.Run)) }

// display starts an X server of its own and returns the file of its screen. Without one installed the test is skipped.
func display(t *testing.T) (screen string) {
	t.Helper()
	server, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed (tools/deps.sh window-test)")
	}
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(server, "-displayfd", "3", "-screen", "0", "1400x900x24", "-fbdir", dir, "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(number))
	return filepath.Join(dir, "Xvfb_screen0")
}

// readScreen reads an X window dump of 32 bits a pixel, as Xvfb keeps its screen.
func readScreen(path string) (*image.RGBA, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	if len(b) < 100 || word(1) != 7 || word(11) != 32 {
		return nil, fmt.Errorf("%s is no dump of 32 bits a pixel", path)
	}
	width, height, stride, at := word(4), word(5), word(12), word(0)+12*word(19)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := b[at+y*stride+4*x:]
			img.SetRGBA(x, y, color.RGBA{p[2], p[1], p[0], 255})
		}
	}
	return img, nil
}

// find returns where part lies in whole, without its outermost pixels, by trying every place.
func find(whole, part *image.RGBA) (image.Point, bool) {
	w, h := part.Rect.Dx(), part.Rect.Dy()
	row := part.Pix[part.PixOffset(0, h/2):][:4*w]
	for y := range whole.Rect.Dy() - h + 1 {
		for x := range whole.Rect.Dx() - w + 1 {
			if string(whole.Pix[whole.PixOffset(x, y+h/2):][:4*w]) == string(row) && same(whole, part, x, y) {
				return image.Pt(x, y), true
			}
		}
	}
	return image.Point{}, false
}

func same(whole, part *image.RGBA, x, y int) bool {
	for j := range part.Rect.Dy() {
		if string(whole.Pix[whole.PixOffset(x, y+j):][:4*part.Rect.Dx()]) != string(part.Pix[part.PixOffset(0, j):][:4*part.Rect.Dx()]) {
			return false
		}
	}
	return true
}

// source is a run that goes on by a step a look.
type source struct{ b *watch.Board }

func newSource(t *testing.T) *source {
	c := train.Config{Task: "adding", Steps: 100}
	c.Model.Cell, c.Model.Hidden, c.Model.Reflectors = "spectral", 32, 8
	return &source{&watch.Board{Dir: t.TempDir(), Config: &c, LastStep: 100, Saved: -1}}
}

func (s *source) Board() *watch.Board { return s.b }

func (s *source) Poll() {
	s.b.Step++
	s.b.Changed = time.Now()
	s.b.Loss.Add(s.b.Step, 1/float64(s.b.Step))
	s.b.GradNorm.Add(s.b.Step, float64(s.b.Step%7))
	s.b.Gradients = append(s.b.Gradients, watch.Gradient{Step: s.b.Step, Last: 3, Norms: []float64{1, 2, 3, float64(s.b.Step)}})
}

// press presses a key of the X server, as the keyboard does: it goes to whatever window has the focus.
func press(t *testing.T, key string) {
	go func() {
		for _, args := range [][]string{{"search", "--onlyvisible", "--name", "^spectral-gpu", "windowfocus"}, {"key", key}} {
			if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
				t.Errorf("xdotool %v: %v: %s", args, err, out)
			}
		}
	}()
}

// TestWindow shows a run under Xvfb: the screen has what was drawn, keys that are pressed do what they say, another size is drawn anew, and closing
// ends it.
func TestWindow(t *testing.T) {
	screen := display(t)
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("xdotool is not installed (tools/deps.sh window-test)")
	}
	src := newSource(t)
	var err error
	const ( // what is waited for
		third = iota
		saved
		smaller
		held
		closed
	)
	stage, pictures, paused := third, 0, int64(0)
	onMain(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		err = run(ctx, src, func(w *window) {
			switch pictures++; {
			case stage == third && pictures >= 3:
				stage = saved
				t.Log(w.canvas.Name(), "draws a picture in", w.took)
				onScreen(t, screen, w)
				press(t, "s")
			case stage == saved && strings.HasPrefix(w.view.Message, "saved as "):
				stage = smaller
				w.glfw.SetSize(700, 500)
			case stage == smaller && w.view.Width == 700:
				stage = held
				onScreen(t, screen, w)
				press(t, "space")
			case stage == held && w.view.Paused:
				if paused == 0 {
					paused = src.b.Step
				}
				if w.view.Message != "" { // it goes after a while, which draws once more
					return
				}
				stage = closed
				if src.b.Step != paused {
					t.Errorf("at step %d after a pause at %d", src.b.Step, paused)
				}
				press(t, "q")
			}
		})
		if ctx.Err() != nil {
			t.Errorf("not closed in time: %d pictures, stage %d", pictures, stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(src.b.Dir, "window-*.png"))
	if len(files) != 1 {
		t.Fatalf("saved %v", files)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() != 1280 || img.Bounds().Dy() != 800 {
		t.Errorf("%v, %v", img.Bounds(), err)
	}
}

// onScreen requires that the screen shows what the canvas has drawn, pixel for pixel.
func onScreen(t *testing.T, screen string, w *window) {
	t.Helper()
	want := w.canvas.Image()
	for range 100 { // the server copies in its own time
		got, err := readScreen(screen)
		if err != nil {
			t.Error(err)
			return
		}
		if _, ok := find(got, want); ok {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the screen does not show the picture of %v", want.Rect)
}

// TestNoWindow says what is missing: a display, or one that is not there.
func TestNoWindow(t *testing.T) {
	for name, want := range map[string]string{"": "DISPLAY is not set", ":4711": `display ":4711"`} {
		t.Setenv("DISPLAY", name)
		err := Run(context.Background(), newSource(t))
		if !errors.Is(err, ErrNoWindow) || !strings.Contains(fmt.Sprint(err), want) || !strings.Contains(fmt.Sprint(err), "--terminal") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
