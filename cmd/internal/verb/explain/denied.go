package explain

import (
	"context"
	"fmt"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/policy"
)

// deniedCall is what both sides of a call have to allow.
type deniedCall struct {
	Call    string   `json:"call"`
	Role    string   `json:"role"`
	Caller  string   `json:"caller"`
	Allowed []string `json:"caller_needs"`
	Trusted []string `json:"role_needs"`
	MFA     string   `json:"mfa,omitempty"`
	// The commands that print the policies; no first one where a token is the proof.
	PrintAllowed string `json:"print_caller_policy,omitempty"`
	PrintTrusted string `json:"print_trust_policy"`
}

// denied is what a plan's calls need, for somebody whom AWS has refused.
func (d Deps) denied(ctx context.Context, p credproc.Plan) ([]deniedCall, error) {
	f, err := d.Overview.Facts(ctx, p)
	if err != nil {
		d.World.Streams().Note("the keyring does not say whose keys " + ui.Quoted(p.Base.Profile) + " has: " + err.Error())
	}
	needs, err := policy.Needs(p, f)
	if err != nil {
		return nil, err
	}
	var all []deniedCall
	for i, n := range needs {
		words := advice.ShellWord(n.Profile)
		if i == len(needs)-1 {
			words = p.Words()
		}
		c := deniedCall{Call: string(n.Call), Role: n.Role, Caller: n.Caller, Allowed: []string{}, Trusted: n.Trusted, MFA: n.MFA,
			PrintTrusted: "hatstand policy trust " + words}
		if n.Allowed != nil {
			c.Allowed, c.PrintAllowed = n.Allowed, "hatstand policy assume "+words
			if n.By != "" {
				c.PrintAllowed += " --by " + advice.ShellWord(n.By)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

func (d Deps) printDenied(all []deniedCall) error {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "%s of %s\n", c.Call, c.Role)
		fmt.Fprintf(&b, "  called by %s\n", c.Caller)
		if c.MFA != "" {
			fmt.Fprintf(&b, "  MFA: %s\n", c.MFA)
		}
		if len(c.Allowed) > 0 {
			fmt.Fprintf(&b, "  the caller has to be allowed, on this role (%s):\n", c.PrintAllowed)
			for _, a := range c.Allowed {
				fmt.Fprintf(&b, "    %s\n", a)
			}
		}
		fmt.Fprintf(&b, "  the role has to trust (%s):\n", c.PrintTrusted)
		for _, t := range c.Trusted {
			fmt.Fprintf(&b, "    %s\n", t)
		}
		b.WriteString("\n")
	}
	b.WriteString(elsewhere)
	return d.World.Streams().Print(b.String())
}

// elsewhere is what no profile tells.
const elsewhere = `What can refuse a call all the same, and only an administrator sees:
  a Deny in any policy of the caller, such as one without MFA
  a service control policy of the caller's account or its organizational unit
  a resource control policy of the role's account
  a permissions boundary of the caller
  a session policy that the caller's session was narrowed with
AWS also says AccessDenied where there is no such role.
`
