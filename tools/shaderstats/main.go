package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if os.Getenv(workerEnv) != "" {
		err = work(os.Args[1:], os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shaderstats:", err)
		os.Exit(1)
	}
}

// run is the program: it compiles the kernels for all families and writes,
// checks or prints what came of it.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("shaderstats", flag.ContinueOnError)
	flags.SetOutput(out)
	path := flags.String("out", filepath.FromSlash("docs/shader-stats.md"), "file of the table")
	check := flags.Bool("check", false, "write nothing; fail if a kernel spills, uses scratch memory, or the table is stale")
	hot := flags.Bool("hot", false, "print the assembly of the hot block of the named kernels")
	asm := flags.Bool("asm", false, "print the assembly of the named kernels")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	names := flags.Args()
	for _, name := range names {
		if shaders.Lookup(name) == nil {
			return fmt.Errorf("no kernel is called %q: shaders/%s.comp does not exist or go generate ./shaders has not seen it", name, name)
		}
	}
	if *check && len(names) > 0 || (*hot || *asm) && len(names) == 0 {
		return errors.New("-check is for all kernels, -hot and -asm for named ones")
	}
	runs, err := compileFamilies(ctx, families, names)
	if err != nil {
		return err
	}
	if *hot || *asm {
		return printAssembly(out, runs, *asm)
	}
	t, err := newTable(runs)
	switch {
	case err != nil:
		return err
	case *check:
		return t.check(*path)
	case len(names) > 0:
		_, err := io.WriteString(out, t.lines())
		return err
	}
	if err := t.write(*path); err != nil {
		return err
	}
	return t.unfit() // the table is written all the same: it shows where
}

// printAssembly prints what was made of each variant, whole or its hot block.
func printAssembly(out io.Writer, runs []familyRun, whole bool) error {
	for _, f := range runs {
		for _, c := range f.Compiled {
			k := shaders.Lookup(c.Kernel)
			fmt.Fprintf(out, "; %s, %s, %s\n", c.Kernel, variantName(k, c.Spec), f.Family)
			if whole {
				fmt.Fprintln(out, c.Assembly)
				continue
			}
			blocks, err := parseAssembly(c.Assembly)
			if err != nil {
				return err
			}
			b, ok := hotBlock(blocks)
			if !ok {
				fmt.Fprintln(out, "; no loop: the largest block")
			}
			for _, in := range b.instructions {
				fmt.Fprintln(out, "\t"+in.text)
			}
		}
	}
	return nil
}
