package keys

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

func TestWhichProfileAKeyIsAskedAboutAs(t *testing.T) {
	for claim, row := range map[string]struct {
		infos, want string
	}{
		"each key as its own":            {"a=A b=B", "A:0 B:1"},
		"a shared one as the first":      {"a=A b=A", "A:0"},
		"as the one with the device":     {"a=A mfa=A", "A:1"},
		"the first of those":             {"a=A mfa=A mfa2=A b=A", "A:1"},
		"one that cannot be read is not": {"broken= a=A", "A:1"},
		"nor does it hide one":           {"broken=A mfa=A", "A:1"},
	} {
		t.Run(claim, func(t *testing.T) {
			var infos []keyInfo
			for field := range strings.FieldsSeq(row.infos) {
				name, id, _ := strings.Cut(field, "=")
				i := keyInfo{Profile: name, AccessKeyID: id}
				if name == "broken" {
					i.err = errors.New("no")
				}
				infos = append(infos, i)
			}
			got := askedAs(infos, func(profile string) bool { return strings.HasPrefix(profile, "mfa") })
			want := map[string]int{}
			for field := range strings.FieldsSeq(row.want) {
				id, n, _ := strings.Cut(field, ":")
				want[id] = int(n[0] - '0')
			}
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestAKeyIsRotatedAsTheProfileItWasAskedAboutAs(t *testing.T) {
	var infos []keyInfo
	for _, name := range []string{"also", "me", "you"} {
		infos = append(infos, keyInfo{Profile: name, AccessKeyID: "A", Status: statusActive, Added: atNoon, now: atNoon, askedAs: name == "me"})
	}
	p := planRotations(infos, time.Hour)
	if got := fmt.Sprint(len(p), p[0].profiles, " ", p[0].as); got != "1 [also me you] me" {
		t.Error(got)
	}
}
