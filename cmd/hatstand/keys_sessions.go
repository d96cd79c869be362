package main

import (
	"context"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc"
	"hatstand/credproc/iam"
	"hatstand/profiles"
)

// Keys of one IAM user are asked about with one session: AWS shows and changes all of a user's keys with any
// of them. So one token code does for them, whichever profiles have them.

// A sharing says whose session serves whom: the same user with the same MFA device, at the same AWS.
type sharing struct {
	user, serial string
	sts, iam     profiles.Endpoint
}

func (o *owner) sharing() (sharing, credproc.Plan, error) {
	plan, err := credproc.NewPlan(o.chain, credproc.Options{})
	return sharing{o.kept.ARN, plan.Serial(), o.chain.SessionSTS, o.at}, plan, err
}

// A sharedSession is one session for several keys.
type sharedSession struct {
	sharing
	owners []*owner
	asked  *owner // the one of them whose session it is
	kept   bool   // it is there already, and costs no code
	c      credentials
	err    error
}

// sharedSessions groups owners by the session that serves them. Those without an MFA device need none, and are
// not among them, nor are those whose plan cannot be made. It asks nobody.
func (a *parts) sharedSessions(ctx context.Context, owners []*owner, k *provider.RoleFlags) (all []*sharedSession) {
	at := map[sharing]*sharedSession{}
	for _, o := range owners {
		of, plan, err := o.sharing()
		if err != nil || of.serial == "" {
			continue
		}
		s := at[of]
		if s == nil {
			s = &sharedSession{sharing: of}
			at[of], all = s, append(all, s)
		}
		s.owners = append(s.owners, o)
		if s.kept || s.err != nil {
			continue
		}
		r, err := a.provider.Resolver(ctx, o.name, k, prompt.Normal)
		if err == nil {
			_, s.kept, err = r.Fresh(ctx, plan)
		}
		if s.err = err; s.kept {
			s.asked = o
		}
	}
	return all
}

// open gets the session: with the first of the keys that AWS knows, since a code that was sent with another
// one is spent.
func (s *sharedSession) open(ctx context.Context, k *provider.RoleFlags) {
	if s.err != nil {
		return
	}
	for _, o := range s.owners {
		if s.asked != nil || len(s.owners) == 1 {
			break
		}
		if arn, err := o.whose(ctx, o.used); err == nil && arn == s.user {
			s.asked = o
		}
	}
	if s.asked == nil {
		s.asked = s.owners[0]
	}
	s.c, _, s.err = s.asked.signer(ctx, k)
}

// signerAmong is what IAM is asked with: the user's session that is there, else what a signer is.
func (o *owner) signerAmong(ctx context.Context, sessions map[sharing]credentials, k *provider.RoleFlags) (c credentials, mfa bool, err error) {
	of, _, err := o.sharing()
	if err != nil {
		return credentials{}, false, err
	}
	if c, ok := sessions[of]; ok {
		return c, true, nil
	}
	return o.signer(ctx, k)
}

// iamSharing is IAM as the user, with the session that is there, or with keys that have no device.
func (o *owner) iamSharing(sessions map[sharing]credentials) (*iam.Client, error) {
	of, _, err := o.sharing()
	if err != nil {
		return nil, err
	}
	c, ok := sessions[of]
	if !ok {
		return o.iamKeys()
	}
	return o.iamWith(c, true)
}

// oneCode refuses --mfa-code where it cannot do for all, before it is spent on any.
func oneCode(all []*sharedSession, k *provider.RoleFlags) error {
	var wanting []*sharedSession
	for _, s := range all {
		if !s.kept && s.err == nil {
			wanting = append(wanting, s)
		}
	}
	if k.MFACode == "" || len(wanting) < 2 {
		return nil
	}
	return &manyCodesError{wanting}
}

// A manyCodesError says which keys want a code each.
type manyCodesError struct{ wanting []*sharedSession }

func (e *manyCodesError) Error() string {
	var each []string
	for _, s := range e.wanting {
		each = append(each, strings.Join(s.names(), ", ")+" (device "+s.serial+")")
	}
	return "--mfa-code is one code, and these keys want one each; nothing was changed: " + strings.Join(each, "; ")
}

// Hints are the ways to give several.
func (*manyCodesError) ExitCode() int { return advice.Usage }

func (e *manyCodesError) Hints() []string {
	var each []string
	for _, s := range e.wanting {
		each = append(each, "hatstand login "+s.names()[0]+" --mfa-code CODE")
	}
	return []string{
		"run it again without --mfa-code, to be asked for each code",
		"or give the codes first, and then run it without: " + strings.Join(each, "; "),
	}
}

func (s *sharedSession) names() []string {
	var names []string
	for _, o := range s.owners {
		names = append(names, o.name)
	}
	return names
}
