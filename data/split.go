package data

// Split names a part of a data set.
type Split int

// The splits.
const (
	Train Split = iota
	Valid
	Test
)

var splitNames = names[Split]{"split", []string{Train: "train", Valid: "valid", Test: "test"}}

func (s Split) String() string { return splitNames.of(s) }

// MarshalText makes JSON show the name.
func (s Split) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "train", "valid" or "test"; the error matches ErrConfig.
func (s *Split) UnmarshalText(text []byte) error { return splitNames.parse(s, text) }
