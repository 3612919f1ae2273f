package idx_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data/idx"
)

func TestReadLabelled(t *testing.T) {
	images := idx.Array{Dims: []int{3, 2, 2}, Data: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	tests := []struct {
		name           string
		images, labels idx.Array
		file           string // the file that the error names; "" for success
		offset         int64
		says           string
	}{
		{name: "good", images: images, labels: idx.Array{Dims: []int{3}, Data: []byte{0, 9, 5}}},
		{"label out of range", images, idx.Array{Dims: []int{3}, Data: []byte{0, 10, 5}}, "labels", 9,
			"label 10 of item 1 is outside [0, 9]"},
		{"one label too few", images, idx.Array{Dims: []int{2}, Data: []byte{0, 1}}, "images", 4, "3 images, but"},
		{"files exchanged", idx.Array{Dims: []int{3}, Data: []byte{0, 9, 5}}, images, "labels", 0,
			"an image file under a label file's name"},
		{"labels twice", idx.Array{Dims: []int{3}, Data: []byte{0, 9, 5}}, idx.Array{Dims: []int{3}, Data: []byte{0, 9, 5}},
			"images", 0, "a label file under an image file's name"},
	}
	for _, tt := range tests {
		for _, suffix := range []string{"", ".gz"} {
			t.Run(tt.name+suffix, func(t *testing.T) {
				dir := t.TempDir()
				imagePath, labelPath := filepath.Join(dir, "images"+suffix), filepath.Join(dir, "labels"+suffix)
				for path, a := range map[string]idx.Array{imagePath: tt.images, labelPath: tt.labels} {
					if err := idx.WriteFile(path, a); err != nil {
						t.Fatal(err)
					}
				}
				got, err := idx.ReadLabelled(imagePath, labelPath, 10)
				if tt.file == "" {
					if err != nil {
						t.Fatal(err)
					}
					if got.Count != 3 || got.Rows != 2 || got.Cols != 2 || got.Pixels[11] != 12 || got.Labels[1] != 9 {
						t.Errorf("read %+v", got)
					}
					return
				}
				var e *idx.Error
				if !errors.As(err, &e) {
					t.Fatalf("error %v is no *idx.Error", err)
				}
				if e.File != filepath.Join(dir, tt.file+suffix) || e.Offset != tt.offset || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %q, want file %s, byte %d and %q", err, tt.file, tt.offset, tt.says)
				}
				if e.Compressed != (suffix == ".gz") {
					t.Errorf("error %q: compressed is %v", err, e.Compressed)
				}
			})
		}
	}
}
