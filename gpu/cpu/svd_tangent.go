package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() { implement(svdTangent) }

// tangentTile is the side of the tiles that are transposed in cache.
const tangentTile = 64

// svdTangent takes a tile and the one across the diagonal at a time.
func svdTangent(c *compiler, op gpu.SVDTangent) (task, error) {
	k, m, sigma, u, v := c.kernels, bind(op.M), bind(op.Sigma).data, bind(op.OmegaU), bind(op.OmegaV)
	n := m.rows
	across, transposed := ceilDiv(n, tangentTile), c.perWorker(tangentTile*tangentTile)
	return task{plan: "tiles of 64×64", phases: []phase{{across * across, func(worker, t int) {
		i0, j0 := t/across*tangentTile, t%across*tangentTile
		rows, cols := min(tangentTile, n-i0), min(tangentTile, n-j0)
		mt, s := transposed.block(worker), sigma[j0:j0+cols]
		k.transpose(mt, tangentTile, m.from(j0, i0), m.stride, rows, cols)
		for i := range rows {
			left := -sigma[i0+i]
			x, across := m.row(i0 + i)[j0:j0+cols], mt[i*tangentTile:][:cols]
			ui, vi := u.row(i0 + i)[j0:j0+cols], v.row(i0 + i)[j0:j0+cols]
			k.scale(left, across, ui)
			k.columnDots(ui, x, 0, s, 0, 1)
			k.scale(left, x, vi)
			k.columnDots(vi, across, 0, s, 0, 1)
		}
	}}}}, nil
}
