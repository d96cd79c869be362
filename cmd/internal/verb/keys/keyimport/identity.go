package keyimport

import (
	"fmt"
	"slices"

	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/accesskeys"
)

// rejectIdentityChanges rejects keys whose removal from the file would change which identity a profile resolves to. A
// profile with keys in a file ends the chain of whoever starts from it, and its keys come before other sources that it
// has. It does no I/O.
func rejectIdentityChanges(
	found []candidate, pairs []accesskeys.Pair, before *profiles.Set, config, credentials profiles.File,
) ([]candidate, error) {
	after, err := without(pairs, config, credentials)
	if err != nil {
		return nil, err
	}
	starts := map[string]bool{} // the profiles that others start from
	for _, p := range before.Profiles() {
		if source := p.Get("source_profile").Value; source != p.Name {
			starts[source] = true
		}
	}
	for i := range found {
		c := &found[i]
		if c.skipped != "" {
			continue
		}
		requests := []profiles.Request{{Target: c.name}}
		if starts[c.name] {
			requests = append(requests, profiles.Request{Target: "arn:aws:iam::000000000000:role/any", Source: c.name})
		}
		for _, r := range requests {
			if why := changed(before, after, r); why != "" {
				c.err = &ui.UsageError{
					Reason: fmt.Sprintf("profile %s: its keys have to stay in the file (%s): without them %s",
						ui.Quoted(c.name), where(pairs, c.name), why),
					Next: "give the keys a profile of their own, which the others name as source_profile; or copy them: --keep-file",
				}
				break
			}
		}
	}
	return found, nil
}

// without is the set as it reads when the long-lived pairs are gone.
func without(pairs []accesskeys.Pair, config, credentials profiles.File) (*profiles.Set, error) {
	lasting := slices.DeleteFunc(slices.Clone(pairs), accesskeys.Pair.Temporary)
	in := func(credentials bool) (some []accesskeys.Pair) {
		for _, p := range lasting {
			if p.Credentials == credentials {
				some = append(some, p)
			}
		}
		return some
	}
	var err error
	if config.Data, _, err = withoutKeys(config, awsfile.Config, in(false)); err != nil {
		return nil, err
	}
	if credentials.Data, _, err = withoutKeys(credentials, awsfile.Credentials, in(true)); err != nil {
		return nil, err
	}
	return profiles.Parse(config, credentials)
}

// changed says how a chain differs; "" where only the place of its keys does, or where it never led
// anywhere.
func changed(before, after *profiles.Set, r profiles.Request) string {
	was, err := before.Chain(r)
	if err != nil {
		return ""
	}
	is, err := after.Chain(r)
	switch {
	case err != nil:
		return err.Error()
	case is.Base.Profile != was.Base.Profile:
		return fmt.Sprintf("it would start from profile %s", ui.Quoted(is.Base.Profile))
	case is.Base.Kind != was.Base.Kind && (was.Base.Kind != profiles.Static || is.Base.Kind != profiles.Keyring):
		return fmt.Sprintf("it would take credentials from %s", is.Base.Kind)
	case !slices.EqualFunc(was.Roles, is.Roles, func(a, b profiles.Role) bool { return a.ARN == b.ARN }):
		return "profiles that start from it would go through its role"
	}
	return ""
}

func where(pairs []accesskeys.Pair, name string) string {
	for _, p := range pairs {
		if p.Profile == name {
			return p.Where.Where()
		}
	}
	return ""
}
