package dashboard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/spectral-gpu/spectral-gpu/model/train"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// board is that of a classifier that is half-way, with everything that can be shown.
func board(t *testing.T) *watch.Board {
	t.Helper()
	c := train.Config{Task: "mnist", Steps: 1000}
	c.Model.Cell, c.Model.Hidden, c.Model.Reflectors = "spectral", 128, 16
	b := &watch.Board{Dir: "runs/first", Config: &c, Step: 500, LastStep: 1000, Rate: 12.5, Changed: time.Now(), Saved: 400}
	for i := int64(1); i <= 500; i++ {
		x := float64(i)
		b.Loss.Add(i, 2.3*math.Exp(-x/200))
		b.Accuracy.Add(i, 1-0.9*math.Exp(-x/200))
		b.GradNorm.Add(i, 1+math.Sin(x/30)/2)
		b.SigmaMin.Add(i, 0.99)
		b.SigmaMax.Add(i, 1.01)
		if i%100 == 0 {
			b.EvalLoss.Add(i, 2.2*math.Exp(-x/200))
			b.EvalAccuracy.Add(i, 0.8)
			b.Gradients = append(b.Gradients, watch.Gradient{Step: i, Last: 4, Norms: []float64{1e-3, 1e-2, 0.1, 1, 0}})
		}
	}
	b.Recent = train.Row{Step: 500, Split: "train", Loss: 0.2, GradNorm: 0.7, SigmaMin: 0.991, SigmaMax: 1.009}
	b.Evals = []train.Row{{Step: 400, Split: "test", Loss: 0.4, Accuracy: 0.81}, {Step: 500, Split: "valid", Loss: 0.3, Accuracy: 0.82}}
	b.Spectra = []watch.Spectrum{{Name: "layers.0.W", Sigma: []float64{1.008, 1.002, 1, 1, 0.995}, Banded: true, Lo: 0.99, Hi: 1.01}}
	return b
}

// shown returns the lines of a screen without colours.
func shown(b *watch.Board, v View) []string {
	v.Now = time.Now()
	return strings.Split(ansi.Strip(Screen(b, v)), "\n")
}

func TestScreenFitsEveryTerminal(t *testing.T) {
	boards := map[string]*watch.Board{"full": board(t), "empty": {Dir: "x", Saved: -1}}
	failing := board(t)
	failing.Err = errors.New(strings.Repeat("long ", 60))
	boards["failing"] = failing
	one := &watch.Board{Dir: "x", Saved: -1, NoGrad: "no data"}
	one.Loss.Add(1, 0)
	one.GradNorm.Add(1, 3)
	boards["one step, loss 0"] = one
	for name, b := range boards {
		for w := 1; w <= 180; w += 13 {
			for h := 1; h <= 60; h += 7 {
				lines := shown(b, View{Width: w, Height: h})
				if len(lines) > h {
					t.Fatalf("%s: %d lines in %d × %d", name, len(lines), w, h)
				}
				for _, l := range lines {
					if ansi.StringWidth(l) > w {
						t.Fatalf("%s: a line of %d cells in %d × %d: %q", name, ansi.StringWidth(l), w, h, l)
					}
				}
			}
		}
	}
}

func TestScreenTells(t *testing.T) {
	for _, c := range []struct {
		name string
		v    View
		want []string
		not  []string
	}{
		{"wide", View{Width: 120, Height: 50}, []string{"first · mnist · spectral, n = 128, m = 16", "step 500/1000", "50 %", "12.5 steps/s", "40s left", "‖g‖ 0.7", "σ 0.991 … 1.009",
			"test @400", "valid @500: loss 0.3, accuracy 82.00 %", "─ loss ", "─ accuracy ", "σ of layers.0.W, step 400", "0.99", "1.01", "gradient norm", "‖dL/dh_t‖ through time", "step 100", "░ ", "●", "q leave"}, nil},
		{"narrow", View{Width: 40, Height: 17}, []string{"step 500/1000", "valid @500: loss 0.3, accuracy 82.00 %", "σ 0.991 … 1.009", "─ loss "}, []string{"test @400", "through time"}},
		{"paused", View{Width: 80, Height: 24, Paused: true}, []string{"paused"}, nil},
		{"tiny", View{Width: 29, Height: 8}, []string{"step 500 · make the window"}, []string{"loss"}},
		{"ASCII", View{Width: 120, Height: 50, ASCII: true}, []string{"s of layers.0.W", "+- loss ", "*", "#", ": band"}, []string{"σ", "?"}},
	} {
		text := strings.Join(shown(board(t), c.v), "\n")
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, text)
			}
		}
		for _, w := range c.not {
			if strings.Contains(text, w) {
				t.Errorf("%s: %q in\n%s", c.name, w, text)
			}
		}
		if c.v.ASCII {
			for _, r := range text {
				if r >= 0x80 {
					t.Fatalf("%q in\n%s", r, text)
				}
			}
		}
	}
}

// TestPlotDrawsWhereNumbersAre compares a straight line with the dots that it has to have.
func TestPlotDrawsWhereNumbersAre(t *testing.T) {
	c := newCanvas(4, 2)
	c.line(0, 7, 7, 0, plain)
	for i := range 8 {
		x, y := i, 7-i
		if c.dots[y/4*4+x/2]&bits[y%4][x%2] == 0 {
			t.Errorf("no dot at %d, %d", x, y)
		}
	}
	if got := ansi.Strip(c.row(0)); got != "  ⡠⠊" {
		t.Errorf("%q", got)
	}
	c.dot(-1, 0, plain)
	c.dot(8, 0, plain)
	c.dot(0, 8, plain)
	for _, l := range []struct {
		v    float64
		want string
	}{{0.00012345, "0.000123"}, {1234567, "1.23e6"}, {-1.5e-7, "-1.5e-7"}, {0, "0"}, {1.0049, "1"}} {
		if got := number(l.v, 3); got != l.want || len(got) > labelWidth {
			t.Errorf("%g is %q, want %q", l.v, got, l.want)
		}
	}
}

// source counts the looks at a board.
type source struct {
	b     *watch.Board
	polls int
}

func (s *source) Poll()               { s.polls++ }
func (s *source) Board() *watch.Board { return s.b }

// TestModel sends a fake terminal's messages.
func TestModel(t *testing.T) {
	src := &source{b: board(t)}
	var m tea.Model = newModel(src, false)
	send := func(msg tea.Msg) (cmd tea.Cmd) {
		m, cmd = m.Update(msg)
		return cmd
	}
	if m.View().Content != "" || m.Init() == nil || src.polls != 1 {
		t.Errorf("before the size is known: %q, %d looks", m.View().Content, src.polls)
	}
	send(tea.WindowSizeMsg{Width: 100, Height: 40})
	wide := m.View()
	send(tea.WindowSizeMsg{Width: 50, Height: 20})
	if narrow := m.View(); !wide.AltScreen || wide.Content == narrow.Content || !strings.Contains(ansi.Strip(narrow.Content), "step 500/1000") {
		t.Error("the screen does not follow the window's size")
	}
	if send(tick{}) == nil || src.polls != 2 {
		t.Errorf("%d looks after a tick", src.polls)
	}
	send(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
	if send(tick{}) == nil || src.polls != 2 || !strings.Contains(ansi.Strip(m.View().Content), "paused") {
		t.Errorf("%d looks while paused", src.polls)
	}
	send(tea.KeyPressMsg{Code: 'p', Text: "p"})
	if send(tick{}) == nil || src.polls != 3 {
		t.Errorf("%d looks after the pause", src.polls)
	}
	if cmd := send(tea.KeyPressMsg{Code: 'q', Text: "q"}); cmd == nil || cmd() != tea.Quit() {
		t.Error("q does not leave")
	}
}

func TestUsable(t *testing.T) {
	env := func(name string) func(string) string {
		return func(string) string { return name }
	}
	if err := Usable(os.Stdout, env("dumb")); !errors.Is(err, ErrTerminal) || !strings.Contains(err.Error(), "TERM=dumb") {
		t.Error(err)
	}
	if err := Usable(io.Discard, env("xterm")); !errors.Is(err, ErrTerminal) || !strings.Contains(err.Error(), "redirect") {
		t.Error(err)
	}
	for v, want := range map[string]bool{"C.UTF-8": true, "de_DE.utf8": true, "C": false, "": false} {
		if unicode(env(v)) != want {
			t.Errorf("%q", v)
		}
	}
}

// TestRun runs the program in a fake terminal until its user leaves, and until its context ends.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out bytes.Buffer
	if err := Run(ctx, &source{b: board(t)}, strings.NewReader("q"), &out, os.Getenv); err != nil || ctx.Err() != nil {
		t.Errorf("%v, %v", err, ctx.Err())
	}
	ended, end := context.WithCancel(ctx)
	end()
	if err := Run(ended, &source{b: board(t)}, strings.NewReader(""), &out, os.Getenv); err != nil {
		t.Error(err)
	}
}
