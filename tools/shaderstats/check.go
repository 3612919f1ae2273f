package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// remedy is what to do about a stale file.
const remedy = "run make shader-stats and commit the file"

// maxFaults is how many differing lines an error shows.
const maxFaults = 10

// check fails if a kernel spills, or if the file is not what the table gives.
// The numbers are those of one version of the compiler: where another is
// installed only the kernels and variants listed have to agree.
func (t *table) check(path string) error {
	have, err := os.ReadFile(path)
	if err != nil {
		return errors.Join(t.unfit(), fmt.Errorf("%w: %s", err, remedy))
	}
	return errors.Join(t.unfit(), t.stale(path, string(have)))
}

// unfit fails if a kernel spills registers or uses scratch memory.
func (t *table) unfit() error {
	var errs []error
	for _, r := range t.rows {
		errs = append(errs, r.fault())
	}
	return errors.Join(errs...)
}

// stale compares the committed text with the table.
func (t *table) stale(path, have string) error {
	compiler, ok := compilerOf(have)
	if !ok {
		return fmt.Errorf("%s has no line that begins with %q: %s", path, compilerLine, remedy)
	}
	want := t.text()
	if compiler != t.compiler() {
		have, want = keys(have), keys(want)
	}
	if have == want {
		return nil
	}
	errs := []error{fmt.Errorf("%s is stale (made by %s, this is %s): %s", path, compiler, t.compiler(), remedy)}
	lines := difference(have, want)
	for i, l := range lines {
		if i == maxFaults {
			errs = append(errs, fmt.Errorf("… %d lines differ", len(lines)))
			break
		}
		errs = append(errs, errors.New(l))
	}
	return errors.Join(errs...)
}

// compilerOf returns the compiler that a committed text names.
func compilerOf(text string) (string, bool) {
	for l := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(l, compilerLine); ok {
			return strings.TrimSpace(name), true
		}
	}
	return "", false
}

// keys reduces a text to the kernel, variant and family of each line of the
// table.
func keys(text string) string {
	_, text, _ = strings.Cut(text, line(columns))
	var b strings.Builder
	for l := range strings.Lines(text) {
		if cells := strings.Split(l, " | "); len(cells) == len(columns) {
			b.WriteString(strings.Join(cells[:textColumns], " | ") + "\n")
		}
	}
	return b.String()
}

// difference returns the lines that only one of two texts has.
func difference(have, want string) []string {
	count := map[string]int{}
	for l := range strings.Lines(have) {
		count[l]++
	}
	var list []string
	for l := range strings.Lines(want) {
		if count[l]--; count[l] < 0 {
			list = append(list, "new:     "+strings.TrimSpace(l))
		}
	}
	for l := range strings.Lines(have) {
		if count[l] > 0 {
			count[l]--
			list = append(list, "removed: "+strings.TrimSpace(l))
		}
	}
	return list
}
