package gpu_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var (
	discrete   = gpu.Info{Executor: "vulkan", Name: "Radeon RX 7900 XTX", Kind: gpu.DiscreteGPU}
	second     = gpu.Info{Executor: "vulkan", Name: "Radeon RX 6400", Kind: gpu.DiscreteGPU}
	large      = gpu.Info{Executor: "vulkan", Name: "GeForce RTX 3070", Kind: gpu.DiscreteGPU, Memory: 8 << 30}
	integrated = gpu.Info{Executor: "vulkan", Name: "Intel Iris Xe", Kind: gpu.IntegratedGPU}
	virtual    = gpu.Info{Executor: "vulkan", Name: "Virtio GPU", Kind: gpu.VirtualGPU}
	software   = gpu.Info{Executor: "vulkan", Name: "llvmpipe (LLVM 15, 256 bits)", Kind: gpu.SoftwareGPU}
	processor  = gpu.Info{Executor: "cpu", Name: "AMD EPYC 7B13", Kind: gpu.CPU}
	nothing    = gpu.Info{Executor: "fake", Name: "fake device", Kind: gpu.Fake}
)

func listing(devices ...gpu.Info) gpu.Listing {
	for i := range devices {
		devices[i].Index = i
	}
	return gpu.Listing{Devices: devices, Report: []string{"vulkan: looked for libvulkan.so.1 in 3 places"}}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name, selector string
		devices        []gpu.Info
		want           string
		warn           bool
		why            string
	}{
		{"auto takes the discrete one", "auto", []gpu.Info{software, integrated, discrete, processor}, discrete.Name, false, "best"},
		{"the empty selector is auto", "  ", []gpu.Info{integrated, processor}, integrated.Name, false, "best"},
		{"auto takes the first of equals", "auto", []gpu.Info{second, discrete}, second.Name, false, ""},
		{"auto takes integrated before virtual", "AUTO", []gpu.Info{virtual, integrated}, integrated.Name, false, ""},
		{"auto takes virtual before the processor", "auto", []gpu.Info{processor, virtual}, virtual.Name, false, ""},
		{"auto takes the processor before software", "auto", []gpu.Info{software, processor, nothing}, processor.Name, false, "no GPU"},
		{"auto takes software where there is nothing else", "auto", []gpu.Info{nothing, software}, software.Name, true, "best"},
		{"vulkan takes the best", "vulkan", []gpu.Info{software, integrated, processor, discrete}, discrete.Name, false, "asked for"},
		{"vulkan takes software when asked", "Vulkan", []gpu.Info{processor, software}, software.Name, true, "asked for"},
		{"cpu", "cpu", []gpu.Info{discrete, processor}, processor.Name, false, "asked for"},
		{"fake", "fake", []gpu.Info{discrete, nothing}, nothing.Name, false, "asked for"},
		{"auto takes the one with most memory of equals", "auto", []gpu.Info{second, large, discrete}, large.Name, false, "best"},
		{"vulkan takes the one with most memory of equals", "vulkan", []gpu.Info{second, large, discrete}, large.Name, false, "asked for"},
		{"a number that is no index is a name", "7900", []gpu.Info{second, processor, discrete}, discrete.Name, false, `"7900"`},
		{"an index", "1", []gpu.Info{discrete, software, processor}, software.Name, true, "index 1"},
		{"index 0", " 0 ", []gpu.Info{processor, discrete}, processor.Name, false, "index 0"},
		{"a name in any case", "iris", []gpu.Info{discrete, integrated}, integrated.Name, false, `"iris"`},
		{"a part of two names", "radeon", []gpu.Info{processor, second, discrete}, second.Name, false, ""},
		{"the software device by name", "llvmpipe", []gpu.Info{discrete, software}, software.Name, true, ""},
	} {
		got, err := listing(c.devices...).Choose(c.selector)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Info.Name != c.want || (got.Warning != "") != c.warn || got.Why == "" || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: chose %+v", c.name, got)
		}
		if c.warn && !strings.Contains(got.Warning, "software") {
			t.Errorf("%s: the warning is %q", c.name, got.Warning)
		}
	}
}

// TestChooseFor: processes of one machine have a card each as long as there are equal ones, and what is named by its index is what all of them have.
func TestChooseFor(t *testing.T) {
	other := discrete
	other.Memory++ // of the same name
	for _, c := range []struct {
		name, selector string
		devices        []gpu.Info
		want           []int // index of the device of process 0, 1, …
		same           int
	}{
		{"two equal cards", "auto", []gpu.Info{discrete, discrete, processor}, []int{0, 1, 0, 1}, 2},
		{"cards of other kinds are left alone", "vulkan", []gpu.Info{integrated, discrete, software, discrete}, []int{1, 3, 1}, 2},
		{"equal ones that tell different memory", "vulkan", []gpu.Info{discrete, other}, []int{0, 1, 0}, 2},
		{"an index is one", "1", []gpu.Info{discrete, discrete, processor}, []int{1, 1, 1}, 1},
		{"the processor is one", "cpu", []gpu.Info{discrete, processor}, []int{1, 1}, 1},
		{"a name", discrete.Name, []gpu.Info{second, discrete, discrete}, []int{1, 2, 1}, 2},
	} {
		for i, want := range c.want {
			got, same, err := listing(c.devices...).ChooseFor(c.selector, i)
			if err != nil || got.Info.Index != want || same != c.same {
				t.Errorf("%s: process %d has device %d of %d equal ones, %v; want %d of %d", c.name, i, got.Info.Index, same, err, want, c.same)
			}
		}
	}
}

func TestChooseSaysWhyThereIsNone(t *testing.T) {
	for _, c := range []struct {
		name, selector string
		devices        []gpu.Info
		want           []string
	}{
		{"nothing at all", "auto", nil, []string{`"auto"`, "libvulkan.so.1"}},
		{"only the fake device", "auto", []gpu.Info{nothing}, []string{`"auto"`}},
		{"no Vulkan device", "vulkan", []gpu.Info{processor}, []string{`"vulkan"`, "none was found", "spectral-gpu devices"}},
		{"no such executor", "cpu", []gpu.Info{discrete}, []string{`"cpu"`}},
		{"an index too large", "3", []gpu.Info{discrete, processor}, []string{`"3"`, "2 devices"}},
		{"a negative index", "-1", []gpu.Info{discrete}, []string{`"-1"`, "1 devices"}},
		{"no such name", "geforce", []gpu.Info{discrete, processor}, []string{`"geforce"`, "name", "spectral-gpu devices"}},
	} {
		got, err := listing(c.devices...).Choose(c.selector)
		if !errors.Is(err, gpu.ErrNoDevice) {
			t.Errorf("%s: chose %+v with error %v, want %v", c.name, got, err, gpu.ErrNoDevice)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q is more than a line", c.name, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not name %s", c.name, err, w)
			}
		}
	}
}

func TestListNumbersDevicesAndOpenTakesTheNumber(t *testing.T) {
	l := gpu.List() // the CPU executor and the fake one are linked in here
	if len(l.Devices) < 2 {
		t.Fatalf("%+v", l)
	}
	for i, want := range l.Devices {
		if want.Index != i {
			t.Errorf("device %d has index %d", i, want.Index)
		}
		for _, selector := range []string{strconv.Itoa(i), want.Executor, want.Name} {
			dev, err := gpu.Open(selector, gpu.Options{})
			if err != nil {
				t.Errorf("%s: %v", selector, err)
				continue
			}
			if got := dev.Info(); got.Name != want.Name || got.Executor != want.Executor {
				t.Errorf("%s opened %+v, want %+v", selector, got, want)
			}
			if err := dev.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if l.Devices[0].Executor != "cpu" || l.Devices[len(l.Devices)-1].Executor != "fake" {
		t.Errorf("the order depends on something else than the executors: %+v", l.Devices)
	}
	if !slices.ContainsFunc(l.Report, func(r string) bool { return strings.HasPrefix(r, "fake: ") }) {
		t.Errorf("report %q", l.Report)
	}
	if c, err := l.Choose("auto"); err != nil || c.Info.Kind != gpu.CPU {
		t.Errorf("auto chose %+v, %v", c, err)
	}
}

func TestOpenWarnsOfASoftwareDevice(t *testing.T) {
	choice, err := listing(software).Choose("auto")
	if err != nil {
		t.Fatal(err)
	}
	var got []gpu.Message
	_, err = choice.Open(gpu.Options{OnMessage: func(m gpu.Message) { got = append(got, m) }})
	if !errors.Is(err, gpu.ErrNoDevice) { // that backend is not linked in
		t.Errorf("opened it: %v", err)
	}
	if len(got) != 1 || got[0].Severity != "warning" || !strings.Contains(got[0].Text, software.Name) {
		t.Errorf("messages %+v", got)
	}
}

func TestRegisteringTwicePanics(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "twice") {
			t.Errorf("panic %v", r)
		}
	}()
	gpu.Register(twin{})
}

// twin is a backend with a name that is taken.
type twin struct{}

func (twin) Name() string                                { return "fake" }
func (twin) Devices() ([]gpu.Info, []string, error)      { return nil, nil, nil }
func (twin) Open(int, gpu.Options) (gpu.Executor, error) { return nil, errors.New("not reached") }
