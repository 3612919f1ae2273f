package data

// Entry is one task in the list of what can be trained on.
type Entry struct {
	Task      string `json:"task"`
	Summary   string `json:"summary"`
	Generated bool   `json:"generated"`         // needs no files; the fields below are empty
	Own       bool   `json:"own"`               // reads a file of the user's, which the name of the task has; the fields below are empty
	Set       string `json:"set,omitempty"`     // the data set it reads
	Title     string `json:"title,omitempty"`   // of the set
	Bytes     int64  `json:"bytes,omitempty"`   // of the set's files, as published
	Licence   string `json:"licence,omitempty"` // of the set
	Dir       string `json:"dir,omitempty"`     // where its files belong
	Present   bool   `json:"present"`           // all files are there, or all of one set of a group (Check tells whether they are right); true if generated
}

// List tells of every task what it is and whether its files are in the data directory.
func List(dataDir string) []Entry {
	var all []Entry
	for _, source := range sources() {
		e := Entry{Task: source.title(), Summary: source.Summary, Generated: source.Generated, Present: source.Generated, Own: source.own()}
		if source.Set != "" {
			sets, _ := FindSets(source.Set) // of this package's own list
			for _, set := range sets {
				_, missing := set.paths(dataDir)
				e.Set, e.Title, e.Licence, e.Dir = source.Set, set.Title, set.Licence, set.Dir(dataDir)
				e.Bytes += set.Bytes()
				e.Present = e.Present || missing == nil
			}
		}
		all = append(all, e)
	}
	return all
}
