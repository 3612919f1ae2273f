package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every operator means the same in shaderc and in the Go code it generates,
// with the second operand a constant of the program or known to the compiler.
func TestOperatorsInGo(t *testing.T) {
	samples := []uint32{0, 1, 2, 3, 7, 31, 32, 1 << 31, 1<<31 - 1, 0xfffffff9, 0xffffffff}
	var functions, want strings.Builder
	for _, op := range slices.Sorted(maps.Keys(operators)) {
		for _, b := range samples {
			for _, second := range []*expr{reference(1), literal(b)} {
				args := []*expr{reference(0), second, reference(2)}[:operators[op].arity]
				e, err := operate(op, args...)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&functions, "\t{%d, %d, func(s []uint32) uint32 { return %s }},\n", op, b, e.goCode())
				for _, a := range samples {
					fmt.Fprintln(&want, op, a, b, e.eval([]uint32{a, b, 5}))
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "main.go")
	writeFile(t, path, fmt.Sprintf(operatorsProgram, functions.String(), samples)+neededHelpers(functions.String()))
	cmd := exec.Command("go", "run", path)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out[:min(len(out), 2000)])
	}
	got, expected := strings.Split(string(out), "\n"), strings.Split(want.String(), "\n")
	for i := range expected {
		if i >= len(got) || got[i] != expected[i] {
			t.Fatalf("line %d (operator, operands, result): Go prints %q, shaderc computes %q", i, got[min(i, len(got)-1)], expected[i])
		}
	}
}

const operatorsProgram = `package main

import "fmt"

var functions = []struct {
	op, b uint32
	value func(s []uint32) uint32
}{
%s}

func main() {
	for _, f := range functions {
		for _, a := range %#v {
			fmt.Println(f.op, a, f.b, f.value([]uint32{a, f.b, 5}))
		}
	}
}
`

func TestOperateRefuses(t *testing.T) {
	if _, err := operate(9999, literal(1)); err == nil {
		t.Error("an unknown operator is accepted")
	}
	if _, err := operate(opIAdd, literal(1)); err == nil {
		t.Error("a sum of one operand is accepted")
	}
	e := reference(0)
	for range 40 {
		next, err := operate(opIAdd, e, e)
		if err != nil {
			return
		}
		e = next
	}
	t.Error("an expression of 2⁴⁰ nodes is accepted")
}
