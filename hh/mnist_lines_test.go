package hh_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"testing"
)

// TestMNISTTakesFewLines holds the example to what is said of it: three layers in 40 lines, those between its braces that are not empty.
func TestMNISTTakesFewLines(t *testing.T) {
	const most = 40
	source, err := os.ReadFile("mnist_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := file.Scope.Lookup("Example_mnist").Decl.(*ast.FuncDecl)
	if !ok {
		t.Fatal("there is no Example_mnist")
	}
	lines := map[int]bool{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if n != nil && n != f.Body {
			lines[set.Position(n.Pos()).Line], lines[set.Position(n.End()-1).Line] = true, true
		}
		return true
	})
	if len(lines) > most || len(lines) < 20 {
		t.Errorf("the example has %d lines of code, want at most %d", len(lines), most)
	}
}
