package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCommands: every command line of the README and of docs is one that the program takes, as far as its grammar goes.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := documented(string(text))
		if filepath.Base(file) == "README.md" && len(found) < 30 {
			t.Errorf("only %d command lines were found in the README", len(found))
		}
		lines = append(lines, found...)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"torch.safetensors", "new.csv"} { // those that have to be there
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range lines {
		args, err := joinNegative(commandLine(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if len(args) == 1 { // the name of a command, in a sentence
			args = append(args, "--help")
		}
		var c cli
		shown := false // the help
		parser, err := newParser(&c, io.Discard, io.Discard, func(int) { shown = true })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil && !shown {
			t.Errorf("%s: %v", line, err)
		}
	}
}

var (
	inline  = regexp.MustCompile("`spectral-gpu ([a-z][^`]*)`")
	command = regexp.MustCompile(`(?:^|[|(] *)spectral-gpu ([a-z][^|<>)#]*)`)
	blanks  = regexp.MustCompile(`\s+`)
)

// documented returns the arguments of the command lines of a text: those of its blocks of code, and those between backquotes.
func documented(text string) (lines []string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 0 {
			for _, found := range inline.FindAllStringSubmatch(blanks.ReplaceAllString(part, " "), -1) {
				lines = append(lines, found[1])
			}
			continue
		}
		for _, line := range strings.Split(part, "\n") {
			for _, found := range command.FindAllStringSubmatch(line, -1) {
				lines = append(lines, strings.TrimSpace(found[1]))
			}
		}
	}
	return lines
}

// commandLine cuts a line as a shell does, with double quotes; "…" stands for any value of the flag before it, or for more.
func commandLine(line string) (args []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		for _, word := range strings.Fields(part) {
			switch {
			case word != "…":
				args = append(args, word)
			case len(args) > 0 && strings.HasPrefix(args[len(args)-1], "--"):
				args = append(args, "1")
			}
		}
	}
	return args
}
