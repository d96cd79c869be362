package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/audit"
	"hatstand/credproc/awstest/iamreport"
)

const day = 24 * time.Hour

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.Add(-time.Duration(days) * day) }

func user(name string, edit func(*iamreport.User)) iamreport.User {
	u := iamreport.User{Name: name, ARN: "arn:aws:iam::111111111111:user/" + name, Created: ago(400)}
	if edit != nil {
		edit(&u)
	}
	return u
}

func key(made, used int) iamreport.Key {
	k := iamreport.Key{Active: true, Created: ago(made)}
	if used >= 0 {
		k.Used, k.Region, k.Service = ago(used), "us-east-1", "s3"
	}
	return k
}

// sketch is findings in short: user:kind, with the key and the days where they are told.
func sketch(all []audit.Finding) string {
	var words []string
	for _, f := range all {
		w := f.User + ":" + f.Kind.Word()
		if f.Key > 0 {
			w += fmt.Sprintf("/%d", f.Key)
		}
		if f.Days > 0 {
			w += fmt.Sprintf("=%d", f.Days)
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestFindings(t *testing.T) {
	root := func(edit func(*iamreport.User)) iamreport.User {
		u := iamreport.User{Root: true, ARN: "arn:aws:iam::111111111111:root", Created: ago(900), MFA: true}
		edit(&u)
		return u
	}
	for _, row := range []struct {
		claim string
		user  iamreport.User
		want  string
	}{
		{"a user without anything", user("u", nil), ""},
		{"a key in use", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(10, 1)} }), ""},
		{"root as it should be", root(func(*iamreport.User) {}), ""},
		{"root has keys, whatever their age", root(func(u *iamreport.User) { u.Keys = []iamreport.Key{key(200, -1), key(1, 0)} }), "<root_account>:root-key/1=200 <root_account>:root-key/2=1"},
		{"an inactive key of root is none", root(func(u *iamreport.User) { u.Keys = []iamreport.Key{{Created: ago(3)}} }), ""},
		{"root without MFA", root(func(u *iamreport.User) { u.MFA = false }), "<root_account>:root-without-mfa"},
		{"a password without MFA", user("u", func(u *iamreport.User) { u.Password = iamreport.Password{Set: true, Used: ago(1), Changed: ago(9)} }), "u:password-without-mfa"},
		{"a password with MFA", user("u", func(u *iamreport.User) {
			u.MFA, u.Password = true, iamreport.Password{Set: true, Used: ago(90), Changed: ago(300)}
		}), ""},
		{"a password that is not used", user("u", func(u *iamreport.User) {
			u.MFA, u.Password = true, iamreport.Password{Set: true, Used: ago(91), Changed: ago(300)}
		}), "u:unused-password=91"},
		{"a password that was never used counts from when it was set", user("u", func(u *iamreport.User) {
			u.MFA, u.Password = true, iamreport.Password{Set: true, Changed: ago(5)}
		}), ""},
		{"an old key", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(91, 1)} }), "u:old-key/1=91"},
		{"an old key that is inactive", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{{Created: ago(500), Used: ago(400)}} }), ""},
		{"a key on its last day", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(90, 90)} }), ""},
		{"a key that is not used is old as well", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{{}, key(200, 100)} }), "u:old-key/2=200 u:unused-key/2=100"},
		{"two keys, one never used", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(2, 1), key(1, -1)} }), "u:two-keys u:never-used-key/2=1"},
		{"a second key that is inactive", user("u", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(2, 1), {Created: ago(4)}} }), ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			users, err := audit.Parse([]byte(iamreport.Render([]iamreport.User{row.user})))
			if err != nil {
				t.Fatal(err)
			}
			if got := sketch(audit.Findings(users, now, 90*day)); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestTheWorstFindingIsFirst(t *testing.T) {
	bad := func(u *iamreport.User) {
		u.Password = iamreport.Password{Set: true, Used: ago(95), Changed: ago(300)}
		u.Keys = []iamreport.Key{key(200, 100), key(200, -1)}
	}
	users, err := audit.Parse([]byte(iamreport.Render([]iamreport.User{
		user("zoe", bad), user("al", bad),
		{Root: true, ARN: "arn:aws:iam::111111111111:root", Keys: []iamreport.Key{key(20, 1)}},
	})))
	if err != nil {
		t.Fatal(err)
	}
	want := "<root_account>:root-key/1=20 <root_account>:root-without-mfa al:password-without-mfa zoe:password-without-mfa " +
		"al:old-key/1=200 al:old-key/2=200 zoe:old-key/1=200 zoe:old-key/2=200 al:unused-key/1=100 zoe:unused-key/1=100 " +
		"al:unused-password=95 zoe:unused-password=95 al:two-keys zoe:two-keys al:never-used-key/2=200 zoe:never-used-key/2=200"
	if got := sketch(audit.Findings(users, now, 90*day)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, f := range audit.Findings(users, now, 30*day) {
		if f.Text() == "" || f.ARN == "" {
			t.Errorf("%+v says nothing", f)
		}
	}
}

func TestReportsThatCannotBeJudged(t *testing.T) {
	whole := iamreport.Render([]iamreport.User{{Root: true, ARN: "arn:aws:iam::111111111111:root", MFA: true}, user("alice", nil)})
	for claim, row := range map[string]struct{ report, want string }{
		"empty":             {"", "it is empty"},
		"no rows":           {strings.SplitN(whole, "\n", 2)[0], "it has no user"},
		"cut in a row":      {whole[:len(whole)-40], "wrong number of fields"},
		"cut in the head":   {whole[:100], "it has no column"},
		"no MFA column":     {strings.Replace(whole, "mfa_active", "mfa", 1), "it has no column mfa_active"},
		"a column twice":    {strings.Replace(whole, "cert_1_active", "mfa_active", 1), `it has the column "mfa_active" twice`},
		"another truth":     {strings.Replace(whole, "not_supported,not_supported,true", "not_supported,not_supported,maybe", 1), `line 2: mfa_active is "maybe", neither true nor false`},
		"another time":      {strings.Replace(whole, ago(400).Format("2006-01-02T15:04:05+00:00"), "yesterday", 1), `line 3: user_creation_time is "yesterday", which is not a time`},
		"a page of another": {"<html>", "it has no column user"},
		"a row of nobody":   {strings.Replace(whole, "\nalice,", "\n,", 1), "line 3: a row without a user"},
	} {
		t.Run(claim, func(t *testing.T) {
			_, err := audit.Parse([]byte(row.report))
			if !errors.Is(err, audit.ErrReport) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// AWS adds columns, and says so in its documents.
func TestColumnsAreFoundByTheirNames(t *testing.T) {
	whole := iamreport.Render([]iamreport.User{user("alice", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(91, 1)} })})
	var lines []string
	for i, line := range strings.Split(whole, "\n") {
		lines = append(lines, []string{"new_column,", "something,"}[i]+line+[]string{",last", ",x"}[i])
	}
	users, err := audit.Parse([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	if err != nil || sketch(audit.Findings(users, now, 90*day)) != "alice:old-key/1=91" {
		t.Errorf("%+v, %v", users, err)
	}
}

// Where an organization has removed the credentials of root, there is nothing for a device to protect.
func TestRootWithoutCredentialsNeedsNoMFA(t *testing.T) {
	report := iamreport.Render([]iamreport.User{{Root: true, ARN: "arn:aws:iam::111111111111:root"}})
	users, err := audit.Parse([]byte(strings.Replace(report, "not_supported", "FALSE", 1)))
	if err != nil || len(audit.Findings(users, now, 90*day)) != 0 {
		t.Errorf("%+v, %v", users, err)
	}
}

func TestStaleServices(t *testing.T) {
	got := audit.Stale([]audit.Service{
		{Namespace: "s3", Used: ago(1)}, {Namespace: "sqs"}, {Namespace: "ec2", Used: ago(91)}, {Namespace: "kms", Used: ago(90)},
		{Namespace: "iam", Used: ago(300)}, {Namespace: "acm"},
	}, now)
	var names []string
	for _, s := range got {
		names = append(names, s.Namespace)
	}
	if strings.Join(names, " ") != "acm sqs iam ec2" {
		t.Errorf("%v", names)
	}
}

func FuzzParse(f *testing.F) {
	whole := iamreport.Render([]iamreport.User{{Root: true}, user("alice", func(u *iamreport.User) { u.Keys = []iamreport.Key{key(1, 1)} })})
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Add([]byte(`"`))
	f.Fuzz(func(t *testing.T, report []byte) {
		users, err := audit.Parse(report)
		if (err == nil) == (len(users) == 0) {
			t.Errorf("%v, %v", users, err)
		}
		audit.Findings(users, now, 90*day)
	})
}
