package experiment

import (
	"errors"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// A variant that is said to have the parameters of another one has as many within a tenth, wherever it is compared with it.
func TestParametersOfAnother(t *testing.T) {
	dev, err := openCPU()
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	dir, err := data.Dir(os.Getenv(data.DirVariable))
	if err != nil {
		t.Fatal(err)
	}
	count := func(v Variant) int { // 0 where the data set is not there
		c, task, err := v.Open(dir, 1)
		if errors.Is(err, data.ErrNotFound) {
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		defer task.Close()
		c.Model.Batch = 1
		net, err := model.New(dev, c.Model, c.Optimizer)
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		return net.Params().Count()
	}
	pairs := 0
	for _, name := range Names() {
		e, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := e.Variants(false)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			_, other, ok := strings.Cut(v.Labels["name"], ", parameters of ")
			if !ok {
				continue
			}
			at := maps.Clone(v.Labels)
			at["name"] = other
			for _, o := range all {
				if !maps.Equal(o.Labels, at) {
					continue
				}
				a, b := float64(count(v)), float64(count(o))
				if a == 0 || b == 0 {
					t.Logf("not compared: %s: %s: %s names no folder with its data set", name, v.Name, data.DirVariable)
					continue
				}
				pairs++
				if a < 0.9*b || a > 1.1*b {
					t.Errorf("%s: %s has %.0f parameters, %s %.0f", name, v.Name, a, o.Name, b)
				}
			}
		}
	}
	if pairs == 0 {
		t.Error("no variant has been compared with the one whose parameters it is said to have")
	}
}
