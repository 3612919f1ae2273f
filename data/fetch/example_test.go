package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/fetch"
)

// A mirror that does not have the files: the error says what each mirror answered and what to do by hand.
func ExampleFetcher_Fetch() {
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	dir, err := os.MkdirTemp("", "fetch")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	sets, err := data.FindSets("mnist")
	if err != nil {
		fmt.Println(err)
		return
	}
	set := sets[0]
	set.Mirrors = []string{empty.URL}
	f := fetch.Fetcher{Progress: func(p fetch.Progress) { fmt.Println(p.File, p.Done, "of", p.Total) }}
	err = f.Fetch(context.Background(), set, dir)
	fmt.Println(errors.Is(err, fetch.ErrDownload))
	// Output: true
}
