//go:build !linux

package memlimit

func limits(system) []limit { return nil }
