package data_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

func TestTokenizer(t *testing.T) {
	for _, c := range []struct {
		name    string
		e       data.Encoding
		text    string
		want    []int32
		rewrite string // of the tokens as text; "" for the same
	}{
		{"bytes", data.Encoding{Unit: data.Byte}, "a\xff\n", []int32{97, 255, 10}, ""},
		{"characters", data.Encoding{Unit: data.Character, Vocabulary: []string{"é", "a", "\n"}}, "aé\r\n", []int32{1, 0, 2}, "aé\n"},
		{"characters of an old Macintosh file", data.Encoding{Unit: data.Character, Vocabulary: []string{"é", "a", "\n"}}, "a\ré\r\n", []int32{1, 2, 0, 2}, "a\né\n"},
		{"carriage returns that are characters", data.Encoding{Unit: data.Character, Vocabulary: []string{"a", "\r"}}, "a\r", []int32{0, 1}, ""},
		{"words of an old Macintosh file", data.Encoding{Unit: data.Word, Vocabulary: []string{data.EndOfLine, "to", "be"}}, "to be\rto\r", []int32{1, 2, 0, 1, 0}, "to be\nto\n"},
		{"words of whole lines", data.Encoding{Unit: data.Word, Vocabulary: []string{data.EndOfLine, "to", "be"}}, "to be\nto\n", []int32{1, 2, 0, 1, 0}, ""},
		{"words of a prompt", data.Encoding{Unit: data.Word, Vocabulary: []string{data.EndOfLine, "to", "be"}}, "to  be", []int32{1, 2}, "to be"},
		{"symbols", data.Encoding{Unit: data.Symbol, Vocabulary: []string{"0", "1", "blank"}}, "1 blank 0", []int32{1, 2, 0}, ""},
		{"nothing", data.Encoding{Unit: data.Word, Vocabulary: []string{"a"}}, "", []int32{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, err := c.e.Tokenizer()
			if err != nil {
				t.Fatal(err)
			}
			got, err := tok.Tokens("input", []byte(c.text))
			if err != nil || !slices.Equal(got, c.want) {
				t.Fatalf("%v, %v; want %v", got, err, c.want)
			}
			want := c.rewrite
			if want == "" {
				want = c.text
			}
			if back := tok.Text(got); back != want {
				t.Errorf("back as text %q, want %q", back, want)
			}
		})
	}
	tok, err := data.Encoding{Unit: data.Word, Vocabulary: []string{data.EndOfLine, "a"}}.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	var place *data.PlaceError
	if _, err := tok.Tokens("input", []byte("a\na b")); !errors.As(err, &place) || place.Line != 2 || place.Column != 3 {
		t.Errorf("an unknown word: %v, want a PlaceError at 2:3", err)
	}
	if _, err := (data.Encoding{}).Tokenizer(); !errors.Is(err, data.ErrConfig) {
		t.Errorf("no vocabulary: %v, want ErrConfig", err)
	}
}
