package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// jsonTables reads docs/json.md: what an object of each name has, by field.
func jsonTables(t *testing.T) map[string]map[string]jsonField {
	t.Helper()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]map[string]jsonField{}
	name := ""
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(line, "### "); ok {
			name = strings.TrimSpace(title)
			tables[name] = map[string]jsonField{}
		}
		cells := strings.Split(line, "|")
		if len(cells) < 4 || cells[1] == " field " || strings.HasPrefix(cells[1], "---") {
			continue
		}
		for field := range strings.SplitSeq(cells[1], ",") {
			plain, optional := strings.CutSuffix(strings.TrimSpace(field), "?")
			tables[name][plain] = jsonField{types: strings.Split(strings.TrimSpace(cells[2]), " or "), optional: optional}
		}
	}
	return tables
}

type jsonField struct {
	types    []string
	optional bool
}

// typesOf lists the words of docs/json.md that a value is.
func typesOf(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{"text"}
	case bool:
		return []string{"flag"}
	case nil:
		return []string{"null"}
	case []any:
		return []string{"list"}
	case map[string]any:
		return []string{"object"}
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return []string{"integer", "number"}
		}
		return []string{"number"}
	}
	return nil
}

// TestJSONIsAsDescribed runs commands and holds each object that they print against docs/json.md.
func TestJSONIsAsDescribed(t *testing.T) {
	tables := jsonTables(t)
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	table, rows := filepath.Join(dir, "kinds.csv"), filepath.Join(dir, "rows.csv")
	write(t, table, "a,b,kind\n1,2,cat\n9,8,dog\n1,3,cat\n8,9,dog\n2,2,cat\n9,9,dog\n1,1,cat\n8,8,dog\n")
	write(t, rows, "a,b\n1,2\n8,8\n")
	seen := map[string]bool{}
	do := func(code int, unnamed, line string) {
		t.Helper()
		args := strings.Fields(strings.NewReplacer("DIR", dir, "TABLE", table, "ROWS", rows).Replace(line))
		var out, log bytes.Buffer
		if got := run(t.Context(), args, &out, &log); got != code {
			t.Errorf("%s: exit code %d, want %d\n%s", line, got, code, &log)
		}
		if code == 0 && out.Len() == 0 && unnamed != "-" {
			t.Errorf("%s prints nothing", line)
		}
		if unnamed == "-" {
			return
		}
		for text := range strings.Lines(out.String()) {
			dec := json.NewDecoder(strings.NewReader(text))
			dec.UseNumber()
			var object map[string]any
			if err := dec.Decode(&object); err != nil {
				t.Errorf("%s: %q: %v", line, text, err)
				continue
			}
			name, _ := object["event"].(string)
			name = cmp.Or(name, unnamed)
			seen[name] = true
			fits(t, line, name, object, tables[name])
		}
	}
	tiny := " --hidden 4 --reflectors 2 --batch 2 --device cpu"
	do(0, "", "train csv:TABLE --shares 0.5,0.25,0.25 --epochs 2 --json --out DIR/kinds"+tiny)
	do(0, "", "train csv:TABLE --epochs 3 --resume --json --out DIR/kinds --device cpu")
	do(0, "", "train adding --length 4 --steps 2 --valid-size 4 --test-size 4 --json --out DIR/adding"+tiny)
	do(exitDiverged, "", "train adding --optimizer sgd --lr 1000 --clip 0 --warmup 0 --length 4 --test-size 8 --steps 30 --json --out DIR/wild"+tiny)
	do(0, "", "eval DIR/kinds --device cpu --json")
	do(0, "", "predict DIR/kinds --input ROWS --device cpu --json")
	do(0, "-", "export DIR/kinds --out DIR/net.safetensors")
	do(0, "import", "import DIR/net.safetensors --out DIR/back.safetensors --json")
	do(0, "", "devices --json")
	do(0, "", "version --json")
	do(0, "list", "data list --json")
	do(exitUsage, "", "data check --json --data DIR")
	do(0, "", "data check csv:TABLE --shares 0.5,0.25,0.25 --json")
	do(0, "", "verify --device cpu --json")
	do(0, "", "profile adding --length 4 --runs 1 --json"+tiny)
	do(0, "", "tune adding --length 4 --json"+tiny)
	for _, suite := range []string{"step --T 4 --B 2 --n 4 --m 2 --cell spectral,sequential", "run --T 4 --B 2 --n 4 --m 2 --cell spectral", "growth --B 8 --n 16 --m 2 --cell rnn --over T=100,1000,10000", "gemm --size 4x4x4", "hh --n 300", "distributed --T 4 --B 2 --n 4 --m 2 --cell spectral"} {
		do(0, "bench", "bench --runs 1 --device cpu --json --suite "+suite)
	}
	for name := range tables {
		if !seen[name] && name != "tuned" { // which the CPU executor, having no tiles, never prints
			t.Errorf("no command has printed %s", name)
		}
	}
}

func fits(t *testing.T, line, name string, object map[string]any, table map[string]jsonField) {
	t.Helper()
	if table == nil {
		t.Errorf("%s: %q is not described", line, name)
		return
	}
	for field, value := range object {
		d, ok := table[field]
		if !ok {
			t.Errorf("%s: %s has a field %s that is not described", line, name, field)
		} else if !slices.ContainsFunc(typesOf(value), func(is string) bool { return slices.Contains(d.types, is) }) {
			t.Errorf("%s: %s.%s is %v, described as %v", line, name, field, value, d.types)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(table)) {
		if _, ok := object[field]; !ok && !table[field].optional {
			t.Errorf("%s: %s has no %s", line, name, field)
		}
	}
}

// TestEveryJSONFieldIsDescribed: what the events of a run can have is described, whether or not a run had it.
func TestEveryJSONFieldIsDescribed(t *testing.T) {
	tables := jsonTables(t)
	all := map[string]bool{}
	for _, table := range tables {
		for field := range table {
			all[field] = true
		}
	}
	tag := regexp.MustCompile("`json:\"([a-z_]+)[,\"]")
	for _, path := range []string{"../../model/train/event.go", "predict_output.go", "devices.go", "verify.go", "profile.go", "tune.go", "version.go"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tag.FindAllStringSubmatch(string(text), -1) {
			if !all[m[1]] {
				t.Errorf("%s: %s is not in docs/json.md", path, m[1])
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
