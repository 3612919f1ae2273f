// Package datatest makes small data sets for tests, in the place and format of the real ones, so that tests
// need no download and the repository holds no data.
package datatest

import (
	"os"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/data/idx"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

const side = 28

// WriteMNIST writes four files in the form of MNIST to dataDir/mnist: train and test images of 28×28 with
// their labels. Image i has label i mod 10; it shows a bright square whose place tells the label, on
// random noise that the seed decides, so that a model can learn it.
func WriteMNIST(dataDir string, train, test int, seed uint64) error {
	dir := filepath.Join(dataDir, "mnist")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, part := range []struct {
		prefix string
		count  int
	}{{"train", train}, {"t10k", test}} {
		noise := philox.New(seed, philox.Stream("datatest/"+part.prefix))
		images, labels := digits(part.count, noise)
		if err := idx.WriteFile(filepath.Join(dir, part.prefix+"-images-idx3-ubyte.gz"), images); err != nil {
			return err
		}
		if err := idx.WriteFile(filepath.Join(dir, part.prefix+"-labels-idx1-ubyte.gz"), labels); err != nil {
			return err
		}
	}
	return nil
}

func digits(count int, noise *philox.Source) (images, labels idx.Array) {
	images = idx.Array{Dims: []int{count, side, side}, Data: make([]byte, count*side*side)}
	labels = idx.Array{Dims: []int{count}, Data: make([]byte, count)}
	for i := range count {
		label := i % 10
		labels.Data[i] = byte(label)
		image := images.Data[i*side*side : (i+1)*side*side]
		for p := range image {
			image[p] = byte(noise.Uint32() % 32)
		}
		top, left := 5+10*(label/5), 2+5*(label%5)
		for r := top; r < top+5; r++ {
			for c := left; c < left+4; c++ {
				image[r*side+c] = 255
			}
		}
	}
	return images, labels
}
