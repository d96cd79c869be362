package console

import (
	"context"
	"fmt"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	signin "hatstand/credproc/console"
)

// portal opens the console through the AWS access portal. It needs no credentials and makes no call: who is signed in
// to the portal in the browser is let in, and who is not is asked there.
func (v command) portal(ctx context.Context, targets []string, k *provider.RoleFlags, o *openFlags) error {
	links, plans := make([]signin.URL, len(targets)), make([]credproc.Plan, len(targets))
	for i, target := range targets {
		p, err := v.Provider.Plan(ctx, target, k)
		if err != nil {
			return err
		}
		plans[i] = p
		n := len(p.Steps)
		if n == 0 || p.Steps[n-1].Call != credproc.GetRoleCredentials {
			return &ui.UsageError{
				Reason: fmt.Sprintf("profile %q: --portal is for permission sets of IAM Identity Center: for profiles with "+
					"sso_account_id and sso_role_name, without role_arn", target),
				Next: "sign in with credentials: hatstand console " + p.Words(),
			}
		}
		destination := ""
		if p.Region != "" || o.page != (signin.Target{}) {
			hosts, _, err := v.hosts(target, p, k)
			if err == nil {
				destination, err = pageOf(hosts, p, o)
			}
			if err != nil {
				return err
			}
		}
		last := p.Steps[n-1]
		links[i] = signin.Portal(last.Grant.SentStartURL(), last.Account, last.PermissionSet, destination)
	}
	return v.deliverLinks(ctx, links, plans, o)
}
