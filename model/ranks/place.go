package ranks

// Place is where a rank runs among those of its machine.
type Place struct {
	Rank, Size int // its number among them, from 0, and how many they are
	// Cores is how many processor cores are the rank's share: of those that it may run on, which others may run on, too.
	Cores int
	// Usable is how many cores the ranks of the machine may run on together, Machine how many it has.
	Usable, Machine int
}

// placeOf shares cores out: allowed[i] are the cores that rank i of the machine may run on.
func placeOf(rank int, allowed [][]int, machine int) Place {
	users := map[int]int{}
	for _, cores := range allowed {
		for _, c := range cores {
			users[c]++
		}
	}
	share := 0.0
	for _, c := range allowed[rank] {
		share += 1 / float64(users[c])
	}
	return Place{Rank: rank, Size: len(allowed), Cores: max(1, int(share+1e-9)), Usable: len(users), Machine: machine}
}

// PlaceOf returns the place of a rank among the ranks of its machine, of which allowed are the lists of cores that they may run on, as Allowed returns
// them; where a list cannot be read, all cores of the machine are meant.
func PlaceOf(rank int, allowed []string) Place {
	machine := online()
	lists := make([][]int, len(allowed))
	for i, text := range allowed {
		if lists[i] = coreList(text); lists[i] == nil {
			lists[i] = machine
		}
	}
	return placeOf(rank, lists, len(machine))
}
