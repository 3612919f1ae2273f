package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// terminal returns the two ends of a terminal of so many columns.
func terminal(t *testing.T, columns int) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(ours.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)})
	}
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// TestProgressOnATerminal runs on terminals of several widths and kinds and presses ^C: the bar tells epoch and step and fits, a terminal that
// cannot move its cursor gets lines, and in the end there is the command that goes on.
func TestProgressOnATerminal(t *testing.T) {
	exe, err := exec.LookPath("spectral-gpu") // of TestMain
	if err != nil {
		t.Fatal(err)
	}
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	for _, c := range []struct {
		term    string
		columns int
		want    []string
		never   string
	}{
		{"xterm", 120, []string{`epoch \d+/9000  step \d+/90000 `, `loss \d`, `s left`, `steps/s`}, "none"},
		{"xterm", 40, []string{`epoch \d+/9000  step \d+/90000`}, "steps/s"},
		{"xterm", 12, []string{`epoch \d+/\d*…`}, "loss"},
		{"dumb", 80, []string{`step \d+  valid`}, `\x1b`},
	} {
		t.Run(fmt.Sprint(c.term, c.columns), func(t *testing.T) {
			ours, theirs := terminal(t, c.columns)
			defer ours.Close()
			dir := filepath.Join(t.TempDir(), "a run")
			cmd := exec.Command(exe, append(strings.Fields("train adding --length 20 --hidden 16 --reflectors 4 --batch 16 --train-size 160 --epochs 9000 --test-size 16 --eval-every 100 --device cpu --out"), dir)...)
			cmd.Env = append(os.Environ(), "TERM="+c.term, "XDG_CACHE_HOME="+t.TempDir())
			cmd.Stderr = theirs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			theirs.Close()
			time.AfterFunc(1500*time.Millisecond, func() { // the terminal says ^C, and a shell's terminal sends the signal
				_, _ = ours.Write([]byte{3})
				time.Sleep(20 * time.Millisecond)
				_ = cmd.Process.Signal(syscall.SIGINT)
			})
			said, _ := io.ReadAll(ours) // ends with an error where the other end is closed
			if code := exitCodeOf(t, cmd); code != exitInterrupted {
				t.Errorf("exit code %d", code)
			}
			for _, want := range append(c.want, `saved; go on with .spectral-gpu train adding --out '.*a run' --resume --device cpu.`) {
				if !regexp.MustCompile(want).Match(said) {
					t.Errorf("no %s in %q", want, said)
				}
			}
			if regexp.MustCompile(c.never).Match(said) {
				t.Errorf("%s in %q", c.never, said)
			}
			if c.term != "dumb" {
				for _, row := range screen(string(said), c.columns) {
					if strings.HasPrefix(row, "ep") {
						t.Errorf("%q is left of the bar", row)
					}
				}
			}
			for line := range strings.FieldsFuncSeq(escapes.ReplaceAllString(string(said), "\r"), func(r rune) bool { return r == '\r' || r == '\n' }) {
				if n := utf8.RuneCountInString(line); n > c.columns && strings.HasPrefix(line, "epoch") {
					t.Errorf("%d characters in %d columns: %q", n, c.columns, line)
				}
			}
		})
	}
}

// screen returns what stands in the rows of a terminal that was told so much: text, line ends, and the cursor moved up and what follows cleared.
func screen(said string, columns int) []string {
	rows := [][]rune{nil}
	y, x := 0, 0
	for len(said) > 0 {
		if m := regexp.MustCompile(`^\x1b\[(\d+)A\x1b\[J`).FindStringSubmatch(said); m != nil {
			up, _ := strconv.Atoi(m[1])
			y = max(y-up, 0)
			rows = append(rows[:y], rows[y][:min(x, len(rows[y]))])
			said = said[len(m[0]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(said)
		said = said[size:]
		if r == '\n' || r != '\r' && x == columns {
			y++
			if y == len(rows) {
				rows = append(rows, nil)
			}
			if r != '\n' {
				x = 0
			}
		}
		switch r {
		case '\n':
		case '\r':
			x = 0
		default:
			for len(rows[y]) <= x {
				rows[y] = append(rows[y], ' ')
			}
			rows[y][x] = r
			x++
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = string(row)
	}
	return lines
}
