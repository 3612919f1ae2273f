package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// meter shows on standard error how far something is: a bar on a terminal, a line every few seconds where there is none, or one that
// cannot move its cursor. Its methods are called from one goroutine.
type meter struct {
	out      io.Writer
	bars     *mpb.Progress // nil where lines are printed
	bar      *mpb.Bar
	interval time.Duration // between what is shown
	shown    time.Time

	mu    sync.Mutex
	parts []string // of what is said, the most important first
}

// Times between what is shown: on a terminal, and as lines.
const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 5 * time.Second
)

// barWidth is what a bar takes at least before more is said beside it.
const barWidth = 14

// lineStart is put before what is shown: mpb moves the cursor up without moving it left, and the terminal's own "^C" has moved it right.
const lineStart = "\r"

// newMeter returns one that shows nothing yet.
func newMeter(e *env) *meter {
	m := &meter{out: e.stderr, interval: lineInterval, shown: time.Now()}
	if f := e.stderr.file(); f != nil && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		m.bars, m.interval = mpb.New(mpb.WithOutput(f), mpb.WithRefreshRate(barInterval)), barInterval
	}
	return m
}

// at tells that done of total is behind; parts says in words where that is, the most important first, and is called when it is shown.
func (m *meter) at(done, total int64, parts func() []string) {
	if m.bars != nil && m.bar == nil {
		m.bar = m.bars.AddBar(total+1, mpb.BarRemoveOnComplete(), // one more: it is taken away by close
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return lineStart + m.title() })),
			mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string { return m.rest(s.AvailableWidth - barWidth) })))
	} else if time.Since(m.shown) < m.interval {
		return
	}
	m.shown = time.Now()
	said := parts()
	if m.bar == nil {
		fmt.Fprintln(m.out, strings.Join(said, "  "))
		return
	}
	m.mu.Lock()
	m.parts = said
	m.mu.Unlock()
	m.bar.SetTotal(total+1, false)
	m.bar.SetCurrent(done)
}

func (m *meter) title() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.parts) == 0 {
		return ""
	}
	return m.parts[0]
}

// rest returns as many of the other parts as fit.
func (m *meter) rest(width int) (text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.parts[min(1, len(m.parts)):] {
		if runewidth.StringWidth(text)+2+runewidth.StringWidth(p) > width {
			break
		}
		text += "  " + p
	}
	return text
}

// line prints a line, above the bar.
func (m *meter) line(s string) {
	if m.bar != nil {
		fmt.Fprintln(m.bars, lineStart+s)
		return
	}
	fmt.Fprintln(m.out, s)
}

// close takes the bar away. Lines can be printed afterwards.
func (m *meter) close() {
	if m.bars == nil {
		return
	}
	if m.bar != nil {
		m.bar.Abort(true)
	}
	m.bars.Wait()
	if m.bar != nil {
		fmt.Fprint(m.out, lineStart)
	}
	m.bars, m.bar, m.interval = nil, nil, lineInterval
}

// timeLeft says how long the rest takes if it goes on like this.
func timeLeft(start time.Time, done, total int64) string {
	if done <= 0 {
		return ""
	}
	left := time.Duration(float64(time.Since(start)) / float64(done) * float64(total-done))
	return left.Round(time.Second).String() + " left"
}
