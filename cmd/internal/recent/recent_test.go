package recent

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(days float64) time.Time {
	return time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC).Add(time.Duration(days * 24 * float64(time.Hour)))
}

// after is the history after uses on those days, in order.
func after(uses ...any) History {
	var h History
	for i := 0; i < len(uses); i += 2 {
		h = h.With(Use{Profile: uses[i].(string)}, at(uses[i+1].(float64)))
	}
	return h
}

func TestTheScoreHalvesInAWeekAndGrowsByOneAtEachUse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		h    History
		on   float64 // days
		want float64
	}{
		{"one use", after("a", 0.0), 0, 1},
		{"a week later", after("a", 0.0), 7, 0.5},
		{"three and a half days later", after("a", 0.0), 3.5, math.Sqrt(0.5)},
		{"a use after a week", after("a", 0.0, "a", 7.0), 7, 1.5},
		{"two uses at a time", after("a", 0.0, "a", 0.0), 0, 2},
		{"the clock was ahead at the last use", after("a", 0.0, "a", 9.0), 0, after("a", 0.0, "a", 9.0)[0].Score},
		{"the clock was ahead at the use before", after("a", 9.0, "a", 0.0), 0, 2},
		{"no more than a person can reach", History{{Profile: "a", Score: largestScore, Last: at(0)}}.With(Use{Profile: "a"}, at(0)), 0, largestScore},
	} {
		if len(row.h) != 1 {
			t.Fatalf("%s: %v", row.name, row.h)
		}
		if got := row.h[0].scoreAt(at(row.on)); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestTheMostUsedAndTheLastUsedComeFirst(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d"}
	for _, row := range []struct {
		name string
		h    History
		on   float64
		want string
	}{
		{"nothing was used: as in the files", nil, 0, "a b c d"},
		{"the one that was used", after("c", 0.0), 0, "c a b d"},
		{"the last of two that were used once", after("c", 0.0, "d", 1.0), 1, "d c a b"},
		{"the one that was used more often", after("c", 0.0, "c", 0.0, "d", 1.0), 1, "c d a b"},
		{"what was used often, long ago, comes after what was used now", after("c", 0.0, "c", 0.0, "d", 14.0), 14, "d c a b"},
		{"a profile that is gone is not listed", after("gone", 0.0, "b", 0.0), 0, "b a c d"},
		{"of equal ones the first in the files", after("d", 0.0, "b", 0.0), 0, "b d a c"},
		{"a use in the future counts as one now", after("d", 300.0, "b", 0.0), 0, "b d a c"},
		{"a use of 30 years ago counts as any of long ago", after("d", 0.0), 30 * 365, "a b c d"},
	} {
		if got := strings.Join(row.h.Order(names, at(row.on)), " "); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	if got := after("c", 0.0).Order(nil, at(0)); len(got) != 0 {
		t.Errorf("no names are ordered to %q", got)
	}
}

func TestTwoHundredProfilesAreRemembered(t *testing.T) {
	t.Parallel()
	var h History
	for i := range mostNames {
		h = h.With(Use{Profile: fmt.Sprint("p", i)}, at(0)).With(Use{Profile: fmt.Sprint("p", i)}, at(0))
	}
	h = h.With(Use{Profile: "p0"}, at(0)).With(Use{Profile: "new"}, at(1))
	has := func(name string) bool { return slices.ContainsFunc(h, func(u Use) bool { return u.Profile == name }) }
	if len(h) != mostNames || !has("new") || !has("p0") || has(fmt.Sprint("p", mostNames-1)) {
		t.Errorf("%d names, new %v", len(h), has("new"))
	}
	if got := h.With(Use{Profile: ""}, at(1)); len(got) != mostNames {
		t.Errorf("no name makes %d names", len(got))
	}
	if got := h.With(Use{Profile: strings.Repeat("x", longestName+1)}, at(1)); !slices.Equal(got, h) {
		t.Error("a name that is too long is remembered")
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	h := History{}.With(Use{Profile: "a", Item: "one", Until: at(1)}, at(0)).With(Use{Profile: "b"}, at(0))
	for _, row := range []struct {
		profile, item string
		want          time.Time
	}{
		{"a", "one", at(1)},
		{"a", "two", time.Time{}}, // the profile was edited, or used with other flags
		{"b", "one", time.Time{}},
		{"b", "", time.Time{}},
		{"c", "one", time.Time{}},
	} {
		if got := h.Until(row.profile, row.item); !got.Equal(row.want) {
			t.Errorf("%s, %s: %v, want %v", row.profile, row.item, got, row.want)
		}
	}
}

func TestWhatCannotHaveBeenWrittenHereIsLeftOut(t *testing.T) {
	t.Parallel()
	const last = `"last":"2026-03-05T09:00:00Z"`
	for _, row := range []struct{ name, text, want string }{
		{"a file of ours", `{"version":1,"profiles":[{"profile":"a","score":1.5,` + last + `}]}`, "a"},
		{"with more than this version knows", `{"version":1,"more":1,"profiles":[{"profile":"a","score":1,` + last + `,"b":2}]}`, "a"},
		{"another version", `{"version":2,"profiles":[{"profile":"a","score":1,` + last + `}]}`, ""},
		{"half a file", `{"version":1,"profiles":[{"profile":"a","sc`, ""},
		{"nothing", ``, ""},
		{"another document", `[]`, ""},
		{"no name", `{"version":1,"profiles":[{"score":1,` + last + `}]}`, ""},
		{"a score of nothing", `{"version":1,"profiles":[{"profile":"a","score":0,` + last + `}]}`, ""},
		{"less than nothing", `{"version":1,"profiles":[{"profile":"a","score":-1,` + last + `}]}`, ""},
		{"more than a person can reach", `{"version":1,"profiles":[{"profile":"a","score":1e300,` + last + `},{"profile":"b","score":1,` + last + `}]}`, "b"},
		{"more than a number", `{"version":1,"profiles":[{"profile":"a","score":1e999,` + last + `}]}`, ""},
		{"no time", `{"version":1,"profiles":[{"profile":"a","score":1}]}`, ""},
		{"a name twice", `{"version":1,"profiles":[{"profile":"a","score":1,` + last + `},{"profile":"a","score":9,` + last + `}]}`, "a"},
		{"a long name", `{"version":1,"profiles":[{"profile":"` + strings.Repeat("x", longestName+1) + `","score":1,` + last + `}]}`, ""},
		{"a long item", `{"version":1,"profiles":[{"profile":"a","score":1,` + last + `,"item":"` + strings.Repeat("x", longestName+1) + `"}]}`, ""},
		{"too large", `{"version":1,"profiles":[{"profile":"a","score":1,` + last + `}]}` + strings.Repeat(" ", largestFile), ""},
	} {
		var got []string
		for _, u := range decode([]byte(row.text)) {
			got = append(got, u.Profile)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	many := document{Version: 1}
	for i := range 2 * mostNames {
		many.Profiles = append(many.Profiles, Use{Profile: fmt.Sprint(i), Score: 1, Last: at(0)})
	}
	text, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(text); len(got) != mostNames {
		t.Errorf("%d of %d names are read", len(got), len(many.Profiles))
	}
}

func TestLongNamesMakeAFileThatCanBeRead(t *testing.T) {
	t.Parallel()
	var h History
	for i := range mostNames {
		h = h.With(Use{Profile: strings.Repeat("\x01", longestName-3) + fmt.Sprint(100+i)}, at(0)) // six bytes each in JSON
	}
	data, err := encode(h)
	if err != nil {
		t.Fatal(err)
	}
	got := decode(data)
	if len(data) > largestFile || len(got) == 0 || got[len(got)-1] != h[len(h)-1] {
		t.Errorf("%d bytes, %d names", len(data), len(got))
	}
}

// FuzzDecode holds decode to its promise: whatever the file says, a use can be added, and the result read again.
func FuzzDecode(f *testing.F) {
	data, err := encode(after("a", 0.0, "b", 1.0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":1,"profiles":[{"profile":"a","score":1e300,"last":"0001-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := decode(data).With(Use{Profile: "new", Item: "i", Until: at(1)}, at(0))
		out, err := encode(h)
		if err != nil {
			t.Skip() // a year that JSON cannot write
		}
		again := decode(out)
		if len(again) == 0 || again[len(again)-1].Profile != "new" {
			t.Errorf("%q is read as %v", out, again)
		}
		if order := again.Order([]string{"other", "new"}, at(0)); order[0] != "new" {
			t.Errorf("%q are ordered", order)
		}
	})
}
