//go:build cgo

// Command drivers runs the proofs on every Vulkan driver that is installed, as the driver is and under each profile of other devices'
// limits (SPECTRAL_PROFILE), and trains networks there: their losses have to be those of the driver as it is, and these those of the CPU executor.
//
//	go run ./tools/drivers                      every driver, every profile: as long as it takes
//	go run ./tools/drivers -quick               a part of the proofs, and the smallest network; for CI
//	go run ./tools/drivers -profile amd-apu     one profile
//
// A profile passes where every case is right and the losses agree, or where the device is refused with the limit that is too low. VK_DRIVER_FILES says
// which drivers there are; `make test-drivers` adds SwiftShader.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all"
	"github.com/spectral-gpu/spectral-gpu/gpu/parity"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "drivers:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	quick, noVerify, noTrain, optional bool
	profile, device                    string
	budget                             time.Duration
	begun                              time.Time
	networks                           []lesson
	truth                              []float64 // the losses on the CPU executor
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("drivers", flag.ContinueOnError)
	flags.SetOutput(out)
	var o options
	flags.BoolVar(&o.quick, "quick", false, "a part of the proofs and the smallest network")
	flags.StringVar(&o.profile, "profile", "", "one profile instead of all, or none")
	flags.StringVar(&o.device, "device", "", "only devices that have this in their name")
	flags.DurationVar(&o.budget, "budget", 0, "end the profiles after that time and say which were left out; 0 for no end")
	flags.BoolVar(&o.noVerify, "no-verify", false, "leave the proofs out")
	flags.BoolVar(&o.optional, "optional", false, "no such device is not an error")
	flags.BoolVar(&o.noTrain, "no-train", false, "leave training out")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	o.begun = time.Now()
	names, err := devices(o)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		fmt.Fprintf(out, "no Vulkan device has %q in its name\n", o.device)
	}
	var what string
	if o.networks, what, err = o.lessons(); err != nil {
		return err
	}
	fmt.Fprintf(out, "networks are trained on %s\n", what)
	if o.truth, err = o.onCPU(ctx); err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, o.driver(ctx, out, name))
	}
	return errors.Join(errs...)
}

// devices names the devices of Vulkan as they are.
func devices(o options) ([]string, error) {
	if err := os.Unsetenv(vulkan.ProfileVariable); err != nil {
		return nil, err
	}
	l := gpu.List()
	var names []string
	for _, d := range l.Devices {
		if d.Executor == "vulkan" && strings.Contains(strings.ToLower(d.Name), strings.ToLower(o.device)) {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 && o.optional {
		return nil, nil
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no Vulkan device\n  %s", strings.Join(l.Report, "\n  "))
	}
	return names, nil
}

// driver tries a device as it is, and then under the profiles.
func (o options) driver(ctx context.Context, out io.Writer, name string) error {
	plain := o
	plain.noVerify = o.noVerify || o.profile != "" && o.profile != "none" // it is there for its losses
	truth, err := plain.try(ctx, out, name, "", o.truth)
	if err != nil {
		return err
	}
	list := vulkan.Profiles()
	if o.profile != "" {
		if list = slices.DeleteFunc(list, func(p string) bool { return p != o.profile }); len(list) == 0 && o.profile != "none" {
			return fmt.Errorf("no profile is called %q; there are %s", o.profile, strings.Join(vulkan.Profiles(), ", "))
		}
	}
	within := ctx
	if o.budget > 0 {
		var done context.CancelFunc
		within, done = context.WithDeadline(ctx, o.begun.Add(o.budget))
		defer done()
	}
	var errs []error
	for i, p := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, err := o.try(within, out, name, p, truth)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			_, err := fmt.Fprintf(out, "%s: no time for %s\n", name, strings.Join(list[i:], ", "))
			return errors.Join(append(errs, err)...)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// try runs everything on a device under a profile, "" for none, prints a line about it and returns the losses.
func (o options) try(ctx context.Context, out io.Writer, name, profile string, truth []float64) ([]float64, error) {
	start, title := time.Now(), name
	if profile != "" {
		title += " as " + profile
	}
	if err := os.Setenv(vulkan.ProfileVariable, profile); err != nil {
		return nil, err
	}
	dev, refusal, err := open(title)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", title, err)
	}
	if refusal != "" {
		_, err := fmt.Fprintf(out, "%s\n", refusal)
		return nil, err
	}
	defer dev.Close()
	verified, wrong := o.verify(ctx, dev)
	proven := time.Since(start)
	losses, err := o.train(ctx, dev, o.networks)
	if err == nil {
		err = agree(losses, truth)
	}
	if err = errors.Join(wrong, err); err != nil {
		return nil, fmt.Errorf("%s after %.0f s: %w", title, time.Since(start).Seconds(), err)
	}
	_, err = fmt.Fprintf(out, "%s: %s in %.0f s; losses %.6f in %.0f s\n", title, verified, proven.Seconds(), losses, (time.Since(start) - proven).Seconds())
	return losses, err
}

// open opens the device of a name. A device that is not listed because of a limit is not an error: its refusal says which.
func open(name string) (dev *gpu.Device, refusal string, err error) {
	l := gpu.List()
	for _, r := range l.Report {
		if strings.Contains(r, name+": ") && strings.Contains(r, "limit ") {
			return nil, r, nil
		}
	}
	i := slices.IndexFunc(l.Devices, func(d gpu.Info) bool { return d.Name == name })
	if i < 0 {
		return nil, "", fmt.Errorf("the device is not listed\n  %s", strings.Join(l.Report, "\n  "))
	}
	dev, err = gpu.Open(fmt.Sprint(i), gpu.Options{CacheDir: "off"})
	return dev, "", err
}

// verify runs the proofs.
func (o options) verify(ctx context.Context, dev *gpu.Device) (string, error) {
	if o.noVerify {
		return "not verified", nil
	}
	opts := parity.Options{Short: true}
	if o.quick {
		n := 0
		opts.Match = func(parity.Case) bool { n++; return n%quickPart == 0 }
	}
	var errs []error
	cases, refused := 0, 0
	_, err := parity.Run(ctx, dev, opts, func(r parity.Result) {
		cases++
		switch {
		case r.Unsupported:
			refused++
			errs = append(errs, fmt.Errorf("unsupported: %s %s: %w", r.Op, r.Case, r.Err))
		case !r.Pass:
			errs = append(errs, fmt.Errorf("%s %s: %w", r.Op, r.Case, r.Err))
		}
	})
	if err != nil && len(errs) == 0 {
		return "", err
	}
	if len(errs) > 0 {
		return "", fmt.Errorf("%d of %d cases fail, %d of them unsupported: %w", len(errs), cases, refused, errors.Join(errs[:min(len(errs), 20)]...))
	}
	return fmt.Sprintf("%d cases right", cases), nil
}

// quickPart is the part of the short cases that -quick runs: one of so many.
const quickPart = 9
