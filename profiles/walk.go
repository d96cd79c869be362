package profiles

import (
	"slices"
	"strings"

	"hatstand/profiles/cmdline"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
	"hatstand/profiles/spelling"
)

// Chain works out how to get the credentials asked for. An *Error says what is missing or wrong in the settings.
func (s *Set) Chain(req Request) (*Chain, error) {
	w := newWalk(s, req)
	return w.run()
}

// Endpoint is how to reach a service with the base's credentials. Each setting comes from the environment, else from
// the base profile, else from the one asked for. service is spelled as in a [services] section (iam, sso, signin); the
// endpoint of STS is in the Chain. Legacy is false.
func (s *Set) Endpoint(service string, req Request) (Endpoint, error) {
	w := newWalk(s, req)
	if _, err := w.run(); err != nil {
		return Endpoint{}, err
	}
	e, err := w.endpoint(service, w.base, w.selected)
	e.Legacy = false
	return e, err
}

func newWalk(s *Set, req Request) *walk {
	if req.Getenv == nil {
		req.Getenv = func(string) string { return "" }
	}
	return &walk{set: s, req: req}
}

// run walks from the profile asked for to the base and fills in the chain.
func (w *walk) run() (*Chain, error) {
	s, req := w.set, w.req
	selected, ok := s.Profile(req.Target)
	if !ok {
		return w.adHoc()
	}
	if req.Source != "" {
		return nil, &Error{Kind: SourceForProfile, Profile: selected.Name,
			Reason: "a source goes with a role, and this is a profile"}
	}
	w.selected, w.first = selected, selected
	if err := w.follow(selected); err != nil {
		return nil, err
	}
	return w.finish()
}

// A walk goes from the profile asked for to the one that holds keys.
type walk struct {
	set      *Set
	req      Request
	selected *Profile // the one whose region and endpoints are used
	first    *Profile // where role_arn beats keys in a file; nil for an ad-hoc role
	base     *Profile
	scopes   string // of the base's sign-in
	chain    Chain
}

// follow fills in Base and Roles, starting at p.
func (w *walk) follow(p *Profile) error {
	var roles []Role // the last one first
	visited := []string{p.Name}
	for {
		if p.err != nil {
			return p.err
		}
		alias := w.isAlias(p)
		if !p.assumesRole() {
			if err := p.refuseReason(); err != nil {
				return err
			}
		}
		if !alias && (p != w.first && p.hasStaticKeys() || !p.assumesRole()) {
			return w.start(p, roles)
		}
		next := p.get("source_profile")
		if !alias {
			var err error
			if next, err = p.source(); err != nil {
				return err
			}
		}
		var source *Profile
		if next.IsSet() && next.Value != p.Name {
			for _, name := range visited {
				if name == next.Value {
					return loopError("source_profile", append(visited, next.Value), next)
				}
			}
			visited = append(visited, next.Value)
			var ok bool
			if source, ok = w.set.Profile(next.Value); !ok {
				return w.set.unknown(next.Value, p.Name, "source_profile", next)
			}
		}
		if alias {
			if err := w.refuseMisspeltRole(p); err != nil {
				return err
			}
			p = source
			continue
		}
		role, err := p.role()
		if err != nil {
			return err
		}
		roles = append(roles, role)
		if source == nil { // credential_source, or its own keys
			return w.start(p, roles)
		}
		p = source
	}
}

// isAlias reports whether a profile has a source_profile, no role and no other source. As in aws-vault, it is another
// name for its source_profile.
func (w *walk) isAlias(p *Profile) bool {
	source := p.get("source_profile")
	if !source.IsSet() || source.Value == p.Name || p.hasStaticKeys() || p.usesSSO() {
		return false
	}
	for _, key := range [...]string{"role_arn", "credential_source", webTokenFile, webTokenProcess, oidcKey, samlKey,
		"login_session"} {
		if p.get(key).IsSet() {
			return false
		}
	}
	process := p.get(processKey)
	if !process.IsSet() {
		return true
	}
	words, err := cmdline.Split(process.Value)
	return err == nil && cmdline.StartsHatstandFor(words, w.req.Self, p.processProfile())
}

// refuseMisspeltRole refuses an alias that has something like role_arn, or a role's ARN under any other name: the role
// was meant, and its source's identity would be used in its place.
func (w *walk) refuseMisspeltRole(p *Profile) error {
	const meant = "role_arn"
	ignored := append(w.set.config.Ignored(p.Name), w.set.credentials.Ignored(p.Name)...)
	for _, e := range slices.Concat(p.entries, ignored) {
		plain := strings.TrimPrefix(strings.NewReplacer("-", "_", ".", "_").Replace(e.Key), "aws_")
		_, notRole := limits.ParseRoleARN(strings.Trim(e.Value, "\"'"))
		if plain != "assume_"+meant && spelling.Distance(plain, meant, 2) > 2 && notRole != nil {
			continue
		}
		wrong := p.wrong(Invalid, e.Key, e.Setting, show.Quoted(e.Key)+" is not a setting, and without "+meant+
			" the profile is another name for "+show.Quoted(p.get("source_profile").Value))
		wrong.Meant = meant
		return wrong
	}
	return nil
}

// start ends the walk at the base profile.
func (w *walk) start(p *Profile, roles []Role) error {
	for i, j := 0, len(roles)-1; i < j; i, j = i+1, j-1 {
		roles[i], roles[j] = roles[j], roles[i]
	}
	base, err := w.baseAt(p)
	w.base, w.chain.Base, w.chain.Roles = p, base, roles
	return err
}

// finish fills in what depends on the whole chain.
func (w *walk) finish() (*Chain, error) {
	c := &w.chain
	c.Target = w.req.Target
	var err error
	if c.Base.SessionDuration, err = w.sessionDuration(); err != nil {
		return nil, err
	}
	if c.Region, err = w.region(); err != nil {
		return nil, err
	}
	if c.Partition, err = w.partition(); err != nil {
		return nil, err
	}
	if c.SessionRegion, err = w.sessionRegion(); err != nil {
		return nil, err
	}
	if c.STS, err = w.endpoint("sts", w.selected); err != nil {
		return nil, err
	}
	if c.SessionSTS, err = w.endpoint("sts", w.base, w.selected); err != nil {
		return nil, err
	}
	if err := w.grant(); err != nil {
		return nil, err
	}
	if c.Variables, err = w.variables(); err != nil {
		return nil, err
	}
	if c.NoSession, err = w.noSession(); err != nil {
		return nil, err
	}
	if c.MFAProcess = w.selected.get("mfa_process"); !c.MFAProcess.IsSet() {
		c.MFAProcess = w.base.get("mfa_process")
	}
	return c, nil
}
