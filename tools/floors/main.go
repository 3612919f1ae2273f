package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "floors:", err)
		os.Exit(1)
	}
}

// tagSets are the sets of build tags whose files are checked: the default
// build, and those with the files that it leaves out.
var tagSets = []string{"", "window", "mpi"}

// run checks the module in a folder.
func run(dir string) error {
	var module string
	var all []pkg
	for _, tags := range tagSets {
		pkgs, err := list(dir, tags)
		if err != nil {
			return err
		}
		all = append(all, pkgs...)
		module = pkgs[0].Module.Path
	}
	if faults := check(module, all); len(faults) > 0 {
		return fmt.Errorf("imports that break the floors (%d, see tools/floors/doc.go):\n%s", len(faults), strings.Join(faults, "\n"))
	}
	faults, err := checkNames(dir)
	if err == nil && len(faults) > 0 {
		err = fmt.Errorf("operations whose files have other names (%d, see tools/floors/doc.go):\n%s", len(faults), strings.Join(faults, "\n"))
	}
	return err
}

// list asks the go command for the packages of the module. Cgo is on, so that
// its files are seen wherever the check runs.
func list(dir, tags string) ([]pkg, error) {
	cmd := exec.Command("go", "list", "-tags", tags, "-json=ImportPath,Module,Imports,TestImports,XTestImports,CgoFiles", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -tags %q: %w\n%s", tags, err, strings.TrimSpace(stderr.String()))
	}
	return decode(out)
}

// decode reads the stream of objects that go list -json prints.
func decode(out []byte) ([]pkg, error) {
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		return nil, errors.New("go list ./... finds no package")
	}
	return pkgs, nil
}
