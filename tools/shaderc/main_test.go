package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// newShaders makes a module with a copy of package shaders' hand-written files
// and the given kernels, and returns the package's folder.
func newShaders(t *testing.T, kernels map[string]string) string {
	t.Helper()
	newCompiler(t)
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "go.mod"), "module example.test\n\ngo 1.26.0\n")
	dir := filepath.Join(root, "shaders")
	for _, name := range []string{"kernel.go", "dispatch.go"} {
		writeFile(t, filepath.Join(dir, name), readFile(t, "../../shaders/"+name))
	}
	for name, text := range kernels {
		writeFile(t, filepath.Join(dir, name+".comp"), "// Test "+name+".\n"+complete(text))
	}
	return dir
}

func shaderc(t *testing.T, dir string, args ...string) error {
	t.Helper()
	return run(t.Context(), append([]string{"-dir", dir}, args...), io.Discard)
}

const smallKernel = `layout(set = 0, binding = 0) writeonly buffer Y { float y[]; };
layout(push_constant) uniform P { uint off_y; float value; };
void main() { y[off_y] = value; }`

func TestCheckFindsStaleFiles(t *testing.T) {
	dir := newShaders(t, map[string]string{"first": smallKernel, "second": smallKernel})
	if err := shaderc(t, dir, "-check"); err == nil {
		t.Error("-check passes before anything was made")
	}
	if err := shaderc(t, dir); err != nil {
		t.Fatal(err)
	}
	fresh := func() {
		t.Helper()
		if err := shaderc(t, dir, "-check"); err != nil {
			t.Fatalf("-check after a build: %v", err)
		}
	}
	fresh()
	for _, c := range []struct {
		name   string
		damage func()
		want   string
	}{
		{"changed code", func() { writeFile(t, dir+"/spv/first.spv", "x") }, "first.spv: differs from its source"},
		{"missing code", func() { os.Remove(dir + "/spv/second.spv") }, "second.spv: missing"},
		{"orphan", func() { writeFile(t, dir+"/spv/third.spv", "x") }, "third.spv: has no source"},
		{"changed Go", func() { writeFile(t, dir+"/kernels_gen.go", "package shaders\n") }, "kernels_gen.go: differs"},
		{"changed source", func() {
			writeFile(t, dir+"/first.comp", "// Test.\n"+complete(strings.Replace(smallKernel, "= value", "= value + 1", 1)))
		}, "first.spv: differs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.damage()
			err := shaderc(t, dir, "-check")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("-check: %v, want %q", err, c.want)
			}
			if err := shaderc(t, dir); err != nil {
				t.Fatal(err)
			}
			fresh()
		})
	}
}

func TestBuildLeavesFreshFilesAlone(t *testing.T) {
	dir := newShaders(t, map[string]string{"first": smallKernel})
	for i, want := range []int{2, 0} {
		var out strings.Builder
		if err := run(t.Context(), []string{"-dir", dir}, &out); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("build %d changed %d files, want %d:\n%s", i, got, want, out.String())
		}
	}
}

// Two builds in different folders make the same bytes.
func TestDeterministic(t *testing.T) {
	kernels := map[string]string{"first": smallKernel, "whole": wholeKernel}
	a, b := newShaders(t, kernels), newShaders(t, kernels)
	for _, dir := range []string{a, b} {
		if err := shaderc(t, dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{generatedGo, "spv/first.spv", "spv/whole.spv"} {
		if readFile(t, filepath.Join(a, name)) != readFile(t, filepath.Join(b, name)) {
			t.Errorf("%s differs between two builds", name)
		}
	}
}

// An error in one kernel leaves the files of all as they were.
func TestErrorWritesNothing(t *testing.T) {
	dir := newShaders(t, map[string]string{"first": smallKernel, "second": "void main() { nonsense; }", "third": "nonsense"})
	err := shaderc(t, dir)
	if err == nil || !strings.Contains(err.Error(), "second.comp") || !strings.Contains(err.Error(), "third.comp") {
		t.Errorf("error %v does not name both broken kernels", err)
	}
	if _, err := os.Stat(filepath.Join(dir, generatedGo)); !os.IsNotExist(err) {
		t.Errorf("%s was written: %v", generatedGo, err)
	}
}

func TestBadArguments(t *testing.T) {
	dir := newShaders(t, nil)
	for name, args := range map[string][]string{
		"no kernels":    nil,
		"argument":      {"fill.comp"},
		"no compiler":   {"-glslc", "no-such-compiler"},
		"unknown flag":  {"-nonsense"},
		"no validator":  {"-spirv-val", "no-such-validator"},
		"missing dir":   {"-dir", dir + "/none"},
		"name in caps":  {"-dir", newShaders(t, map[string]string{"BadName": smallKernel})},
		"reserved name": {"-dir", newShaders(t, map[string]string{"region": smallKernel})},
	} {
		if err := shaderc(t, dir, args...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// program uses every kind of field of the kernel whole and prints its dispatch.
const program = `package main

import (
	"fmt"

	"example.test/shaders"
)

func main() {
	spec := shaders.DefaultWholeSpec()
	fmt.Println(spec)
	spec.LocalSizeX, spec.HasBias, spec.Scale, spec.Tile, spec.Sign = 8, false, 2, 5, -3
	k := shaders.Whole{
		A:    shaders.In{Region: shaders.Region{Offset: 132, Size: 12}},
		C:    shaders.InOut{Region: shaders.Region{Offset: 64}},
		Spec: &spec,
		Push: shaders.WholePush{Rows: 7, Shift: -1, Beta: 0.5, OffA: 2},
	}
	k.Count.Region = shaders.Region{Offset: 256}
	d := k.Dispatch(1, 2, 3)
	err := d.Align(64)
	fmt.Println(err, d.Push, d.Spec, d.Groups, d.Bindings)
	fmt.Println(k.Kernel().SharedBytesFor(nil), k.Kernel().SharedBytesFor(d.Spec), k.Kernel().LocalSizeFor(d.Spec))
}
`

const programOutput = `{32 true -1.5 16 -2}
<nil> [7 0 0 0 255 255 255 255 0 0 0 63 3 0 0 0 0 0 0 0 0 0 0 0] [8 0 1073741824 5 4294967293] [1 2 3] [{{<nil> 128 16} read} {{<nil> 64 0} read/write} {{<nil> 256 0} write}]
1216 160 [8 4 1]
`

// The generated Go builds and carries values to the right bytes; a change of
// the kernel's interface breaks the build of the code that uses it.
func TestGeneratedGo(t *testing.T) {
	dir := newShaders(t, map[string]string{"whole": wholeKernel})
	writeFile(t, filepath.Join(dir, "..", "main.go"), program)
	goRun := func() (string, error) {
		cmd := exec.Command("go", "run", ".")
		cmd.Dir = filepath.Dir(dir)
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if err := shaderc(t, dir); err != nil {
		t.Fatal(err)
	}
	if out, err := goRun(); err != nil || out != programOutput {
		t.Fatalf("%v:\n%s\nwant\n%s", err, out, programOutput)
	}
	for _, c := range []struct {
		name string
		edit []string // old, new …
		want string   // in the output of go run
	}{
		{"binding renamed", []string{"buffer Count", "buffer Counter", "off_count", "off_counter"}, "k.Count undefined"},
		{"read becomes read and write", []string{"readonly buffer A", "buffer A", "counts.v[", "a[i] = 0; counts.v["}, "cannot use shaders.In"},
		{"write becomes read and write", []string{"writeonly buffer Count", "buffer Count", "off_count] =", "off_count] +="}, "{{<nil> 256 0} read/write}"},
		{"push constant renamed", []string{"beta", "alpha"}, "unknown field Beta"},
		{"push constant of another type", []string{"rows; int shift", "rows; uint shift"}, "overflows"},
		{"constant renamed", []string{"TILE", "BLOCK"}, "spec.Tile undefined"},
		{"bindings renumbered", []string{"binding = 0", "binding = 2", "binding = 2", "binding = 0"},
			"[{{<nil> 256 0} write} {{<nil> 64 0} read/write} {{<nil> 128 16} read}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.NewReplacer(c.edit...).Replace(wholeKernel)
			writeFile(t, filepath.Join(dir, "whole.comp"), "// Test.\n"+complete(text))
			if err := shaderc(t, dir); err != nil {
				t.Fatal(err)
			}
			if out, _ := goRun(); !strings.Contains(out, c.want) {
				t.Errorf("go run says\n%s\nwant %q", out, c.want)
			}
		})
	}
}
