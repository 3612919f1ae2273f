package train

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestVersionIsNoSetting: config.json names the program that wrote it; another one, or none, makes no other run of it.
func TestVersionIsNoSetting(t *testing.T) {
	r := newTinyRun(t)
	text, err := encodeConfig(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte("  \"version\": \"" + model.Version() + "\",\n")
	if bytes.Count(text, line) != 1 {
		t.Fatalf("no line %q in\n%s", line, text)
	}
	covered := text[:bytes.LastIndex(text, []byte(sumField))]
	for name, other := range map[string]string{"none": "", "another": "  \"version\": \"v0.0.1\",\n"} {
		old := bytes.Replace(covered, line, []byte(other), 1)
		c, warning, err := decodeConfig(append(old, sumLine(old)...))
		if err != nil || warning != "" || !reflect.DeepEqual(c, r.cfg) {
			t.Errorf("%s: %+v, %q, %v", name, c, warning, err)
		}
	}
}
