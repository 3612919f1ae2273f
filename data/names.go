package data

import (
	"fmt"
	"strings"
)

// names are the names of the values 0, 1, … of an enumeration.
type names[E ~int] struct {
	what string
	text []string
}

func (n names[E]) of(v E) string {
	if v < 0 || int(v) >= len(n.text) {
		return fmt.Sprintf("%s %d", n.what, int(v))
	}
	return n.text[v]
}

func (n names[E]) parse(v *E, text []byte) error {
	for i, name := range n.text {
		if name == string(text) {
			*v = E(i)
			return nil
		}
	}
	return fmt.Errorf("%w: %s %q; there are %s", ErrConfig, n.what, text, enumerate(n.text))
}

// enumerate joins words as a sentence does: "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
