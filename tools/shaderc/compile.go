package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// targetEnv is the environment a kernel is compiled and validated for, with a macro defined unless it is empty: the lowest one serves,
// unless it names an extension for subgroups. A form that reads by address knows its lane.
func (s source) targetEnv(macro string) string {
	if s.Subgroups || s.Addresses && macro != "" {
		return "vulkan1.1"
	}
	return "vulkan1.0"
}

// kernel is a compiled source with its interface.
type kernel struct {
	source
	iface
	Code   []byte // optimised SPIR-V, the one that is embedded
	Code64 []byte // the same of the form with 64-bit words, nil where there is none
}

// compiler runs glslc and spirv-val.
type compiler struct {
	glslc, val string
	include    string // folder of the shared pieces
	temp       string // folder for intermediate files
}

// compileAll compiles every source, several at a time, and returns the kernels
// in the order of the sources. It reports the errors of all of them.
func (c *compiler) compileAll(ctx context.Context, sources []source) ([]kernel, error) {
	kernels := make([]kernel, len(sources))
	errs := make([]error, len(sources))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			k, err := c.compile(ctx, s)
			if err != nil {
				err = fmt.Errorf("%s: %w", s.Path, err)
			}
			kernels[i], errs[i] = k, err
		})
	}
	wg.Wait()
	return kernels, errors.Join(errs...)
}

// compile builds one kernel twice: without -O, whose output has the names, for
// the interface, and with -O for the code that is embedded. The two must agree.
// The form with 64-bit words is compiled from the same declarations, so that it
// has the same interface but for the type of the elements.
func (c *compiler) compile(ctx context.Context, s source) (kernel, error) {
	k := kernel{source: s}
	named, err := c.glsl(ctx, s, "-O0", "")
	if err != nil {
		return k, err
	}
	if k.Code, err = c.glsl(ctx, s, "-O", ""); err != nil {
		return k, err
	}
	if s.Int64 {
		if k.Code64, err = c.glsl(ctx, s, "-O", "INT64"); err != nil {
			return k, err
		}
	}
	f, err := reflect(named, true)
	if err != nil {
		return k, err
	}
	k.iface = *f
	if err := checkUse(named, f); err != nil {
		return k, err
	}
	if err := checkOffsets(f); err != nil {
		return k, err
	}
	optimised, err := reflect(k.Code, false)
	if err != nil {
		return k, fmt.Errorf("with -O: %w", err)
	}
	return k, sameShape(f, optimised)
}

// glsl compiles a source to validated SPIR-V, with a macro defined unless it is
// empty.
func (c *compiler) glsl(ctx context.Context, s source, level, macro string) ([]byte, error) {
	out := filepath.Join(c.temp, s.Name+level+macro+".spv")
	args := []string{"--target-env=" + s.targetEnv(macro), "-fshader-stage=compute", "-std=450", "-Werror", "-I", c.include, level, "-o", out}
	if macro != "" {
		args = append(args, "-D"+macro)
	}
	err := command(ctx, c.glslc, append(args, s.Path)...)
	if err != nil {
		return nil, err
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	code = foldLocalSize(code)
	if err := os.WriteFile(out, code, 0o666); err != nil {
		return nil, err
	}
	return code, command(ctx, c.val, "--target-env", s.targetEnv(macro), out)
}

// command runs a program and returns what it printed as the error.
func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err == nil {
		return nil
	}
	if text := strings.TrimSpace(string(out)); text != "" {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, text)
	}
	return fmt.Errorf("%s: %w", filepath.Base(name), err)
}

// checkOffsets demands the push constant off_NAME of every binding NAME: a
// descriptor can only be bound at a multiple of the device's alignment, so a
// kernel adds the rest, in elements.
func checkOffsets(f *iface) error {
	var missing []string
	for _, b := range f.Bindings {
		if f.offsetField(b) == nil {
			missing = append(missing, "uint "+offsetName(b))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("push constants lack the offsets of bindings: %s", strings.Join(missing, ", "))
	}
	return nil
}

// offsetName is the push constant that holds a binding's element offset.
func offsetName(b binding) string { return "off_" + strings.ToLower(b.Name) }

// addressField returns the index of the push constant low_NAME of a binding, which high_NAME follows; 0 for none. The first push constant
// is never one.
func (f *iface) addressField(b binding) int {
	name := strings.ToLower(b.Name)
	for i := 1; i+1 < len(f.Push); i++ {
		if f.Push[i].Name == "low_"+name && f.Push[i+1].Name == "high_"+name {
			return i
		}
	}
	return 0
}

// offsetField returns the push constant off_NAME of a binding, nil for none.
func (f *iface) offsetField(b binding) *pushField {
	i := slices.IndexFunc(f.Push, func(p pushField) bool {
		return p.Name == offsetName(b) && p.Type == scalarUint
	})
	if i < 0 {
		return nil
	}
	return &f.Push[i]
}

// checkUse compares the declared access of every buffer with what the code does:
// barriers are derived from the declaration, so one that says too much costs a
// needless barrier, and a buffer that is never touched a descriptor as well.
func checkUse(code []byte, f *iface) error {
	m, err := parseModule(code)
	if err != nil {
		return err
	}
	done := map[uint32]access{}
	for _, v := range m.vars {
		if number, ok := m.decor[v.id].value(decorBinding); ok {
			done[number] |= m.body.access[v.id]
		}
	}
	var errs []error
	for _, b := range f.Bindings {
		switch have := done[b.Number]; {
		case have == 0:
			errs = append(errs, fmt.Errorf("binding %d (%s) is declared and never used", b.Number, b.Name))
		case have == accessRead && b.Access != accessRead:
			errs = append(errs, fmt.Errorf("binding %d (%s) is only read: declare it readonly", b.Number, b.Name))
		case have == accessWrite && b.Access != accessWrite:
			errs = append(errs, fmt.Errorf("binding %d (%s) is only written: declare it writeonly", b.Number, b.Name))
		}
	}
	return errors.Join(errs...)
}

// sameShape checks that the optimised code has the interface of the named one,
// apart from names and from specialization constants that it does not use.
func sameShape(named, optimised *iface) error {
	for i, b := range named.Bindings {
		if i >= len(optimised.Bindings) || optimised.Bindings[i].Number != b.Number {
			return fmt.Errorf("binding %d (%s) has no effect: the optimiser removes it", b.Number, b.Name)
		}
		o := optimised.Bindings[i]
		if o.Elem != b.Elem || o.Access&^b.Access != 0 {
			return fmt.Errorf("binding %d (%s): interface differs with -O", b.Number, b.Name)
		}
	}
	if len(optimised.Push) > 0 && len(optimised.Push) != len(named.Push) {
		return fmt.Errorf("%d push constants, %d with -O", len(named.Push), len(optimised.Push))
	}
	if named.LocalSize != optimised.LocalSize {
		return fmt.Errorf("local size %v, %v with -O", named.LocalSize, optimised.LocalSize)
	}
	for _, o := range optimised.Spec {
		if !slices.ContainsFunc(named.Spec, func(s specConst) bool {
			return s.ID == o.ID && s.Type == o.Type && s.Default == o.Default
		}) {
			return fmt.Errorf("specialization constant %d differs with -O", o.ID)
		}
	}
	return nil
}
