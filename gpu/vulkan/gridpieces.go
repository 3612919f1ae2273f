//go:build cgo

package vulkan

// gridPiece is a part of a grid of work groups that is launched by itself.
type gridPiece struct{ first, size [3]uint32 }

// groups returns how many work groups it has.
func (p gridPiece) groups() float64 {
	return float64(p.size[0]) * float64(p.size[1]) * float64(p.size[2])
}

// gridPieces cuts a grid, whose work groups take so many flops each at most, into pieces of at most most flops, 0 for any; one work group is the
// least. Pieces of an axis are about equal, and work groups compute what they do in one launch.
func gridPieces(grid [3]uint32, group, most float64) []gridPiece {
	size := grid
	if most > 0 && group > 0 {
		budget := max(1, most/group)
		for i, all := range grid {
			if all == 0 {
				return nil
			}
			parts := ceilDiv(int(all), max(1, int(min(budget, float64(all)))))
			size[i] = uint32(ceilDiv(int(all), parts))
			budget = max(1, budget/float64(size[i]))
		}
	}
	var list []gridPiece
	for z := uint32(0); z < grid[2]; z += size[2] {
		for y := uint32(0); y < grid[1]; y += size[1] {
			for x := uint32(0); x < grid[0]; x += size[0] {
				list = append(list, gridPiece{[3]uint32{x, y, z}, [3]uint32{min(size[0], grid[0]-x), min(size[1], grid[1]-y), min(size[2], grid[2]-z)}})
			}
		}
	}
	return list
}
