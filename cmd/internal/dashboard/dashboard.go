package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// interval is the time between two looks at the run.
const interval = 500 * time.Millisecond

// ErrTerminal means that there is no terminal that a dashboard can be shown in.
var ErrTerminal = errors.New("the dashboard needs a terminal")

// Usable tells why a dashboard cannot be shown on out, of the terminal that the environment names; nil where it can. Its error is ErrTerminal.
func Usable(out io.Writer, getenv func(string) string) error {
	if name := getenv("TERM"); name == "dumb" {
		return fmt.Errorf("%w that can move its cursor, and TERM=%s cannot; set TERM to what your terminal is, such as xterm-256color, or read metrics.csv", ErrTerminal, name)
	}
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return fmt.Errorf("%w, and standard output is none; do not redirect it, or read metrics.csv", ErrTerminal)
	}
	return nil
}

// Source is what is shown: a watch.Watcher.
type Source interface {
	Poll()
	Board() *watch.Board
}

// Run shows src until the user leaves or ctx ends. Who calls it has asked Usable.
func Run(ctx context.Context, src Source, in io.Reader, out io.Writer, getenv func(string) string) error {
	p := tea.NewProgram(newModel(src, !unicode(getenv)), tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	_, err := p.Run()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// unicode tells whether the locale has Braille and blocks.
func unicode(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(getenv(name)); v != "" {
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// model is the dashboard's state between two messages.
type model struct {
	src  Source
	view View
}

func newModel(src Source, ascii bool) model {
	return model{src: src, view: View{ASCII: ascii, Now: time.Now()}}
}

// tick asks for the next look.
type tick struct{}

func later() tea.Cmd { return tea.Tick(interval, func(time.Time) tea.Msg { return tick{} }) }

// Init implements tea.Model.
func (m model) Init() tea.Cmd {
	m.src.Poll()
	return later()
}

// Update implements tea.Model.
func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.view.Width, m.view.Height = msg.Width, msg.Height
	case tick:
		if !m.view.Paused {
			m.src.Poll()
			m.view.Now = time.Now()
		}
		return m, later()
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "esc", "ctrl+c":
			return m, tea.Quit
		case "space", "p":
			m.view.Paused = !m.view.Paused
		}
	}
	return m, nil
}

// View implements tea.Model.
func (m model) View() tea.View {
	v := tea.NewView("")
	if m.view.Width > 0 {
		v = tea.NewView(Screen(m.src.Board(), m.view))
	}
	v.AltScreen, v.WindowTitle = true, "spectral-gpu"
	return v
}
