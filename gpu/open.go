package gpu

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Listing is what List found: the devices of every backend, and a report of what each looked for.
type Listing struct {
	Devices []Info
	Report  []string

	first map[string]int   // the index of each backend's first device
	errs  map[string]error // why a backend has none
}

// List returns every device that Open accepts, with its index.
func List() Listing {
	var l Listing
	for _, b := range backends() {
		devs, report, err := b.Devices()
		for _, r := range report {
			l.Report = append(l.Report, b.Name()+": "+r)
		}
		if l.first == nil {
			l.first, l.errs = map[string]int{}, map[string]error{}
		}
		if err != nil {
			l.Report = append(l.Report, b.Name()+": "+err.Error())
			l.errs[b.Name()] = err
		}
		l.first[b.Name()] = len(l.Devices)
		for _, d := range devs {
			d.Index = len(l.Devices)
			l.Devices = append(l.Devices, d)
		}
	}
	if len(backends()) == 0 {
		l.Report = append(l.Report, `no executor is linked in: import _ "github.com/spectral-gpu/spectral-gpu/gpu/all"`)
	}
	return l
}

// Built tells whether this build has the executor of that name, "vulkan" or "cpu"; the error says why not, and matches ErrNotBuilt.
func Built(executor string) error {
	for _, b := range backends() {
		if b.Name() != executor {
			continue
		}
		if left, ok := b.(interface{ LeftOut() error }); ok {
			return left.LeftOut()
		}
		return nil
	}
	return fmt.Errorf("the executor %s was %w", executor, ErrNotBuilt)
}

// Choice is a chosen device and why.
type Choice struct {
	Info    Info
	Why     string
	Warning string // "" or what the user should know, e.g. that a software device was chosen

	listed bool // by List, so that the backend's own index is known: own
	own    int
}

// Choose picks the device that selector names from l:
//
//	auto         the best GPU, of equal ones that with most memory; the CPU executor where there is only a software Vulkan device or none
//	vulkan, cpu  the best device of that executor
//	0, 1, …      the index of List; a number that is none: the first device with that number in its name
//	NAME         the first device whose name contains NAME, without regard to case
func (l Listing) Choose(selector string) (Choice, error) {
	sel := strings.TrimSpace(selector)
	if sel == "" {
		sel = "auto"
	}
	if i, err := strconv.Atoi(sel); err == nil {
		if i >= 0 && i < len(l.Devices) {
			return l.choice(l.Devices[i], "index "+sel+" was asked for"), nil
		}
		for _, d := range l.Devices {
			if slices.Contains(numbers.FindAllString(d.Name, -1), sel) {
				return l.choice(d, fmt.Sprintf("its name contains %q", sel)), nil
			}
		}
		return Choice{}, l.noDevice(sel, fmt.Sprintf("there are %d devices, numbered from 0, and none has that number in its name", len(l.Devices)))
	}
	switch strings.ToLower(sel) {
	case "auto":
		return l.auto()
	case "vulkan", "cpu", "fake":
		return l.best(strings.ToLower(sel))
	}
	for _, d := range l.Devices {
		if strings.Contains(strings.ToLower(d.Name), strings.ToLower(sel)) {
			return l.choice(d, fmt.Sprintf("its name contains %q", sel)), nil
		}
	}
	return Choice{}, l.noDevice(sel, "no device has that in its name")
}

// ChooseFor is Choose for process i, from 0, of several on one machine that compute together: where the selector is no index, and there are several devices of the
// name and the kind that it chooses, process i has the i-th of them, and begins again with the first where there are more processes. same is how many
// such devices there are.
func (l Listing) ChooseFor(selector string, i int) (c Choice, same int, err error) {
	if c, err = l.Choose(selector); err != nil {
		return c, 0, err
	}
	if _, err := strconv.Atoi(strings.TrimSpace(selector)); err == nil {
		return c, 1, nil
	}
	var alike []Info
	for _, d := range l.Devices {
		if d.Executor == c.Info.Executor && d.Kind == c.Info.Kind && d.Name == c.Info.Name {
			alike = append(alike, d)
		}
	}
	return l.choice(alike[i%len(alike)], fmt.Sprintf("%s; of %d such devices it is that of process %d", c.Why, len(alike), i)), len(alike), nil
}

// numbers are those in a device's name, such as 3070.
var numbers = regexp.MustCompile(`\d+`)

func (l Listing) auto() (Choice, error) {
	rank := map[Kind]int{DiscreteGPU: 4, IntegratedGPU: 3, VirtualGPU: 2, CPU: 1, SoftwareGPU: 0}
	best, found := Info{}, false
	for _, d := range l.Devices {
		r, ok := rank[d.Kind]
		if ok && (!found || r > rank[best.Kind] || r == rank[best.Kind] && d.Memory > best.Memory) {
			best, found = d, true
		}
	}
	switch {
	case !found:
		return Choice{}, l.noDevice("auto", "none was found")
	case best.Kind == CPU && errors.Is(l.errs["vulkan"], ErrNotBuilt):
		return l.choice(best, l.errs["vulkan"].Error()), nil
	case best.Kind == CPU:
		return l.choice(best, "there is no GPU with a Vulkan driver"), nil
	}
	return l.choice(best, "it is the best device: "+string(best.Kind)), nil
}

func (l Listing) best(executor string) (Choice, error) {
	rank := map[Kind]int{DiscreteGPU: 4, IntegratedGPU: 3, VirtualGPU: 2, SoftwareGPU: 1}
	best, found := Info{}, false
	for _, d := range l.Devices {
		if r := rank[d.Kind]; d.Executor == executor && (!found || r > rank[best.Kind] || r == rank[best.Kind] && d.Memory > best.Memory) {
			best, found = d, true
		}
	}
	if !found {
		msg := "none was found"
		if err := l.errs[executor]; err != nil {
			msg = err.Error()
		}
		return Choice{}, l.noDevice(executor, msg)
	}
	return l.choice(best, "the "+executor+" executor was asked for"), nil
}

func (l Listing) choice(d Info, why string) Choice {
	c := Choice{Info: d, Why: why}
	if first, ok := l.first[d.Executor]; ok {
		c.listed, c.own = true, d.Index-first
	}
	if d.Kind == SoftwareGPU {
		c.Warning = d.Name + " is a software device: it runs the kernels on the processor; --device cpu is usually faster"
	}
	return c
}

// noDevice is the error of a selector that fits none: one line, for what was looked for is in the report, unless there is no device at all.
func (l Listing) noDevice(selector, msg string) error {
	if len(l.Devices) == 0 {
		msg = strings.Join(l.Report, "; ")
	} else {
		msg += "; `spectral-gpu devices` lists what there is and where it was looked for"
	}
	return &Error{Op: fmt.Sprintf("device %q", selector), Kind: ErrNoDevice, Msg: msg}
}

// Open chooses a device as [Listing.Choose] does and opens it.
func Open(selector string, opts Options) (*Device, error) {
	c, err := List().Choose(selector)
	if err != nil {
		return nil, err
	}
	return c.Open(opts)
}

// Open opens the chosen device.
func (c Choice) Open(opts Options) (*Device, error) {
	if os.Getenv("SPECTRAL_VALIDATE") == "1" {
		opts.Validate = true
	}
	if c.Warning != "" && opts.OnMessage != nil {
		opts.OnMessage(Message{Severity: "warning", Text: c.Warning})
	}
	list := backends()
	i := slices.IndexFunc(list, func(b Backend) bool { return b.Name() == c.Info.Executor })
	if i < 0 {
		return nil, &Error{Op: "open " + c.Info.Name, Kind: ErrNoDevice}
	}
	index := c.own
	if !c.listed {
		index = c.Info.Index
		for _, b := range list[:i] {
			devs, _, _ := b.Devices() // an error means none, as in List
			index -= len(devs)
		}
	}
	exec, err := list[i].Open(index, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Info.Name, err)
	}
	return NewDevice(exec), nil
}
