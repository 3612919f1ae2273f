package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// outputs are the files shaderc makes, by path.
type outputs map[string][]byte

// generatedGo is the name of the generated Go file.
const generatedGo = "kernels_gen.go"

// build compiles the kernels of dir and returns the files they make.
func build(dir string, kernels []kernel) (outputs, error) {
	code, err := generate(kernels)
	if err != nil {
		return nil, err
	}
	files := outputs{filepath.Join(dir, generatedGo): code}
	for _, k := range kernels {
		files[filepath.Join(dir, "spv", k.Name+".spv")] = k.Code
		if k.Code64 != nil {
			files[filepath.Join(dir, "spv", k.Name+".int64.spv")] = k.Code64
		}
	}
	return files, nil
}

// stale lists the files that differ from what is on disk: changed, missing, or
// compiled from a source that is gone.
func (o outputs) stale(dir string) ([]string, error) {
	var list []string
	for path, want := range o {
		have, err := os.ReadFile(path)
		switch {
		case os.IsNotExist(err):
			list = append(list, path+": missing")
		case err != nil:
			return nil, err
		case !bytes.Equal(have, want):
			list = append(list, path+": differs from its source")
		}
	}
	orphans, err := o.orphans(dir)
	if err != nil {
		return nil, err
	}
	for _, path := range orphans {
		list = append(list, path+": has no source")
	}
	slices.Sort(list)
	return list, nil
}

// orphans lists the compiled files that have no source any more.
func (o outputs) orphans(dir string) ([]string, error) {
	compiled, err := filepath.Glob(filepath.Join(dir, "spv", "*.spv"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(compiled, func(path string) bool { return o[path] != nil }), nil
}

// write brings the disk up to date and returns the paths it changed. A file
// whose content is right keeps its modification time.
func (o outputs) write(dir string) ([]string, error) {
	if err := os.MkdirAll(filepath.Join(dir, "spv"), 0o777); err != nil {
		return nil, err
	}
	var changed []string
	for _, path := range slices.Sorted(maps.Keys(o)) {
		have, err := os.ReadFile(path)
		if err == nil && bytes.Equal(have, o[path]) {
			continue
		}
		if err := replace(path, o[path]); err != nil {
			return changed, err
		}
		changed = append(changed, path)
	}
	orphans, err := o.orphans(dir)
	if err != nil {
		return changed, err
	}
	for _, path := range orphans {
		if err := os.Remove(path); err != nil {
			return changed, err
		}
		changed = append(changed, path+" (removed)")
	}
	return changed, nil
}

// replace writes a file through a temporary one, so that a build running at
// the same time never sees half of it.
func replace(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(data); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Chmod(fs.FileMode(0o644)); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return nil
}

// firstLine returns a text up to its first line break.
func firstLine(text string) string {
	line, _, _ := bytes.Cut([]byte(text), []byte("\n"))
	return string(line)
}
