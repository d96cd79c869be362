package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/credproc"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// NameSignIn finds out who has signed in, where that is not known yet: AWS says it of credentials that the sign-in is
// exchanged for. plan is of a profile of the grant; where there is none, the first permission set that the person has
// serves. A sign-in without a name is no error.
func (a *Provider) NameSignIn(ctx context.Context, m *grant.Manager, g profiles.Grant, t grant.Token,
	plan *credproc.Plan, policy prompt.Policy) (grant.Token, error) {
	if t.User != "" && t.SignIn != "" || g.NamesPerson() {
		return t, nil
	}
	client, err := a.Portal(t.Of(g), policy)
	if err != nil {
		return t, err
	}
	named, err := m.Named(ctx, g, t, func(ctx context.Context) (string, error) {
		step, ok := exchangeOf(plan)
		name, err := "", error(nil)
		if ok {
			name, err = a.nameBy(ctx, client, t, step, policy)
		}
		if kind := grant.KindOf(err); ok && kind != grant.NoAccess && kind != grant.AccountGone {
			return name, err
		}
		account, permissionSet, err := firstRole(ctx, client, t)
		if err != nil || account == "" {
			return "", err
		}
		p, err := a.Plan(ctx, account+":"+permissionSet+"@"+g.Name(), &RoleFlags{})
		if err != nil {
			return "", err
		}
		step, _ = exchangeOf(&p)
		return a.nameBy(ctx, client, t, step, policy)
	})
	if errors.Is(err, grant.ErrReplaced) {
		named, _, err = m.Kept(ctx, g)
	}
	return named, err
}

// nameBy is the name in the credentials that a step gives.
func (a *Provider) nameBy(ctx context.Context, client *identitycenter.Client, t grant.Token, s credproc.Step,
	policy prompt.Policy) (string, error) {
	c, err := client.RoleCredentials(ctx, t, s.Account, s.PermissionSet)
	if err != nil {
		return "", err
	}
	arn, err := a.identity(policy)(ctx, s.Region, s.Endpoint, c)
	return arn[strings.LastIndexByte(arn, '/')+1:], err
}

func exchangeOf(p *credproc.Plan) (credproc.Step, bool) {
	if p == nil || len(p.Steps) == 0 || p.Steps[0].Call != credproc.GetRoleCredentials {
		return credproc.Step{}, false
	}
	return p.Steps[0], true
}

// firstRole is the first account and permission set that AWS lists; "" if the person has none.
func firstRole(ctx context.Context, client *identitycenter.Client, t grant.Token) (
	account, permissionSet string, err error,
) {
	for accounts, err := range client.Accounts(ctx, t) {
		if err != nil {
			return "", "", err
		}
		for _, account := range accounts {
			for roles, err := range client.Roles(ctx, t, account.ID) {
				if kind := grant.KindOf(err); kind == grant.NoAccess || kind == grant.AccountGone {
					break // another account may tell
				}
				if err != nil {
					return "", "", err
				}
				if len(roles) > 0 {
					return account.ID, roles[0], nil
				}
			}
		}
	}
	return "", "", nil
}

// SignInTime is how long a person may take to sign in, where no SDK waits for it: [hatstand] sign_in_timeout.
func (a *Provider) SignInTime() (time.Duration, error) {
	set, err := a.settings.Profiles()
	if err != nil {
		return 0, err
	}
	return signins.Timeout(set)
}
