package data_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// openFuzzed opens a task on a file of any content. It must open, and then give batches that can be, or say what is wrong
// with the file or the settings.
func openFuzzed(t *testing.T, task, content string, c data.Config) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	opened, err := data.Open(task+":"+path, c)
	if err != nil {
		if !errors.Is(err, data.ErrCorrupt) && !errors.Is(err, data.ErrConfig) {
			t.Fatalf("%q: error %v", content, err)
		}
		return
	}
	defer opened.Close()
	s := opened.Spec()
	for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
		total := 0
		for index := range s.Batches(split, 3, s.Length) {
			b, counted := fill(t, opened, split, 0, index, 3)
			checkBatch(t, s, b, counted)
			total += counted
		}
		if total != s.Samples(split) {
			t.Fatalf("%q: %d of %d targets of %v", content, total, s.Samples(split), split)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("x,y,class\n1,2,a\n3,4,b\n1,2,a\n3,4,b\n1,2,a\n3,4,b\n", false, false, 1)
	f.Add("1;2;3\n4;5;6\n7;8;9\n4;?;6\n7;8\n", true, true, 2)
	f.Fuzz(func(t *testing.T, content string, pad, regression bool, width int) {
		c := data.Config{Channels: width % 5, Shares: data.Shares{Train: 0.5, Test: 0.5}}
		if pad {
			c.Missing = data.MissingPad
		}
		if regression {
			c.Targets = []string{"1"}
		}
		openFuzzed(t, "csv", content, c)
	})
}

func FuzzSeries(f *testing.F) {
	f.Add("x,y\n1,2\n2,3\n3,4\n4,5\n5,6\n6,7\n7,8\n8,9\n", false, 1)
	f.Add("1\n2\n\n", true, 2)
	f.Fuzz(func(t *testing.T, content string, pad bool, horizon int) {
		c := data.Config{Length: 2, Horizon: horizon % 4, Shares: data.Shares{Train: 0.5, Valid: 0.5}}
		if pad {
			c.Missing = data.MissingPad
		}
		openFuzzed(t, "series", content, c)
	})
}

func FuzzText(f *testing.F) {
	f.Add("the cat\r\nsat\n", "character")
	f.Add("\xef\xbb\xbfthe cat sat", "word")
	f.Add("\xff\xfe", "byte")
	f.Fuzz(func(t *testing.T, content, unit string) {
		openFuzzed(t, "text", content, data.Config{Unit: data.Unit(unit), Length: 3, Shares: data.Shares{Train: 0.5, Valid: 0.5}})
	})
}
