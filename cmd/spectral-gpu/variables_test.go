package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forTests are variables that only tests and tools heed; CONTRIBUTING.md has them.
var forTests = []string{"SPECTRAL_REQUIRE_GPU", "SPECTRAL_STEPS", "SPECTRAL_KILLS", "SPECTRAL_COUNT", "SPECTRAL_CHROMIUM", "SPECTRAL_SCREENSHOT"}

// TestVariables: each variable of this project that its sources name is in the one table, and the README shows that table.
func TestVariables(t *testing.T) {
	known := map[string]bool{}
	for _, v := range variables {
		known[v.name] = true
	}
	for _, name := range forTests {
		known[name] = true
	}
	seen := map[string]bool{}
	name := regexp.MustCompile(`"(SPECTRAL_[A-Z_]+|VULKAN_SDK|VK_DRIVER_FILES|XDG_CACHE_HOME)"`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasPrefix(filepath.ToSlash(path), "../../tools/") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllSubmatch(text, -1) {
			seen[string(m[1])] = true
			if !known[string(m[1])] && !bytes.HasPrefix(m[1], []byte("SPECTRAL_TEST_")) { // a test's word to its own child
				t.Errorf("%s: %s is in no table: see variables.go", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range variables {
		if strings.HasPrefix(v.name, "SPECTRAL_") && !seen[v.name] {
			t.Errorf("nothing heeds %s", v.name)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := "| variable | effect |\n|---|---|\n"
	for _, v := range variables {
		table += "| `" + v.name + "` | " + v.help + " |\n"
	}
	if !bytes.Contains(readme, []byte(table)) {
		t.Errorf("the README's table is another; it should be\n%s", table)
	}
	contributing, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range forTests {
		if !bytes.Contains(contributing, []byte(name)) {
			t.Errorf("CONTRIBUTING.md does not name %s", name)
		}
	}
}

// TestManualPage: every command, argument and flag is in the page, and mandoc, where it is installed, has nothing to say against it.
func TestManualPage(t *testing.T) {
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"man"}, &out, &log); code != 0 {
		t.Fatal(log.String())
	}
	plain := strings.ReplaceAll(out.String(), `\-`, "-")
	parser, err := newParser(&cli{}, &log, &log, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		_, section, ok := strings.Cut(plain, ".SS \""+leaf.FullPath()+arguments(leaf)+"\"\n")
		if !ok {
			t.Errorf("%s is missing", leaf.FullPath())
			continue
		}
		section, _, _ = strings.Cut(section, "\n.SS ")
		for _, f := range leaf.Flags {
			if !strings.Contains(section, ".B \""+flagTitle(f)+"\"\n") && f.Name != "help" && !f.Hidden {
				t.Errorf("%s: --%s is missing", leaf.FullPath(), f.Name)
			}
		}
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Log("mandoc is not installed")
		return
	}
	check := exec.Command(mandoc, "-T", "lint", "-W", "warning")
	check.Stdin = &out
	said, _ := check.CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if !strings.Contains(line, "missing date") { // pages of other programs, and of other versions, have one
			t.Error(line)
		}
	}
}
