package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// head is the text above the table.
//
//go:embed head.md
var head string

// compilerMark and remarksMark are what text replaces in head; compilerLine is
// what the line with the compiler begins with.
const (
	compilerMark = "COMPILER"
	remarksMark  = "REMARKS\n"
	compilerLine = "Compiler: "
)

// columns are the headings of the table.
var columns = []string{
	"kernel", "variant", "family", "wave", "VGPR", "SGPR", "spill V", "spill S", "scratch", "LDS", "waves", "code", "instr",
	"latency", "inv thr", "hot", "FMA", "FMA loops", "hot VMEM", "hot LDS", "hot SMEM",
}

// textColumns is how many of the columns hold text and are aligned left.
const textColumns = 3

// table is what the file shows.
type table struct {
	driver string
	rows   []row
}

// newTable makes the table of what was compiled: by kernel, then variant in the
// order of their declaration, then family.
func newTable(runs []familyRun) (*table, error) {
	t := &table{}
	for _, f := range runs {
		if t.driver != "" && f.Driver != t.driver {
			return nil, fmt.Errorf("compiled by %s and by %s", t.driver, f.Driver)
		}
		if len(f.Compiled) != len(runs[0].Compiled) {
			return nil, fmt.Errorf("%d variants compiled for %s, %d for %s", len(f.Compiled), f.Family, len(runs[0].Compiled), runs[0].Family)
		}
		t.driver = f.Driver
	}
	for i := range runs[0].Compiled {
		for _, f := range runs {
			r, err := newRow(f.Family, f.Compiled[i])
			if err != nil {
				return nil, err
			}
			t.rows = append(t.rows, r)
		}
	}
	return t, nil
}

// compiler names what compiled the kernels.
func (t *table) compiler() string { return t.driver + " ACO" }

// text returns the whole file.
func (t *table) text() string {
	return strings.NewReplacer(compilerMark, t.compiler(), remarksMark, t.remarks()+"\n").Replace(head) + t.lines()
}

// lines returns the table alone.
func (t *table) lines() string {
	var b strings.Builder
	b.WriteString(line(columns))
	for i := range columns {
		b.WriteString("|")
		b.WriteString(map[bool]string{true: "---", false: "---:"}[i < textColumns])
	}
	b.WriteString("|\n")
	for _, r := range t.rows {
		b.WriteString(line(r.cells()))
	}
	return b.String()
}

func line(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// write brings the file up to date.
func (t *table) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(t.text()), 0o644)
}
