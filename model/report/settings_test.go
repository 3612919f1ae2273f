package report

import (
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// TestEverySettingIsShown: a report has every setting of a run once, and nothing else but how long it is to be.
func TestEverySettingIsShown(t *testing.T) {
	var shown []string
	for _, g := range groups {
		shown = append(shown, g.names...)
	}
	slices.Sort(shown)
	want := append(train.SettingNames(), "steps", "epochs")
	slices.Sort(want)
	if !slices.Equal(shown, want) {
		t.Errorf("shown are %q, want %q", shown, want)
	}
}
