package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// operation is a type of package gpu that is an operation, with what its method Name returns: the base name of its files.
type operation struct{ typ, name string }

// operations returns the types of package gpu with methods Check, Access and Cost.
func operations(dir string) ([]operation, error) {
	files, err := filepath.Glob(filepath.Join(dir, "gpu", "*.go"))
	if err != nil {
		return nil, err
	}
	has, names := map[string]int{}, map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			typ, ok := f.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				continue
			}
			switch f.Name.Name {
			case "Check", "Access", "Cost":
				has[typ.Name]++
			case "Name":
				names[typ.Name] = returned(f)
			}
		}
	}
	var ops []operation
	for typ, n := range has {
		if n == 3 {
			if typ == repetition {
				names[typ] = "repeat"
			}
			ops = append(ops, operation{typ, names[typ]})
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.name, b.name) })
	return ops, nil
}

// repetition is the operation that is called as the one it repeats: it has no kernels of its own.
const repetition = "Repeat"

// returned is the text that a function of one line returns, "" of any other function.
func returned(f *ast.FuncDecl) string {
	if len(f.Body.List) != 1 {
		return ""
	}
	r, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return ""
	}
	lit, ok := r.Results[0].(*ast.BasicLit)
	if !ok {
		return ""
	}
	return strings.Trim(lit.Value, "`\"")
}

// placesOf says where an operation's files are, and what a Go file of that name has to hold, "" for anything.
var placesOf = []struct{ pattern, holds string }{
	{"gpu/NAME.go", "type OP struct"},
	{"gpu/cpu/NAME.go", "implement("},
	{"gpu/vulkan/NAME.go", "implement("},
	{"shaders/NAME*.comp", ""},
	{"gpu/parity/case_NAME.go", "Cases(l *list)"},
}

// checkNames returns a line for every file that an operation lacks: its base name is the same in every folder.
func checkNames(dir string) ([]string, error) {
	ops, err := operations(dir)
	if err != nil {
		return nil, err
	}
	var faults []string
	for _, op := range ops {
		for _, place := range placesOf {
			if op.typ == repetition && strings.HasSuffix(place.pattern, ".comp") {
				continue
			}
			pattern := strings.ReplaceAll(place.pattern, "NAME", op.name)
			files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
			if err != nil {
				return nil, err
			}
			if len(files) == 0 {
				faults = append(faults, fmt.Sprintf("gpu.%s: no file %s", op.typ, pattern))
				continue
			}
			text, err := os.ReadFile(files[0])
			if err != nil {
				return nil, err
			}
			if holds := strings.ReplaceAll(place.holds, "OP", op.typ); !strings.Contains(string(text), holds) {
				faults = append(faults, fmt.Sprintf("gpu.%s: %s has no %q", op.typ, pattern, holds))
			}
		}
	}
	return faults, nil
}
