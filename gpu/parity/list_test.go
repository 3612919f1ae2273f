package parity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/fake"
)

// operations returns the names of the types of package gpu that are operations, from its source.
func operations(t *testing.T) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Access" {
				continue
			}
			if id, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				ops[id.Name] = true
			}
		}
	}
	if len(ops) < 20 {
		t.Fatalf("found only %d operations in ../*.go", len(ops))
	}
	return ops
}

// onNothing is what the list is on the executor that checks and computes nothing: each case's operations, and its result. Several tests look
// at it, and setting the cases up takes longer than all else.
var onNothing = sync.OnceValue(func() (all []tried) {
	dev, _ := fake.Open()
	defer dev.Close()
	for _, c := range Cases() {
		t := prepare(c)
		all = append(all, tried{c, t.run(dev, true), t.ops()})
	}
	return all
})

type tried struct {
	Case
	result Result
	ops    []gpu.Op
}

func TestEveryOperationHasCasesAndATolerance(t *testing.T) {
	missing, short := operations(t), operations(t)
	for _, c := range onNothing() {
		for _, op := range c.ops {
			name := reflect.TypeOf(op).Name()
			delete(missing, name)
			if c.Short {
				delete(short, name)
			}
			if c.Op != "program" && op.Name() != c.Op {
				t.Errorf("%s %s runs %s", c.Op, c.Name, op.Name())
			}
		}
		constant(c.Op) // panics where there is none
	}
	for name := range missing {
		t.Errorf("operation %s has no case", name)
	}
	for name := range short {
		t.Errorf("operation %s has no short case", name)
	}
	for _, tol := range Tolerances() {
		if tol.Why == "" || tol.C > 0 && (tol.K == "" || tol.Scale == "") {
			t.Errorf("the tolerance of %s is not explained", tol.Op)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		id := c.Op + " " + c.Name
		if seen[id] {
			t.Errorf("two cases are %s", id)
		}
		seen[id] = true
	}
}

// TestFakeFails runs the list on the executor that computes nothing: every case is accepted by the checks of its operations, and
// every case that has something to compute fails.
func TestFakeFails(t *testing.T) {
	idle := 0
	for _, c := range onNothing() {
		switch r := c.result; {
		case r.Err == nil && !r.Pass || r.Err != nil && r.Pass:
			t.Errorf("%s %s: pass=%t with error %v", r.Op, r.Case, r.Pass, r.Err)
		case r.Pass:
			idle++
		case !strings.Contains(r.Err.Error(), "want") && !strings.Contains(r.Err.Error(), "outside"):
			t.Errorf("%s %s could not run: %v", r.Op, r.Case, r.Err)
		}
	}
	if n := len(Cases()); idle*6 > n {
		t.Errorf("%d of %d cases have nothing to compute", idle, n)
	}
}
