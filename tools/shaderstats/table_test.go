package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// statistics are those that RADV of Mesa 22.3 gives, with one of them changed.
func statistics(name string, value uint64) map[string]uint64 {
	m := map[string]uint64{
		"Driver pipeline hash": 1, "SGPRs": 128, "VGPRs": 40, "Spilled SGPRs": 0, "Spilled VGPRs": 0, "Code size": 2400,
		"LDS size": 9216, "Scratch size": 0, "Subgroups per SIMD": 24, "Instructions": 470, "Latency": 37000, "Inverse Throughput": 8500,
	}
	m[name] = value
	return m
}

// fillOn is the kernel fill as if compiled, with one statistic changed.
func fillOn(name string, value uint64) compiled {
	return compiled{
		Kernel: "fill", Spec: shaders.Lookup("fill").DefaultSpec(), Subgroup: 64, Statistics: statistics(name, value),
		Assembly: "BB0:\n\tv_fmac_f32_e32 v0, v1, v2 ; 0\n\tds_read_b32 v0, v1 ; 0\n\ts_cbranch_scc1 BB0 ; 0\n\ts_endpgm ; 0\n",
	}
}

// tableOf makes a table by a driver of what was compiled for navi21.
func tableOf(t *testing.T, driver string, list ...compiled) *table {
	t.Helper()
	tab, err := newTable([]familyRun{{Family: "navi21", Driver: driver, Compiled: list}})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestLines(t *testing.T) {
	run := func(family string) familyRun {
		return familyRun{Family: family, Driver: "Mesa 22.3.6", Compiled: []compiled{fillOn("VGPRs", 40), fillOn("VGPRs", 48)}}
	}
	tab, err := newTable([]familyRun{run("navi21"), run("gfx1100")})
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(tab.lines(), "---:|\n")
	want := `
| fill | defaults | navi21 | 64 | 40 | 128 | 0 | 0 | 0 | 9216 | 12 | 2400 | 470 | 37000 | 8500 | 2 | 50 % | 50 % | 0 | 1 | 0 |
| fill | defaults | gfx1100 | 64 | 40 | 128 | 0 | 0 | 0 | 9216 | 12 | 2400 | 470 | 37000 | 8500 | 2 | 50 % | 50 % | 0 | 1 | 0 |
| fill | defaults | navi21 | 64 | 48 | 128 | 0 | 0 | 0 | 9216 | 12 | 2400 | 470 | 37000 | 8500 | 2 | 50 % | 50 % | 0 | 1 | 0 |
| fill | defaults | gfx1100 | 64 | 48 | 128 | 0 | 0 | 0 | 9216 | 12 | 2400 | 470 | 37000 | 8500 | 2 | 50 % | 50 % | 0 | 1 | 0 |
`
	if d := cmp.Diff(want[1:], got); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	for name, text := range map[string]string{"heading": line(columns), "compiler": "\nCompiler: Mesa 22.3.6 ACO\n", "remarks": "\nNothing.\n"} {
		if !strings.Contains(tab.text(), text) {
			t.Errorf("the file has no %s %q", name, text)
		}
	}
}

func TestNewTableRefuses(t *testing.T) {
	run := func(driver string, n int) familyRun {
		return familyRun{Driver: driver, Compiled: []compiled{fillOn("VGPRs", 40), fillOn("VGPRs", 48)}[:n]}
	}
	lacking := fillOn("VGPRs", 40)
	delete(lacking.Statistics, "Latency")
	narrow := fillOn("VGPRs", 40)
	narrow.Subgroup = 16
	for _, c := range []struct {
		name string
		runs []familyRun
		want string
	}{
		{"two drivers", []familyRun{run("Mesa 22.3.6", 1), run("Mesa 25.0.1", 1)}, "compiled by Mesa 22.3.6 and by Mesa 25.0.1"},
		{"other variants", []familyRun{run("Mesa 22.3.6", 1), run("Mesa 22.3.6", 2)}, "2 variants compiled"},
		{"a statistic lacks", []familyRun{{Compiled: []compiled{lacking}}}, `no statistic "Latency"`},
		{"waves of another size", []familyRun{{Compiled: []compiled{narrow}}}, "waves of 16 lanes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := newTable(c.runs); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestRemarks(t *testing.T) {
	for name, c := range map[string]struct {
		statistic string
		value     uint64
		want      string
	}{
		"all well":        {"VGPRs", 128, "Nothing.\n"},
		"few waves":       {"Subgroups per SIMD", 14, "- fill: fewer than 8 waves in 1 of 1 lines, the worst 7 (defaults, navi21)\n"},
		"many registers":  {"VGPRs", 132, "- fill: more than 128 VGPR in 1 of 1 lines, the worst 132 (defaults, navi21)\n"},
		"much shared mem": {"LDS size", 32769, "- fill: more than 32 KiB of LDS in 1 of 1 lines, the worst 32769 bytes (defaults, navi21)\n"},
	} {
		if got := tableOf(t, "Mesa", fillOn(c.statistic, c.value)).remarks(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRemarksByKernel(t *testing.T) {
	product := func(kernel, variant string, waves, fma int) row {
		return row{kernel: kernel, variant: variant, family: "navi21", waves: waves, looped: true, hot: tally{vector: 40, fma: fma}}
	}
	tab := table{rows: []row{
		product("a", "x", 7, 24), product("a", "y", 3, 23), product("a", "z", 16, 17), product("b", "x", 16, 24), product("c", "x", 16, 15), product("d", "x", 4, 40),
	}}
	want := `
- a: fewer than 8 waves in 2 of 3 lines, the worst 3 (y, navi21)
- a: a product with an FMA share below 60 % in 2 of 3 lines, the worst 42 % (z, navi21)
- d: fewer than 8 waves in 1 of 1 lines, the worst 4 (x, navi21)
`
	if d := cmp.Diff(want[1:], tab.remarks()); d != "" {
		t.Errorf("remarks (-want +got):\n%s", d)
	}
}

func TestCheck(t *testing.T) {
	fine := tableOf(t, "Mesa 22.3.6", fillOn("VGPRs", 40))
	path := filepath.Join(t.TempDir(), "docs", "stats.md")
	if err := fine.write(path); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tab  *table
		want []string // of the error; none for no error
	}{
		{"the same", fine, nil},
		{"other numbers", tableOf(t, "Mesa 22.3.6", fillOn("VGPRs", 48)), []string{"is stale", "make shader-stats", "new:     | fill | defaults | navi21 | 64 | 48 |", "removed: | fill | defaults | navi21 | 64 | 40 |"}},
		{"other numbers of another compiler", tableOf(t, "Mesa 25.0.1", fillOn("VGPRs", 48)), nil},
		{"a line more from another compiler", tableOf(t, "Mesa 25.0.1", fillOn("VGPRs", 48), fillOn("VGPRs", 48)), []string{"is stale", "made by Mesa 22.3.6 ACO, this is Mesa 25.0.1 ACO"}},
		{"spilled vector registers", tableOf(t, "Mesa 25.0.1", fillOn("Spilled VGPRs", 3)), []string{"fill, defaults, spills on navi21: 3 vector and 0 scalar registers"}},
		{"spilled scalar registers", tableOf(t, "Mesa 25.0.1", fillOn("Spilled SGPRs", 2)), []string{"0 vector and 2 scalar registers"}},
		{"scratch memory", tableOf(t, "Mesa 25.0.1", fillOn("Scratch size", 1024)), []string{"1024 bytes of scratch memory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.tab.check(path)
			if (err != nil) != (len(c.want) > 0) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
		})
	}
}

func TestCheckOfOtherFiles(t *testing.T) {
	tab := tableOf(t, "Mesa 22.3.6", fillOn("VGPRs", 40))
	dir := t.TempDir()
	if err := tab.check(filepath.Join(dir, "missing.md")); err == nil || !strings.Contains(err.Error(), "make shader-stats") {
		t.Errorf("a missing file: error %v", err)
	}
	path := filepath.Join(dir, "other.md")
	if err := os.WriteFile(path, []byte("# Other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tab.check(path); err == nil || !strings.Contains(err.Error(), `no line that begins with "Compiler: "`) {
		t.Errorf("another file: error %v", err)
	}
}

func TestVariantName(t *testing.T) {
	k := &shaders.Kernel{Spec: []shaders.SpecInfo{
		{Name: "TILE", Type: "uint", Default: 8}, {Name: "HALF", Type: "bool"}, {Name: "SHIFT", Type: "int"}, {Name: "SLOPE", Type: "float"},
	}}
	for want, spec := range map[string][]uint32{
		"defaults":           {8, 0, 0, 0},
		"TILE=16 HALF=1":     {16, 1, 0, 0},
		"SHIFT=-1 SLOPE=0.1": {8, 0, 0xffffffff, 0x3dcccccd},
	} {
		if got := variantName(k, spec); got != want {
			t.Errorf("%v: %q, want %q", spec, got, want)
		}
	}
}
