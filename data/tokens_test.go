package data_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// Text becomes tokens and text again.
func TestTokens(t *testing.T) {
	tests := []struct {
		unit       data.Unit
		vocabulary []string
		text       string
		tokens     []int32
	}{
		{data.Byte, nil, "a\nÿ", []int32{97, 10, 0xc3, 0xbf}},
		{data.Character, []string{"a", "é", "\n"}, "éa\na", []int32{1, 0, 2, 0}},
		{data.Word, []string{"the", "<eos>", "cat"}, "the cat\ncat", []int32{0, 2, 1, 2}},
		{data.Word, []string{"the", "<eos>", "cat"}, "the\n", []int32{0, 1}},
		{data.Symbol, []string{"0", "blank"}, "0 blank blank", []int32{0, 1, 1}},
		{data.Word, []string{"the", "<eos>"}, "", []int32{}},
	}
	for _, tt := range tests {
		e := data.Encoding{Unit: tt.unit, Vocabulary: tt.vocabulary}
		tokens, err := e.Tokens(tt.text)
		if err != nil || !slices.Equal(tokens, tt.tokens) || e.Text(tokens) != tt.text {
			t.Errorf("%s %q: %v, %v, and back %q", tt.unit, tt.text, tokens, err, e.Text(tokens))
		}
	}
	if _, err := (data.Encoding{Unit: data.Character, Vocabulary: []string{"a"}}).Tokens("aa\nb"); err == nil || !strings.Contains(err.Error(), `the text:1:3: found the character "\n"`) {
		t.Errorf("error %v", err)
	}
	if _, err := (data.Encoding{}).Tokens("a"); !errors.Is(err, data.ErrConfig) {
		t.Errorf("error %v", err)
	}
}
