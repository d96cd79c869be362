//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/credproc/awstest/identitycenter"
)

// An ssoHerd is a machine on which many processes want credentials of one Identity Center's permission sets: profiles
// s0, s1, ... of session corp, each an account and a permission set of its own, that alice and bob both have.
type ssoHerd struct {
	*herd
	corp *identitycenter.Instance
}

func newSSOHerd(tb testing.TB, bin string, profiles int) *ssoHerd {
	tb.Helper()
	h := &ssoHerd{herd: emptyHerd(tb, bin)}
	h.corp = h.aws.IdentityCenter().AddInstance(h.aws.URL+"/start", ssoRegion)
	for _, user := range []string{ssoAlice, ssoBob} {
		h.corp.AddUser(user)
	}
	config := fmt.Sprintf("[sso-session corp]\nsso_start_url = %s\nsso_region = %s\n", h.corp.StartURL(), ssoRegion)
	for i := range profiles {
		account, set := ssoSet(fmt.Sprint("s", i))
		h.corp.AddAccount(identitycenter.Account{ID: account, Name: fmt.Sprint("Team ", i), Email: "team@example.com"})
		if err := h.corp.AddPermissionSet(set, time.Hour); err != nil {
			tb.Fatal(err)
		}
		for _, user := range []string{ssoAlice, ssoBob} {
			if err := h.corp.Assign(user, account, set); err != nil {
				tb.Fatal(err)
			}
		}
		config += fmt.Sprintf("\n[profile s%d]\nsso_session = corp\nsso_account_id = %s\nsso_role_name = %s\nregion = %s\n",
			i, account, set, ssoRegion)
	}
	h.write(".aws/config", config)
	h.herd = h.with("AWS_ENDPOINT_URL_SSO="+h.aws.URL, "AWS_ENDPOINT_URL_SSO_OIDC="+h.aws.URL,
		"BROWSER=browse "+filepath.Join(h.dir, "page"), "DISPLAY=:77", personVariable+"="+filepath.Join(h.dir, "person"))
	return h
}

// ssoSet is the account and the permission set of a profile.
func ssoSet(profile string) (account, set string) {
	n := strings.TrimPrefix(profile, "s")
	return fmt.Sprintf("4%011s", n), "Set" + n
}

// person says what whoever sees a page of Identity Center does: approve, deny or ignore.
func (h *ssoHerd) person(does string) {
	h.tb.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "person"), []byte(does), 0o600); err != nil {
		h.tb.Fatal(err)
	}
}

// login has a user sign in, and AWS begin a new record.
func (h *ssoHerd) login(user string, flags ...string) {
	h.tb.Helper()
	if err := h.corp.SetPerson(user); err != nil {
		h.tb.Fatal(err)
	}
	h.person("approve")
	h.do("", append([]string{h.bin, "login", "corp"}, flags...)...)
	h.aws.Reset()
}

// wrong says what is wrong with an answer for a profile that a user is to have; "" is nothing. Every key that AWS issues
// is for one permission set of one user, which is how one tells whose it is.
func (h *ssoHerd) wrong(profile, user, out, errs string) string {
	var d document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		return fmt.Sprintf("%s: %v: %q, stderr %q", profile, err, out, errs)
	}
	account, set := ssoSet(profile)
	at, err := time.Parse(time.RFC3339, d.Expiration)
	call, known := h.issued()[d.AccessKeyId]
	switch {
	case errs != "":
		return fmt.Sprintf("%s: stderr is not empty: %q", profile, errs)
	case err != nil || d.Version != 1 || d.SecretAccessKey == "" || d.SessionToken == "" || d.AccountId != account:
		return fmt.Sprintf("%s: not a document: %q", profile, out)
	case !known:
		return fmt.Sprintf("%s: AWS has not issued %s since the record began", profile, d.AccessKeyId)
	case call.Params["account_id"] != account || call.Params["role_name"] != set:
		return fmt.Sprintf("%s: got the credentials of %q in %q", profile, call.Params["role_name"], call.Params["account_id"])
	case call.Caller != user:
		return fmt.Sprintf("%s: got the credentials of %s, not of %s", profile, call.Caller, user)
	case !at.Equal(call.Expires.Truncate(time.Second)) || !at.After(h.clock.now()):
		return fmt.Sprintf("%s: says that it expires at %s, AWS says %s", profile, d.Expiration, call.Expires)
	}
	return ""
}

// has waits for a process that gets its profile's credentials as a user, and nothing else.
func (h *ssoHerd) has(p *realRun, profile, user string) {
	h.tb.Helper()
	if p.cmd.Process == nil {
		p.start()
	}
	p.wait()
	if p.exitCode() != 0 {
		h.tb.Errorf("%s: exit code %d, stderr %q", profile, p.exitCode(), p.errs.String())
	} else if f := h.wrong(profile, user, p.out.String(), p.errs.String()); f != "" {
		h.tb.Error(f)
	}
}

// begin starts so many processes at once, over so many profiles.
func (h *ssoHerd) begin(n, profiles int) []*realRun {
	h.tb.Helper()
	all := make([]*realRun, n)
	for i := range all {
		all[i] = h.wears(fmt.Sprint("s", i%profiles))
		all[i].start()
	}
	return all
}

// manyOf is n where long tests run, else enough to meet each other.
func manyOf(n int) int {
	if longTests() {
		return n
	}
	return n / 4
}
