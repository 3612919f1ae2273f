// Command metal proves that the kernels can run on Macs, without one: it translates every kernel with every variant to Metal's shading
// language, as MoltenVK does when a pipeline is made, and fails on what Metal's compiler refuses for certain.
//
//	go run ./tools/metal            all kernels
//	go run ./tools/metal gemm …     some
//
// It needs spirv-cross (Debian: spirv-cross) and says so and succeeds where there is none, unless SPECTRAL_REQUIRE_GPU=1.
//
// What it finds: a translation that fails, and an array whose size is not a constant. A function constant of Metal, which is what a
// specialization constant becomes, may not size an array; SPIRV-Cross makes a macro of those that do, and MoltenVK defines it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "metal:", err)
		os.Exit(1)
	}
}

// job is a kernel with a variant.
type job struct {
	kernel *shaders.Kernel
	spec   []uint32
}

func run(ctx context.Context, names []string, out io.Writer) error {
	jobs, err := jobsOf(names)
	if err != nil {
		return err
	}
	tool, err := exec.LookPath("spirv-cross")
	if err != nil {
		if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
			return fmt.Errorf("%w: install spirv-cross", err)
		}
		_, err = fmt.Fprintln(out, "not translated to Metal's language: spirv-cross is not installed (Debian: spirv-cross)")
		return err
	}
	errs := make([]error, len(jobs))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, j := range jobs {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := j.check(ctx, tool); err != nil {
				errs[i] = fmt.Errorf("kernel %s with constants %v: %w", j.kernel.Name, j.spec, err)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d variants of kernels translate to Metal's language\n", len(jobs))
	return err
}

// jobsOf lists the variants of the named kernels, of all for no names.
func jobsOf(names []string) ([]job, error) {
	for _, name := range names {
		if shaders.Lookup(name) == nil {
			return nil, fmt.Errorf("no kernel is called %q", name)
		}
	}
	var jobs []job
	for _, k := range shaders.Kernels() {
		if len(names) > 0 && !slices.Contains(names, k.Name) {
			continue
		}
		for _, spec := range k.Variants() {
			jobs = append(jobs, job{k, spec})
		}
	}
	return jobs, nil
}

// check translates the variant and looks at its arrays.
func (j job) check(ctx context.Context, tool string) error {
	code, err := specialise(j.kernel, j.spec)
	if err != nil {
		return err
	}
	text, err := translate(ctx, tool, code)
	if err != nil {
		return err
	}
	return checkArrays(text)
}
