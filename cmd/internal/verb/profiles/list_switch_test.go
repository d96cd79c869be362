package profiles

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"hatstand/cmd/internal/app"
	"hatstand/profiles"
)

// readByExtension reads a configuration by the rules of AWS Extend Switch Roles' own parser, and gives
// a line a profile.
func readByExtension(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	var item map[string]string
	var order []string
	end := func() {
		if item == nil {
			return
		}
		if arn, ok := item["role_arn"]; ok {
			account, role, _ := strings.Cut(arn, "/")
			item["aws_account_id"], item["role_name"] = strings.Split(account, ":")[4], role
		}
		if item["aws_account_id"] == "" {
			t.Errorf("profile %s has no account: the extension refuses the whole text", item["profile"])
		}
		fmt.Fprintf(&out, "%s %s %s", item["profile"], item["aws_account_id"], item["role_name"])
		for _, k := range order {
			if k != "role_arn" && k != "aws_account_id" {
				fmt.Fprintf(&out, " %s=%s", k, item[k])
			}
		}
		out.WriteString("\n")
	}
	header, comment := regexp.MustCompile(`^\[(.+)\]$`), regexp.MustCompile(`[;#].*$`)
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(comment.ReplaceAllString(line, "")); line == "" {
			continue
		}
		if m := header.FindStringSubmatch(line); m != nil {
			end()
			item, order = map[string]string{"profile": regexp.MustCompile(`(?i)^profile\s+`).ReplaceAllString(m[1], "")}, nil
			continue
		}
		f := strings.Split(line, "=")
		if item == nil || len(f) < 2 {
			t.Fatalf("the extension refuses %q", line)
		}
		key, value := strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
		if _, twice := item[key]; twice {
			t.Errorf("the extension refuses %s twice", key)
		}
		item[key], order = value, append(order, key)
	}
	end()
	return out.String()
}

func TestTheExtensionReadsTheSame(t *testing.T) {
	const text = `[profile me]
mfa_serial = arn:aws:iam::111111111111:mfa/alice
[profile me2]
mfa_serial = arn:aws:iam::111111111111:mfa/bob
[profile alias]
aws_account_id = my-company
[profile bare]
[profile prod]
role_arn = arn:aws:iam::222222222222:role/path/Admin
source_profile = me
color = FF0000
region = eu-west-1
image = https://example.com/prod.png
[profile second]
role_arn = arn:aws:iam::222222222222:role/Reader
source_profile = me2
color = red
image = https://example.com/?size=1#x
[profile chained]
role_arn = arn:aws:iam::333333333333:role/Auditor
source_profile = prod
[profile other]
role_arn = arn:aws:iam::444444444444:role/Other
source_profile = alias
[profile nowhere]
role_arn = arn:aws:iam::555555555555:role/R
source_profile = bare
[profile ci]
role_arn = arn:aws:iam::555555555555:role/CI
credential_source = Environment
[profile broken]
role_arn = arn:aws:iam::555555555555:role/Broken
source_profile = gone
[profile odd]
role_arn = arn:aws:iam::555555555555:role/a=b
source_profile = me
[profile none]
role_arn = nonsense
source_profile = me
`
	set, err := profiles.Parse(profiles.File{Path: "config", Data: []byte(text)}, profiles.File{})
	if err != nil {
		t.Fatal(err)
	}
	w := app.World{Getenv: func(string) string { return "" }, Self: func() string { return "" }}
	const want = `me 111111111111 
alias my-company 
prod 222222222222 path/Admin source_profile=me color=ff0000 region=eu-west-1 image=https://example.com/prod.png
second 222222222222 Reader source_profile=me
chained 333333333333 Auditor source_profile=me
other 444444444444 Other source_profile=alias
nowhere 555555555555 R
ci 555555555555 CI
broken 555555555555 Broken
`
	if got := readByExtension(t, switchRolesConfig(w, set)); got != want {
		t.Errorf("the extension reads\n%s\nwant\n%s", got, want)
	}
}
