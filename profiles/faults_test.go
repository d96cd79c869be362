package profiles

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	const (
		me   = "[profile me]\nregion = eu-west-1\n"
		role = "role_arn = arn:aws:iam::222222222222:role/Admin\n"
	)
	wears := func(name, source string) string {
		return "[profile " + name + "]\n" + role + "source_profile = " + source + "\n"
	}
	for _, row := range []struct {
		claim, config, credentials string
		want                       []string // PLACE: text | next
	}{
		{"good profiles have none", me + wears("prod", "me") + wears("audit", "prod"), "[keys]\naws_access_key_id = AKIA\naws_secret_access_key = s\n", nil},
		{"profiles of other programs have none", "[profile plain]\nregion = eu-west-1\n[profile empty]\n[sso-session x]\nsso_region = eu-west-1\n" +
			"[profile sso]\nsso_session = x\nsso_account_id = 111111111111\nsso_role_name = A\n[profile token]\nsso_session = x\n" +
			"[profile start]\nsso_start_url = https://x\nsso_region = eu-west-1\n" + wears("via", "sso") +
			"[profile tool]\ncredential_process = tool --x\n[profile own]\n" + role + "source_profile = own\n" +
			"[profile web]\n" + role + "web_identity_token_file = /t\n[services s]\ns3 =\n  endpoint_url = https://x\n[profile s]\nservices = s\n" +
			"[profile ec2]\n" + role + "credential_source = Ec2InstanceMetadata\n", "[temp]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\n", nil},
		{"a source that is not there", me + wears("prod", "mee"), "", []string{`c:5: profile "prod": source_profile "mee" not found | did you mean "me"?`}},
		{"a base's fault is told once", "[profile me]\nmfa_serial = alice\n" + wears("prod", "me") + wears("audit", "prod"), "", []string{`c:2: profile "me": mfa_serial "alice" must have 9 to 256 characters, not 5 | `}},
		{"a loop is told once, without what leads into it", wears("in", "a") + wears("a", "b") + wears("b", "c") + wears("c", "a"), "", []string{`c:12: profile "a": source_profile goes round in a loop: a -> b -> c -> a | change source_profile at c:12`}},
		{"two loops are two", wears("a", "b") + wears("b", "a") + wears("c", "d") + wears("d", "c"), "", []string{
			`c:6: profile "a": source_profile goes round in a loop: a -> b -> a | change source_profile at c:6`,
			`c:12: profile "c": source_profile goes round in a loop: c -> d -> c | change source_profile at c:12`}},
		{"half a pair", "", "[p]\naws_access_key_id = AKIA1\n", []string{`k:2: profile "p": aws_access_key_id is set and aws_secret_access_key is not | add aws_secret_access_key beside it, or move the keys into the keyring: hatstand keys add p`}},
		{"the same fault in two", me + wears("a", "x") + wears("b", "x"), "", []string{`c:5: profile "a": source_profile "x" not found; the same in profile "b" (c:8) | hatstand list shows the profiles`}},
		{"... in six", wears("a", "x1") + wears("b", "x1") + wears("c", "x1") + wears("d", "x1") + wears("e", "x1") + wears("f", "x1"), "", []string{
			`c:3: profile "a": source_profile "x1" not found; the same in profile "b" (c:6), "c" (c:9), "d" (c:12) and 2 more | hatstand list shows the profiles`}},
		{"the program's own setting", "[hatstand]\nmfa_session_duration = soon\n" + me + wears("prod", "me"), "", []string{`c:2: mfa_session_duration "soon" is not a number of seconds, nor like 1h30m | `}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			set, err := Parse(File{Path: "c", Data: []byte(row.config)}, File{Path: "k", Data: []byte(row.credentials)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range set.Faults(Request{Target: "counts for nothing"}) {
				got = append(got, r.Where.Where()+": "+r.Text+" | "+r.Next)
				if r.Where.Value != "" {
					t.Errorf("a value shows: %+v", r)
				}
			}
			if strings.Join(got, "\n") != strings.Join(row.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
		})
	}
}

// A file that a program wrote wrongly is told of in a moment and on a page.
func TestFaultsOfTenThousandProfiles(t *testing.T) {
	const n = 10_000
	for claim, row := range map[string]struct {
		broken string // with the profile's number
		most   int
	}{
		"none at all":             {"", 0},
		"the same source missing": {"source_profile = nowhere\n", 1},
		"another source each":     {"source_profile = team-%06d\n", 51},
		"another include each":    {"include_profile = team-%06d\n", 51},
	} {
		t.Run(claim, func(t *testing.T) {
			config := string(manyProfiles(n))
			if row.broken != "" {
				var b strings.Builder
				for i := range n {
					line := row.broken
					if strings.Contains(line, "%") {
						line = fmt.Sprintf(line, i)
					}
					fmt.Fprintf(&b, "[profile broken-%d]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n%s", i, line)
				}
				config += "\n" + b.String()
			}
			set := mustParse(t, config, "")
			began := time.Now()
			got := set.Faults(Request{})
			t.Log(time.Since(began))
			if len(got) != row.most {
				t.Errorf("%d remarks, want %d; the last: %+v", len(got), row.most, got[max(0, len(got)-1):])
			}
		})
	}
}
