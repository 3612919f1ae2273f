package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "shaderc:", err)
		os.Exit(1)
	}
}

// run is the program: it compiles the kernels of -dir and writes what they
// make, or with -check compares it with what is there.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("shaderc", flag.ContinueOnError)
	flags.SetOutput(out)
	dir := flags.String("dir", "shaders", "folder of the kernels")
	check := flags.Bool("check", false, "write nothing; fail if a committed file differs from what would be made")
	glslc := flags.String("glslc", "glslc", "shader compiler (Debian: glslc)")
	val := flags.String("spirv-val", "spirv-val", "SPIR-V validator (Debian: spirv-tools)")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: every kernel of -dir is compiled", flags.Arg(0))
	}
	sources, err := readSources(*dir)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "shaderc-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	c := &compiler{include: filepath.Join(*dir, "lib"), temp: temp}
	if c.glslc, err = findTool(*glslc, "glslc"); err != nil {
		return err
	}
	if c.val, err = findTool(*val, "spirv-tools"); err != nil {
		return err
	}
	kernels, err := c.compileAll(ctx, sources)
	if err != nil {
		return err
	}
	files, err := build(*dir, kernels)
	if err != nil {
		return err
	}
	if *check {
		return files.check(*dir, c.version(ctx))
	}
	changed, err := files.write(*dir)
	for _, path := range changed {
		fmt.Fprintln(out, path)
	}
	return err
}

// findTool looks up a program and says which package has it.
func findTool(name, pkg string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: install the package %s", err, pkg)
	}
	return path, nil
}

// check fails with the list of stale files.
func (o outputs) check(dir, version string) error {
	list, err := o.stale(dir)
	if err != nil || len(list) == 0 {
		return err
	}
	errs := []error{fmt.Errorf("%d generated files are stale: run go run ./tools/shaderc and commit (this is %s)", len(list), version)}
	for _, line := range list {
		errs = append(errs, errors.New(line))
	}
	return errors.Join(errs...)
}

// version returns the first line of glslc --version, or says that it failed:
// another release of glslc may make other, equally right code.
func (c *compiler) version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, c.glslc, "--version").Output()
	if err != nil {
		return fmt.Sprintf("glslc of unknown version: %v", err)
	}
	return firstLine(string(out))
}
