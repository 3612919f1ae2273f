package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

func FuzzGemmSize(f *testing.F) {
	for _, s := range []string{"512x512x512", "128x128x100352:tn", "1x2x3:nn", "1x2x3:tt", "3x3x3:n", "3x3x3:", "3x3x3:nn nt", "1x2x3junk", "99999999999999999999x1x1", "-1x1x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseGemmSize(text)
		if err != nil {
			if !errors.Is(err, errUsage) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := parseGemmSize(s.String() + ":" + s.trans())
		if err != nil || again != s || s.m < 1 || s.m*s.k < 1 || s.k*s.n < 1 {
			t.Errorf("%q is %+v, and read again %+v, %v", text, s, again, err)
		}
	})
}

func TestGemmSizes(t *testing.T) {
	for text, want := range map[string]gemmSize{"2x3x4": {2, 3, 4, false, false}, "2x3x4:tn": {2, 3, 4, true, false}, "2x3x4:nt": {2, 3, 4, false, true}} {
		if got, err := parseGemmSize(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3x3", "3x3x3:n", "3x3x3:", "3x3x3:nn nt", "3x3x3junk", "3x3x3x3", "0x1x1", "1x1x99999999", " 3x3x3"} {
		if got, err := parseGemmSize(text); !errors.Is(err, errUsage) {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
}

func FuzzOver(f *testing.F) {
	for _, s := range []string{"T=100,200,400", "B=32,64,128", "T=1,2", "T=1,1,1", "T=,,", "X=1,2,3", "T=1,2,3=4", "="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSweep(text)
		if err != nil {
			if !errors.Is(err, errUsage) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if s.axis != "T" && s.axis != "B" || len(s.sizes) < 3 || slices.Min(s.sizes) < 1 {
			t.Errorf("%q is %+v", text, s)
		}
	})
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"train", "valid", "test", "", "Test"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s data.Split
		if err := s.UnmarshalText([]byte(text)); err == nil && s.String() != text || err != nil && !errors.Is(err, data.ErrConfig) {
			t.Errorf("%q is %v, %v", text, s, err)
		}
	})
}

// TestEveryFlagOfTrainIsASettingOrFree: no flag can be given with --resume and be neither compared with the run nor meant to differ.
func TestEveryFlagOfTrainIsASettingOrFree(t *testing.T) {
	var c trainCmd
	parser, err := kong.New(&c, vars())
	if err != nil {
		t.Fatal(err)
	}
	settings := new(train.Config).Settings()
	for _, f := range parser.Model.Flags {
		_, setting := settings[f.Name]
		if f.Name != "help" && setting == freeFlags[f.Name] {
			t.Errorf("--%s: a setting %v, free %v; want one of them", f.Name, setting, freeFlags[f.Name])
		}
	}
}
