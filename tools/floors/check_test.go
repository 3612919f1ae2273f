package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testModule = "example.test/m"

// graph writes packages as "importer: imported …"; a path without a dot before
// its first slash is of the standard library if it begins with std/, else of
// the module.
func graph(lines ...string) []pkg {
	var pkgs []pkg
	for _, line := range lines {
		name, imports, _ := strings.Cut(line, ":")
		p := pkg{ImportPath: testModule + "/" + name}
		for _, path := range strings.Fields(imports) {
			switch kind, rest, _ := strings.Cut(path, "="); kind {
			case "test":
				p.TestImports = append(p.TestImports, full(rest))
			case "xtest":
				p.XTestImports = append(p.XTestImports, full(rest))
			case "cgo":
				p.CgoFiles = append(p.CgoFiles, rest)
			default:
				p.Imports = append(p.Imports, full(path))
			}
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

func full(path string) string {
	if std, ok := strings.CutPrefix(path, "std/"); ok {
		return std
	}
	if strings.Contains(path, ".") {
		return path
	}
	return testModule + "/" + path
}

// sound is a graph with every import that is allowed.
var sound = []string{
	"shaders: std/embed std/encoding/binary test=pgregory.net/rapid",
	"data: data/idx std/os github.com/x/y",
	"data/idx: std/io",
	"gpu/oracle: gonum.org/v1/gonum/mat",
	"gpu: data gpu/internal/ranges xtest=gpu/all xtest=gpu/cpu",
	"gpu/internal/ranges:",
	"gpu/cpu: gpu gpu/oracle",
	"gpu/vulkan: gpu shaders gpu/vulkan/platform",
	"gpu/vulkan/platform: gpu cgo=c.go",
	"gpu/fake: gpu",
	"gpu/all: gpu/cpu gpu/vulkan gpu",
	"gpu/parity: gpu gpu/all gpu/fake gpu/oracle",
	"hh: gpu gpu/all gpu/oracle",
	"model: hh gpu data",
	"model/internal/file: std/os",
	"cmd/spectral-gpu: model hh gpu data gpu/parity cmd/internal/term",
	"cmd/internal/term: golang.org/x/term",
	"tools/shaderc: tools/internal/spirv",
	"tools/internal/spirv:",
	"tools/stats: gpu shaders",
	"tools/shaderstats: shaders cgo=radv.go",
}

func TestSoundGraph(t *testing.T) {
	for _, fault := range check(testModule, graph(sound...)) {
		t.Error(fault)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"library in shaders", "shaders: golang.org/x/sys", "shaders: imports golang.org/x/sys: shaders may import the standard library only"},
		{"module in shaders", "shaders: data", "shaders: imports example.test/m/data: shaders may import the standard library only"},
		{"floor 0 up to 1", "data: gpu", "data: imports example.test/m/gpu: gpu is not below data"},
		{"subfolder up", "data/idx: model", "data/idx: imports example.test/m/model: model is not below data"},
		{"across floor 0", "data: shaders", "shaders is not below data"},
		{"oracle up to hh", "gpu/oracle: hh", "hh is not below gpu/oracle"},
		{"engine to executor", "gpu: gpu/cpu", "gpu/cpu is not below gpu"},
		{"engine to all", "gpu/internal/ranges: gpu/all", "gpu/all is not below gpu"},
		{"executor to executor", "gpu/cpu: gpu/vulkan", "gpu/vulkan is not below gpu/cpu"},
		{"executor to parity", "gpu/fake: gpu/parity", "gpu/parity is not below gpu/fake"},
		{"1 up to 2", "gpu/parity: hh", "hh is not below gpu/parity"},
		{"2 up to 3", "hh: model", "model is not below hh"},
		{"3 up to 4", "model: cmd/internal/term", "cmd is not below model"},
		{"tools imported", "cmd/spectral-gpu: tools/shaderc", "tools is not below cmd"},
		{"platform up to executor", "gpu/vulkan/platform: gpu/vulkan", "gpu/vulkan is not below gpu/vulkan/platform"},
		{"cgo in the executor", "gpu/vulkan: cgo=fast.go", "gpu/vulkan: uses cgo (fast.go)"},
		{"cgo elsewhere", "model: cgo=fast.go", "model: uses cgo (fast.go)"},
		{"test of gpu to cmd", "gpu: xtest=cmd/spectral-gpu", "gpu: its tests import example.test/m/cmd/spectral-gpu"},
		{"test to tools", "cmd/spectral-gpu: test=tools/shaderc", "cmd/spectral-gpu: its tests import example.test/m/tools/shaderc"},
		{"unknown package", "extra: std/os", "extra: belongs to no floor"},
		{"prefix is not a folder", "gpux:", "gpux: belongs to no floor"},
		{"import of an unknown package", "cmd/spectral-gpu: extra", "imports example.test/m/extra, which belongs to no floor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := check(testModule, graph(append(sound, c.line)...))
			if len(faults) != 1 || !strings.Contains(faults[0], c.want) {
				t.Errorf("faults %q, want one that says %q", faults, c.want)
			}
		})
	}
}

// The program itself, on a small module on disk with a file behind a tag.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	write("go.mod", "module "+testModule+"\n\ngo 1.26.0\n")
	if err := run(dir); err == nil {
		t.Error("a module without packages passes")
	}
	write("model/model.go", "package model\n")
	write("gpu/gpu.go", "package gpu\n")
	write("cmd/x/main.go", "package main\n\nimport _ \""+testModule+"/model\"\n\nfunc main() {}\n")
	if err := run(dir); err != nil {
		t.Errorf("a sound module fails: %v", err)
	}
	write("gpu/window.go", "//go:build window\n\npackage gpu\n\nimport _ \""+testModule+"/model\"\n")
	err := run(dir)
	if err == nil || !strings.Contains(err.Error(), "imports that break the floors (1") || !strings.Contains(err.Error(), "model is not below gpu") {
		t.Errorf("error %v does not name the upward import", err)
	}
	write("gpu/window.go", "package gpu\n\nimport _ \"unfinished\n")
	if err := run(dir); err == nil {
		t.Error("a module that does not parse passes")
	}
}
