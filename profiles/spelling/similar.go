package spelling

import (
	"sort"
	"strings"
)

// Similar are at most three names like it, the closest first: with one typing error, or a few in a long name.
func Similar(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	limit := min(max(1, len(name)/3), len(name)-1) // never every letter
	var close []candidate
	for _, other := range names {
		if d := Distance(strings.ToLower(name), strings.ToLower(other), limit); d <= limit {
			close = append(close, candidate{other, d})
		}
	}
	sort.SliceStable(close, func(i, j int) bool { return close[i].distance < close[j].distance })
	var out []string
	for _, c := range close[:min(len(close), 3)] {
		out = append(out, c.name)
	}
	return out
}
