package resolve

import (
	"context"
	"errors"
	"strings"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// call makes step i's call with the credentials of the step before it, or for the first step with the base's. used are
// those of the last attempt. optional: the cached credentials still serve, so that the call may fail.
func (r *Resolver) call(ctx context.Context, p credproc.Plan, i int, with credentials.Value,
	optional bool) (c, used credentials.Value, err error) {
	s := p.Steps[i]
	if s.Exchanges() {
		return r.exchange(ctx, p, i)
	}
	if s.Call == credproc.AssumeRoleWithWebIdentity {
		c, err = r.webIdentity(ctx, p, i)
		return c, with, err
	}
	if s.Call == credproc.AssumeRoleWithSAML {
		c, err = r.withSAML(ctx, p, i)
		return c, with, err
	}
	if s.Role.ReasonRequired.IsSet() { // asked for before a code, which does not wait
		if p, err = r.withReason(ctx, p, i, optional); err != nil {
			return c, with, err
		}
		s = p.Steps[i]
	}
	var user string
	if i == 0 {
		if with, user, err = r.base(ctx, p); err != nil {
			return c, with, err
		}
	}
	as, err := r.caller(s, with, user)
	if err != nil {
		return c, with, err
	}
	if s.Serial == "" {
		c, err = r.makeCall(ctx, as, p, i, "")
		return c, with, err
	}
	request := CodeRequest{Serial: s.Serial, Target: p.Target, Source: p.Source, Role: p.Role(),
		MFAProcess: p.MFAProcess, Optional: optional}
	var refused error
	for request.Attempt = 1; request.Attempt <= attempts; request.Attempt++ {
		code, err := r.Codes.Code(ctx, request)
		if refused != nil && errors.Is(err, ErrNoOtherCode) {
			return c, with, r.markStoredSeed(ctx, s.Serial, refused)
		}
		if err != nil {
			return c, with, err
		}
		// Once the code is sent, neither a deadline nor Ctrl-C may lose the credentials that it pays for.
		sent := context.WithoutCancel(ctx)
		// While a person typed the code, another process may have replaced the keys.
		looking, stop := context.WithTimeout(sent, rereadLimit)
		now, owner, err := r.rereadBase(looking, p, i, with)
		stop()
		if err == nil && (now.AccessKeyID != with.AccessKeyID || now.SecretAccessKey != with.SecretAccessKey) {
			r.Log.Info("the base's keys changed while a code was asked for", "base", p.Base.Profile)
			if again, err := r.caller(s, now, owner); err == nil {
				with, as = now, again
			}
		}
		c, err := r.makeCall(sent, as, p, i, code)
		if err == nil || !sts.WrongCode(err) {
			return c, with, err
		}
		refused, request.Refused = err, "AWS refused that code: it is wrong or was used before"
	}
	return c, with, r.markStoredSeed(ctx, s.Serial, refused)
}

// markStoredSeed notes in the refusal of a code that a seed of the device is stored, which may be wrong.
func (r *Resolver) markStoredSeed(ctx context.Context, serial string, refused error) error {
	var e *sts.RefusedError
	if errors.As(refused, &e) && r.Codes.Stored(ctx, serial) {
		e.Facts.Seed = serial
	}
	return refused
}

func (r *Resolver) caller(s credproc.Step, with credentials.Value, user string) (caller, error) {
	client, err := r.Connect(s.Region, s.Endpoint, with)
	return caller{client: client, with: with, user: user, source: with.Source}, err
}

// rereadLimit bounds the second reading of the base's keys, before a call that carries a code.
const rereadLimit = 10 * time.Second

// A caller is the client and the identity that a call is made with.
type caller struct {
	client STS
	with   credentials.Value
	user   string // the IAM user's ARN, if it is known
	source string // where the credentials were found
	// In the place of credentials: a web identity's token, or a SAML assertion and its provider's ARN in the role's
	// account.
	token, provider string
}

// makeCall makes one call.
func (r *Resolver) makeCall(ctx context.Context, as caller, p credproc.Plan, i int,
	code string) (credentials.Value, error) {
	s := p.Steps[i]
	began := r.Now()
	var got sts.Issue
	var account string
	var err error
	switch s.Call {
	case credproc.GetSessionToken:
		got, err = as.client.GetSessionToken(ctx, s, code)
		account = accountOf(p, as.user)
	case credproc.GetFederationToken:
		var user string
		got, user, err = r.federate(ctx, as, p, s)
		account = accountOf(p, user)
	case credproc.AssumeRole:
		got, err = as.client.AssumeRole(ctx, s, r.sessionName(ctx, p, s, as.user), code)
		account = s.Role.AccountID
		if err == nil {
			err = sameRole(p.Target, s.Call, s.Role, got.ARN)
		}
	case credproc.AssumeRoleWithWebIdentity:
		got, err = as.client.AssumeRoleWithWebIdentity(ctx, s, r.sessionName(ctx, p, s, ""), as.token)
		account = s.Role.AccountID
		if err == nil {
			err = sameRole(p.Target, s.Call, s.Role, got.ARN)
		}
	case credproc.AssumeRoleWithSAML:
		got, err = as.client.AssumeRoleWithSAML(ctx, s, as.provider, as.token)
		account = s.Role.AccountID
		if err == nil {
			err = sameRole(p.Target, s.Call, s.Role, got.ARN)
		}
	}
	took := r.Now().Sub(began)
	if err != nil {
		err = r.refused(p, i, as.source, err)
		r.Log.Info("call failed", "call", s.Call, "role", s.Role.ARN, "region", s.Region, "ms", took.Milliseconds(),
			"error", err.Error())
		return credentials.Value{}, err
	}
	if got.AccessKeyID == "" || got.SecretAccessKey == "" || got.SessionToken == "" || got.Expires.IsZero() {
		return credentials.Value{}, badAnswer(p.Target, s.Call, "holds no credentials")
	}
	if !got.Expires.After(r.Now()) {
		return credentials.Value{}, badAnswer(p.Target, s.Call,
			"has credentials that expired at "+got.Expires.UTC().Format(time.RFC3339))
	}
	r.Log.Info("call", "call", s.Call, "role", s.Role.ARN, "region", s.Region, "code", code != "", "ms",
		took.Milliseconds(), "expires", got.Expires, "why", s.Reason)
	return credentials.Value{
		AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		CanExpire: true, Expires: got.Expires.UTC(), AccountID: account, Source: "hatstand",
	}, nil
}

func (r *Resolver) refused(p credproc.Plan, i int, source string, err error) error {
	var wrong *Error
	var plan *credproc.Error
	if errors.As(err, &wrong) || errors.As(err, &plan) {
		return err
	}
	s := p.Steps[i]
	f := sts.Facts{
		Profile: s.Role.Profile, Base: p.Base.Profile, Kind: p.Base.Kind, Temporary: p.Temporary, Words: p.Words(),
		HasExternal: s.Role.ExternalID != "",
		HasNarrower: len(s.Role.Tags) > 0 || s.Role.SourceIdentity != "",
		Region:      s.Region,
	}
	if source == fromKeyring { // where a file has keys too, the keyring's were used
		f.Kind = profiles.Keyring
	}
	for _, before := range p.Steps[:i+1] {
		f.HasMFA = f.HasMFA || before.Serial != ""
	}
	if f.Profile == "" {
		f.Profile = p.Target
	}
	return sts.Refusal(p.Target, s.Call, s.Role.ARN, f, err, r.Now())
}

// sameRole checks that STS answered with the role asked for. The ARN of an assumed role has no path.
func sameRole(target string, call credproc.Call, role profiles.Role, got string) error {
	if got == "" {
		return badAnswer(target, call, "does not say which role the credentials are for")
	}
	want := "arn:" + role.Partition + ":sts::" + role.AccountID + ":assumed-role/" + role.Name + "/"
	if !strings.HasPrefix(got, want) {
		return wrongRole(target, role, got)
	}
	return nil
}
