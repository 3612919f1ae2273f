package data

// Unregister undoes Register.
func Unregister(name string) {
	registry.Lock()
	defer registry.Unlock()
	for i, s := range registry.sources {
		if s.Name == name {
			registry.sources = append(registry.sources[:i:i], registry.sources[i+1:]...)
			return
		}
	}
}
