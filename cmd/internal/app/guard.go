package app

import (
	"slices"
	"strings"

	"hatstand/cmd/internal/ui"
)

// The guard names the profiles that are being resolved, in the environment of the programs that are
// started for them. Such a program that starts hatstand for one of them again would go on doing so
// for ever, or wait for its own parent.
const (
	guardVariable  = "HATSTAND_GUARD"
	guardSeparator = "\x1f" // no profile's name holds it
)

// A Guard keeps hatstand from starting itself for the same profile without end.
type Guard struct {
	Getenv  func(string) string
	Environ func() []string
}

// Check is an error where a parent of this process resolves the target already.
func (g Guard) Check(target string) error {
	if !slices.Contains(strings.Split(g.Getenv(guardVariable), guardSeparator), target) {
		return nil
	}
	return &ui.UsageError{
		Reason: "profile " + ui.Quoted(target) + ": its credential_process starts hatstand for the same profile again",
		Next:   "put the profile's role_arn and source_profile into [hatstand " + target + "], or let credential_process name another program",
	}
}

// Environment returns the environment for a program that gives credentials or a code for these profiles.
func (g Guard) Environment(targets ...string) []string {
	guard := targets
	if outer := g.Getenv(guardVariable); outer != "" {
		guard = append([]string{outer}, targets...)
	}
	var env []string
	for _, kv := range g.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if name != guardVariable && name != "HATSTAND_FILE_PASSPHRASE" {
			env = append(env, kv)
		}
	}
	return append(env, guardVariable+"="+strings.Join(guard, guardSeparator))
}
