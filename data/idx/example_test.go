package idx_test

import (
	"bytes"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data/idx"
)

func Example() {
	var file bytes.Buffer
	if err := idx.Write(&file, idx.Array{Dims: []int{2, 3}, Data: []byte{1, 2, 3, 4, 5, 6}}); err != nil {
		fmt.Println(err)
	}
	cut := file.Bytes()[:file.Len()-2]

	a, err := idx.Read(&file, "table", 2)
	fmt.Println(a.Dims, a.Data, err)
	_, err = idx.Read(bytes.NewReader(cut), "table", 2)
	fmt.Println(err)
	// Output:
	// [2 3] [1 2 3 4 5 6] <nil>
	// table: byte 16: the file ends after 4 of the 6 elements that its header promises (2×3): it is truncated
}
