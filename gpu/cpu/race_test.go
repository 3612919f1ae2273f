//go:build race

package cpu

// The race detector makes the plain loops slow; fewer sizes show the same accesses.
func init() { sizes, underRace = []int{1, 7, 33, 129}, true }
