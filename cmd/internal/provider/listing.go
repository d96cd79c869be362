package provider

import (
	"context"
	"time"

	"hatstand/cmd/internal/prompt"
	"hatstand/credproc/grant"
	"hatstand/credproc/grant/identitycenter"
	"hatstand/profiles"
)

// Lister lists at AWS what a person who is signed in may use. If nobody is signed in, it asks somebody to, if the
// policy allows it. It calls paused for each pause that AWS asks for.
func (a *Provider) Lister(ctx context.Context, g profiles.Grant, policy prompt.Policy,
	paused func(time.Duration)) (*identitycenter.Lister, error) {
	m, err := a.SignIns(ctx, g, &RoleFlags{}, policy, false)
	if err != nil {
		return nil, err
	}
	limit, err := a.SignInTime()
	if err != nil {
		return nil, err
	}
	connect := func(g profiles.Grant) (*identitycenter.Client, error) { return a.Portal(g, policy) }
	return identitycenter.NewLister(g, limitedSignIns{m, limit}, connect, a.world.Now, a.world.Sleep, paused), nil
}

// limitedSignIns wait for a person no longer than so.
type limitedSignIns struct {
	*grant.Manager
	limit time.Duration
}

func (s limitedSignIns) Token(ctx context.Context, g profiles.Grant) (grant.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	return s.Manager.Token(ctx, g)
}
