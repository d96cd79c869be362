package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	signin "hatstand/credproc/console"
	"hatstand/profiles"
)

// switchRole opens the console's own form for switching roles. It needs no credentials and makes no call: the person is
// signed in to the console already.
func (v command) switchRole(ctx context.Context, targets []string, k *provider.RoleFlags, o *openFlags) error {
	set, err := v.Settings.Profiles()
	if err != nil {
		return err
	}
	links, plans := make([]signin.URL, len(targets)), make([]credproc.Plan, len(targets))
	for i, target := range targets {
		p, err := v.Provider.Plan(ctx, target, k)
		if err != nil {
			return err
		}
		plans[i] = p
		n := len(p.Steps)
		if n == 0 || p.Steps[n-1].Call != credproc.AssumeRole {
			return &ui.UsageError{
				Reason: fmt.Sprintf("profile %q: it has no role to switch to", target),
				Next:   "name a profile with role_arn: hatstand list",
			}
		}
		hosts, _, err := v.hosts(target, p, k)
		if err != nil {
			return err
		}
		role := p.Steps[n-1].Role
		own, ok := set.Profile(target)
		if !ok {
			own = &profiles.Profile{}
		}
		display := target
		// AWS Extend Switch Roles takes an alias of the account here.
		if alias := own.Get("aws_account_id").Value; alias != "" && alias != role.AccountID {
			display += "  |  " + alias
		}
		links[i] = hosts.SwitchRole(role.AccountID, rolePath(role), display, ui.HexColour(own.Get("color").Value))
	}
	return v.deliverLinks(ctx, links, plans, o)
}

// deliverLinks opens links in a browser, or prints, copies or draws them. A link is no secret.
func (v command) deliverLinks(ctx context.Context, links []signin.URL, plans []credproc.Plan, o *openFlags) error {
	var urls []printedURL
	for i, link := range links {
		switch {
		case o.print:
			urls = append(urls, printed(plans[i], link, time.Time{}))
		case o.copy:
			where, err := v.copy(ctx, link.Reveal())
			if err != nil {
				return err
			}
			v.UI.Note("the link is on " + where)
		case o.qr:
			if err := v.drawURL(link.Reveal()); err != nil {
				return err
			}
		default:
			if err := v.openInBrowser(ctx, link, plans[i].Target, &o.browser); err != nil {
				return err
			}
		}
	}
	if len(urls) == 0 {
		return nil
	}
	return v.printURLs(urls, o)
}

// rolePath is a role's name with its path, as the console's form and the browser extension take it.
func rolePath(r profiles.Role) string {
	_, path, _ := strings.Cut(r.ARN, ":role/")
	return path
}
