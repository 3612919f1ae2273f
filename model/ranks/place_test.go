package ranks

import (
	"reflect"
	"testing"
)

func TestPlaceOf(t *testing.T) {
	span := func(from, to int) (list []int) {
		for c := from; c <= to; c++ {
			list = append(list, c)
		}
		return list
	}
	for _, tt := range []struct {
		name    string
		allowed [][]int
		cores   []int // of each rank
		usable  int
	}{
		{"unbound", [][]int{span(0, 15), span(0, 15), span(0, 15), span(0, 15)}, []int{4, 4, 4, 4}, 16},
		{"bound to a core each", [][]int{{0}, {1}}, []int{1, 1}, 2},
		{"bound to a socket by twos", [][]int{span(0, 7), span(0, 7), span(8, 15), span(8, 15)}, []int{4, 4, 4, 4}, 16},
		{"more ranks than cores", [][]int{{0, 1}, {0, 1}, {0, 1}}, []int{1, 1, 1}, 2},
		{"three on eight", [][]int{span(0, 7), span(0, 7), span(0, 7)}, []int{2, 2, 2}, 8},
	} {
		for r := range tt.allowed {
			want := Place{Rank: r, Size: len(tt.allowed), Cores: tt.cores[r], Usable: tt.usable, Machine: 16}
			if got := placeOf(r, tt.allowed, 16); got != want {
				t.Errorf("%s: %+v, want %+v", tt.name, got, want)
			}
		}
	}
}

func TestCoreList(t *testing.T) {
	for text, want := range map[string][]int{"0": {0}, "0-3": {0, 1, 2, 3}, "1,3-4,8": {1, 3, 4, 8}, "": nil, "x": nil, "3-1": nil, "-1": nil, "0-99999999": nil} {
		if got := coreList(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
