//go:build cgo

package vulkan

// Pieces that Norm and MinMax cut a matrix into: of no fewer items (one or four elements) than this, and no more of them.
const (
	reducePiece  = 2048
	reducePieces = 512
)

// reduceAlone is the number of pieces' worth that is left in one: a second launch would cost about as much.
const reduceAlone = 16

// reduceSplit returns the number of pieces for a number of items and the items of a piece.
func reduceSplit(items int) (pieces, piece int) {
	pieces = 1
	if items > reduceAlone*reducePiece {
		pieces = min(ceilDiv(items, reducePiece), reducePieces)
	}
	return pieces, ceilDiv(items, pieces)
}
