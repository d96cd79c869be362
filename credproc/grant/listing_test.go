package grant_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hatstand/credproc/awstest"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// lister lists what alice has, at a real awstest.
func (s *station) lister() *identitycenter.Lister {
	return identitycenter.NewLister(s.Grant, s.process(), func(g profiles.Grant) (*identitycenter.Client, error) { return s.Connect(g), nil }, s.Now, s.sleep, nil)
}

func words(t *testing.T, all []identitycenter.Assignment) string {
	t.Helper()
	var s []string
	for _, a := range all {
		s = append(s, a.Account.Name+"/"+a.PermissionSet)
	}
	return strings.Join(s, " ")
}

func TestWhatALongListMeets(t *testing.T) {
	const whole = "Dev/Admin Dev/ReadOnly Prod [31m/ReadOnly"
	for _, row := range []struct {
		claim   string
		happens func(*station)
		want    string
		kind    grant.Kind // of the error, or of the one account that is refused
		calls   []int      // of CreateToken, ListAccounts, ListAccountRoles
	}{
		{"nothing", func(*station) {}, whole, 0, []int{1, 1, 2}},
		{"one token was taken away", func(s *station) { s.Corp.RevokeTokens(alice) }, whole, 0, []int{2, 1, -1}},
		{"the sign-in has ended: the person signs in again", func(s *station) { s.Corp.EndSession(alice) }, whole, 0, []int{3, 1, -1}},
		{"the sign-in has ended, and nobody is there", func(s *station) { s.Corp.EndSession(alice); s.person.absent = true }, "", grant.NotSignedIn, []int{2, 1, -1}},
		{"no token is good for AWS", func(s *station) {
			s.Fault(awstest.Fault{Action: "ListAccountRoles", Status: 401, Code: "UnauthorizedException", Times: -1})
		}, "", grant.TokenRefused, []int{2, 1, -1}},
		{"an account was closed", func(s *station) { s.Corp.RemoveAccount(prod) }, "Dev/Admin Dev/ReadOnly", 0, []int{1, 2, 2}},
		{"an account was taken away", func(s *station) { s.Corp.Unassign(alice, prod, "ReadOnly") }, "Dev/Admin Dev/ReadOnly", 0, []int{1, 2, 2}},
		{"an account that is listed, and that AWS knows nothing of", func(s *station) {
			s.Fault(awstest.Fault{Action: "ListAccountRoles", Status: 404, Code: "ResourceNotFoundException"})
		}, "one of them", grant.AccountGone, []int{1, 2, 2}},
		{"one that is listed, and that the person has no access to", func(s *station) {
			s.Fault(awstest.Fault{Action: "ListAccountRoles", Status: 403, Code: "ForbiddenException"})
		}, "one of them", grant.NoAccess, []int{1, 2, 2}},
		{"a dropped connection", func(s *station) { s.Fault(awstest.Fault{Action: "ListAccountRoles", Body: awstest.Half}) }, whole, 0, []int{1, 1, 3}},
		{"no connection any more", func(s *station) { s.Fault(awstest.Fault{Action: "ListAccountRoles", Body: awstest.Half, Times: -1}) }, "", grant.NoAnswer, nil},
		{"an answer that lacks the list", func(s *station) { s.Fault(awstest.Fault{Action: "ListAccountRoles", Omit: "roleList"}) }, "", grant.BadAnswer, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newStation(t)
			l := s.lister()
			accounts, err := l.Accounts(t.Context())
			check(t, err)
			row.happens(s)
			all, refused, err := l.Assignments(t.Context(), accounts, nil)
			for _, r := range refused {
				err = errors.Join(err, r.Err)
			}
			ofKind(t, err, row.kind)
			got := words(t, all)
			if row.want == "one of them" { // the two are asked for at the same time
				row.want = "Prod [31m/ReadOnly"
				if len(refused) == 1 && refused[0].Account.ID == prod {
					row.want = "Dev/Admin Dev/ReadOnly"
				}
			}
			if got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
			counts := s.count("CreateToken", "ListAccounts", "ListAccountRoles")
			if row.calls != nil && row.calls[2] < 0 { // some calls may have begun with the old token
				row.calls[2] = counts[2]
			}
			if row.calls != nil && !slices.Equal(counts, row.calls) {
				t.Errorf("calls %v, want %v", counts, row.calls)
			}
		})
	}
}
