//go:build amd64 || arm64

package cpu

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func largestVectors(x, most *float32, groups int)

//go:noescape
func shiftedExpVectors(y, x *float32, shift float32, vectors int, sums *float32)

var softmaxVectors = softmaxKernels{largestVector, shiftedExpVector}

func largestVector(x []float32) float32 {
	whole := len(x) &^ (4*lanes - 1)
	most := largestPortable(x[whole:])
	if whole == 0 {
		return most
	}
	var mosts [lanes]float32
	for i := range mosts {
		mosts[i] = most
	}
	largestVectors(&x[0], &mosts[0], whole/(4*lanes))
	return largestPortable(mosts[:])
}

// expBlock is the number of exponentials that are added up in single precision before their sum goes to one in double precision.
const expBlock = 512

func shiftedExpVector(y, x []float32, shift float32) (sum float64) {
	y = y[:len(x)]
	var sums [lanes]float32
	whole := len(x) &^ (lanes - 1)
	for lo := 0; lo < whole; lo += expBlock {
		n := min(expBlock, whole-lo)
		shiftedExpVectors(&y[lo], &x[lo], shift, n/lanes, &sums[0])
		sum += sumOf(sums[:])
	}
	if whole < len(x) {
		var rest [lanes]float32
		copy(rest[:], x[whole:])
		shiftedExpVectors(&rest[0], &rest[0], shift, 1, &sums[0])
		copy(y[whole:], rest[:])
		sum += sumOf(y[whole:])
	}
	return sum
}
