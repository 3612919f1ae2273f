package data

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The order that numpy gives, by its checksum and by its ends.
func TestPublishedPermutation(t *testing.T) {
	order := numpyPermutation(pixelSeed, 784)
	var text []string
	for _, p := range order {
		text = append(text, strconv.Itoa(int(p)))
	}
	sum := sha256.Sum256([]byte(strings.Join(text, ",")))
	if got := hex.EncodeToString(sum[:]); got != "b5c4665c0096a8f46ca2065aaeb8c1d9479ab73a0cf1f1b2bf6522ceb9d52323" {
		t.Errorf("SHA-256 %s", got)
	}
	if first := []int32{319, 576, 323, 107, 355, 716, 197, 20, 625, 60, 443, 620}; !slices.Equal(order[:12], first) {
		t.Errorf("it begins %v, want %v", order[:12], first)
	}
	if last := []int32{264, 102, 39, 346}; !slices.Equal(order[780:], last) {
		t.Errorf("it ends %v, want %v", order[780:], last)
	}
}

// MT19937's first number of seed 5489 and its ten thousandth, as the C++ standard gives the latter.
func TestTwister(t *testing.T) {
	g := newTwister(5489)
	if got := g.next(); got != 3499211612 {
		t.Errorf("first number %d", got)
	}
	var last uint32
	for range 9999 {
		last = g.next()
	}
	if last != 4123659995 {
		t.Errorf("number 10,000 is %d, want 4123659995", last)
	}
}
