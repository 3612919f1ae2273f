package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// source is one kernel's GLSL file.
type source struct {
	Path  string // as given to glslc
	Name  string // file name without .comp, in snake_case
	Go    string // Go name
	Doc   string // header comment
	Int64 bool   // it has a form with 64-bit words, which the macro INT64 selects

	Subgroups bool // its lanes exchange values, which takes Vulkan 1.1
	Addresses bool // the form with 64-bit words reads by address, which takes it too
}

var kernelName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// readSources lists the kernels of a folder in the order of their names.
func readSources(dir string) ([]source, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.comp"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no *.comp in %s: run from the root of the repository or give -dir", dir)
	}
	var all []source
	for _, path := range paths {
		s := source{Path: path, Name: strings.TrimSuffix(filepath.Base(path), ".comp")}
		if !kernelName.MatchString(s.Name) {
			return nil, fmt.Errorf("%s: a kernel's file name is snake_case", path)
		}
		if s.Go, err = goName(s.Name); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if s.Doc = headerComment(string(text)); s.Doc == "" {
			return nil, fmt.Errorf("%s: must open with a // comment: formula, shapes and layouts, mapping of work groups, precision", path)
		}
		s.Int64 = strings.Contains(string(text), "\n#ifdef INT64\n")
		s.Addresses = s.Int64 && strings.Contains(string(text), "\n#extension GL_EXT_buffer_reference ")
		s.Subgroups = !s.Addresses && strings.Contains(string(text), "\n#extension GL_KHR_shader_subgroup_")
		all = append(all, s)
	}
	return all, nil
}

// headerComment returns the // comment at the top of a file without its
// slashes; a #version line and blank lines may come before it.
func headerComment(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		comment, ok := strings.CutPrefix(line, "//")
		if ok {
			lines = append(lines, strings.TrimRight(strings.TrimPrefix(comment, " "), " "))
			continue
		}
		if len(lines) > 0 || (line != "" && !strings.HasPrefix(line, "#version")) {
			break
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// firstSentence returns a text up to the first full stop that ends a line or
// is followed by a space, on one line.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n\n")
	text = strings.Join(strings.Fields(text), " ")
	if head, _, ok := strings.Cut(text, ". "); ok {
		text = head
	}
	return strings.TrimSuffix(text, ".") + "."
}
