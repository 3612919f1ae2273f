package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

func init() {
	implement(gather)
	implement(scatterAdd)
}

func gather(o gpu.Gather) {
	table, tokens := window(o.Table), window(o.Tokens)
	each(o.Y, func(i, j int, _ float64) float64 {
		if v := tokens.integer(i); v >= 0 && v < o.Table.Rows {
			return table.at(v, j)
		}
		return 0
	})
}

func scatterAdd(o gpu.ScatterAdd) {
	table, x, tokens := window(o.Table), window(o.X), window(o.Tokens)
	each(o.Table, func(_, _ int, old float64) float64 {
		if o.Beta == 0 {
			return 0
		}
		return float64(o.Beta) * old
	})
	for i := range o.X.Rows {
		if v := tokens.integer(i); v >= 0 && v < o.Table.Rows {
			for j := range o.X.Cols {
				table.set(v, j, table.at(v, j)+x.at(i, j))
			}
		}
	}
}
