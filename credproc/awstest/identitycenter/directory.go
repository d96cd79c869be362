package identitycenter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Instance is one IAM Identity Center, that of one start URL: who may use which
// permission set in which account.
type Instance struct {
	s        *Service
	startURL string
	region   string
	users    []string
	accounts []Account
	sets     map[string]time.Duration // of a session, by permission set
	assigned []assignment             // in the order in which they were made
	person   string                   // who sits at the browser
}

// Account is an AWS account of the organization.
type Account struct{ ID, Name, Email string }

type assignment struct{ user, account, set string }

// AddInstance makes an instance without users and accounts. Its region is where its
// endpoints are.
func (s *Service) AddInstance(startURL, region string) *Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := &Instance{s: s, startURL: startURL, region: region, sets: map[string]time.Duration{}}
	s.instances = append(s.instances, i)
	return i
}

// StartURL is the address of the access portal.
func (i *Instance) StartURL() string {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	return i.startURL
}

// Move gives the instance another start URL, as an administrator does who chooses a
// name for it.
func (i *Instance) Move(startURL string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.startURL = startURL
}

// Region is where the instance is.
func (i *Instance) Region() string { return i.region }

// AddUser makes a user, by the name that role sessions have. The first one sits at
// the browser.
func (i *Instance) AddUser(name string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if i.person == "" {
		i.person = name
	}
	if !slices.Contains(i.users, name) {
		i.users = append(i.users, name)
	}
}

// SetPerson puts another user before the browser.
func (i *Instance) SetPerson(name string) error {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if !slices.Contains(i.users, name) {
		return fmt.Errorf("%s has no user %s", i.startURL, name)
	}
	i.person = name
	return nil
}

// AddAccount puts accounts into the organization, in the order in which they are listed.
func (i *Instance) AddAccount(accounts ...Account) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.accounts = append(i.accounts, accounts...)
}

// RemoveAccount takes an account and its assignments away, as when it is closed.
func (i *Instance) RemoveAccount(id string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.accounts = slices.DeleteFunc(i.accounts, func(a Account) bool { return a.ID == id })
	i.assigned = slices.DeleteFunc(i.assigned, func(a assignment) bool { return a.account == id })
}

// AddPermissionSet makes a permission set, or changes how long its sessions last:
// 1 to 12 h, where 0 is AWS's default, 1 h.
func (i *Instance) AddPermissionSet(name string, session time.Duration) error {
	if session == 0 {
		session = time.Hour
	}
	if session < time.Hour || session > 12*time.Hour {
		return fmt.Errorf("permission set %s: a session lasts 1 to 12 h, not %s", name, session)
	}
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.sets[name] = session
	return nil
}

// Assign lets a user have a permission set in an account.
func (i *Instance) Assign(user, account, set string) error {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	switch {
	case !slices.Contains(i.users, user):
		return fmt.Errorf("%s has no user %s", i.startURL, user)
	case !i.has(account):
		return fmt.Errorf("%s has no account %s", i.startURL, account)
	case i.sets[set] == 0:
		return fmt.Errorf("%s has no permission set %s", i.startURL, set)
	}
	if a := (assignment{user, account, set}); !slices.Contains(i.assigned, a) {
		i.assigned = append(i.assigned, a)
	}
	return nil
}

// Unassign takes a permission set in an account from a user.
func (i *Instance) Unassign(user, account, set string) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	i.assigned = slices.DeleteFunc(i.assigned, func(a assignment) bool { return a == assignment{user, account, set} })
}

func (i *Instance) has(account string) bool {
	return slices.ContainsFunc(i.accounts, func(a Account) bool { return a.ID == account })
}

// accountsOf are the accounts in which a user has a permission set.
func (i *Instance) accountsOf(user string) []Account {
	var out []Account
	for _, a := range i.accounts {
		if len(i.setsOf(user, a.ID)) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// setsOf are the permission sets that a user has in an account.
func (i *Instance) setsOf(user, account string) []string {
	var out []string
	for _, a := range i.assigned {
		if a.user == user && a.account == account {
			out = append(out, a.set)
		}
	}
	return out
}

// RoleName is the name of the IAM role that a permission set has in an account.
func (i *Instance) RoleName(account, set string) string {
	sum := sha256.Sum256([]byte(i.region + "\n" + account + "\n" + set))
	return "AWSReservedSSO_" + set + "_" + hex.EncodeToString(sum[:8])
}

// RolePath is the path of these roles, which has the region unless it is us-east-1.
func (i *Instance) RolePath() string {
	if i.region == "us-east-1" {
		return "aws-reserved/sso.amazonaws.com/"
	}
	return "aws-reserved/sso.amazonaws.com/" + i.region + "/"
}
