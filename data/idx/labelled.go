package idx

import "fmt"

// Labelled is a set of images of one size with a class label each.
type Labelled struct {
	Count, Rows, Cols int
	Pixels            []byte // Count × Rows × Cols, row-major, 0 (background) to 255
	Labels            []byte // Count, each below the number of classes asked for
}

// ReadLabelled reads images (three dimensions) and labels (one dimension) and checks that they belong
// together: as many labels as images, every label in [0, classes). Errors are of type *Error, or those of
// os.Open.
func ReadLabelled(images, labels string, classes int) (*Labelled, error) {
	l, err := ReadFile(labels, 1)
	if err != nil {
		return nil, err
	}
	const labelHeader = 8
	for i, v := range l.Data {
		if int(v) >= classes {
			return nil, &Error{File: labels, Offset: int64(labelHeader + i), Compressed: l.compressed,
				Problem: fmt.Sprintf("label %d of item %d is outside [0, %d]", v, i, classes-1)}
		}
	}
	p, err := ReadFile(images, 3)
	if err != nil {
		return nil, err
	}
	if p.Dims[0] != l.Dims[0] {
		return nil, &Error{File: images, Offset: 4, Compressed: p.compressed,
			Problem: fmt.Sprintf("%d images, but %s holds %d labels: the two files do not belong together", p.Dims[0], labels, l.Dims[0])}
	}
	return &Labelled{Count: p.Dims[0], Rows: p.Dims[1], Cols: p.Dims[2], Pixels: p.Data, Labels: l.Data}, nil
}
