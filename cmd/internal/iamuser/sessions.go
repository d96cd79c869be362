package iamuser

import (
	"context"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/iam"
	"hatstand/profiles"
)

// A sessionKey says which users can be asked about with the same session: those with the same ARN, the same MFA device
// and the same endpoints. AWS shows and changes all keys of a user with any of them.
type sessionKey struct {
	arn, serial string
	sts, iam    profiles.Endpoint
}

func (u *User) sessionKey() (sessionKey, credproc.Plan, error) {
	plan, err := credproc.NewPlan(u.chain, credproc.Options{})
	return sessionKey{u.Stored.ARN, plan.Serial(), u.chain.SessionSTS, u.iamEndpoint}, plan, err
}

// Sessions are the sessions of several users, each got once. The zero value has none.
type Sessions map[sessionKey]*session

// A session serves all users of one sessionKey.
type session struct {
	key    sessionKey
	users  []*User
	from   *User // whose keys get it; nil: not decided yet
	cached bool  // it needs no code

	credentials credentials.Value
	err         error
}

// OpenSessions gets the sessions of several users, with one code for each that is not cached. It refuses a --mfa-code
// if more than one code is needed, before sending it. If AWS or the person refuses a session, only the users of that
// session get the error; a cancelled prompt ends everything.
func (s *Users) OpenSessions(ctx context.Context, users []*User, k *provider.RoleFlags) (Sessions, error) {
	all, inOrder := s.groupBySession(ctx, users, k)
	if err := checkOneCode(inOrder, k); err != nil {
		return nil, err
	}
	for _, one := range inOrder {
		one.open(ctx, k)
		if prompt.CancelledByUser(ctx, one.err) {
			return nil, one.err
		}
	}
	return all, nil
}

// groupBySession finds which users share a session, and whether it is cached. Users without an MFA device need none and
// are left out. It asks nobody.
func (s *Users) groupBySession(
	ctx context.Context, users []*User, k *provider.RoleFlags,
) (all Sessions, inOrder []*session) {
	all = Sessions{}
	for _, u := range users {
		key, plan, err := u.sessionKey()
		if err != nil || key.serial == "" {
			continue
		}
		one := all[key]
		if one == nil {
			one = &session{key: key}
			all[key], inOrder = one, append(inOrder, one)
		}
		one.users = append(one.users, u)
		if one.cached || one.err != nil {
			continue
		}
		r, err := s.provider.Resolver(ctx, plan, k, prompt.Normal)
		if err == nil {
			_, one.cached, err = r.Fresh(ctx, plan)
		}
		if one.err = err; one.cached {
			one.from = u
		}
	}
	return all, inOrder
}

// open gets the session with the first of the keys that AWS accepts. It checks the keys first, since a token code that
// is sent with a key that AWS does not know is used up.
func (s *session) open(ctx context.Context, k *provider.RoleFlags) {
	if s.err != nil {
		return
	}
	for _, u := range s.users {
		if s.from != nil || len(s.users) == 1 {
			break
		}
		if arn, err := u.AskARN(ctx, u.Keys); err == nil && arn == s.key.arn {
			s.from = u
		}
	}
	if s.from == nil {
		s.from = s.users[0]
	}
	s.credentials, _, s.err = s.from.signer(ctx, k)
}

// profiles are the names of the profiles that the session serves.
func (s *session) profiles() []string {
	var names []string
	for _, u := range s.users {
		names = append(names, u.Profile)
	}
	return names
}

// IAM is IAM as a user, with the user's session; with the keys where the user has no MFA device.
func (s Sessions) IAM(u *User) (*iam.Client, error) {
	key, _, err := u.sessionKey()
	if err != nil {
		return nil, err
	}
	one := s[key]
	switch {
	case one == nil:
		return u.IAMWithKeys()
	case one.err != nil:
		return nil, one.err
	}
	return u.IAMWith(one.credentials, true)
}

// Signer is what to ask IAM with: the user's session if it is among these, else what User.IAM uses.
func (s Sessions) Signer(
	ctx context.Context, u *User, k *provider.RoleFlags,
) (c credentials.Value, withMFA bool, err error) {
	key, _, err := u.sessionKey()
	if err != nil {
		return credentials.Value{}, false, err
	}
	if one := s[key]; one != nil && one.err == nil {
		return one.credentials, true, nil
	}
	return u.signer(ctx, k)
}
