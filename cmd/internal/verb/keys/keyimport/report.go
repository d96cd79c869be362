package keyimport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// report prints what became of all keys, and returns the errors. ended is what kept the rest from being imported.
func report(d Deps, done []outcome, o options, ended error, more string) error {
	notes := ""
	for _, out := range done {
		notes += keypair.RootWarning(out.name, out.arn)
	}
	notes += more
	if !o.dryRun && !o.keepFile && ended == nil {
		notes += nextStep(d, done)
	}
	show := func() error {
		switch {
		case o.asJSON:
			return d.World.Streams().PrintJSON(documentOf(done, o, notes))
		case len(done) > 0:
			return d.World.Streams().Print(table(done, o) + notes)
		}
		return d.World.Streams().Print(notes)
	}
	if err := show(); err != nil {
		return err
	}
	return failures(done, ended)
}

// imported is what keys import tells as JSON.
type imported struct {
	DryRun bool          `json:"dry_run"`
	Keys   []importedKey `json:"keys"`
	Notes  []string      `json:"notes"`
}

type importedKey struct {
	Profile     string `json:"profile"`
	AccessKeyID string `json:"access_key_id"`
	InKeyring   bool   `json:"in_keyring"`
	Result      string `json:"result"`
	User        string `json:"user,omitempty"`
	Error       string `json:"error,omitempty"`
}

func documentOf(done []outcome, o options, notes string) imported {
	i := imported{DryRun: o.dryRun, Keys: []importedKey{}, Notes: []string{}}
	for _, out := range done {
		k := importedKey{Profile: out.name, AccessKeyID: out.ID, InKeyring: out.stored, Result: out.words(o), User: out.arn}
		if out.err != nil {
			k.Error = out.err.Error()
		}
		i.Keys = append(i.Keys, k)
	}
	for line := range strings.Lines(notes) {
		i.Notes = append(i.Notes, strings.TrimSuffix(line, "\n"))
	}
	return i
}

// words report a key's outcome.
func (out outcome) words(o options) string {
	switch {
	case out.err != nil:
		return "not imported"
	case out.skipped != "":
		return "left: " + out.skipped
	case o.dryRun && !out.stored:
		return "to be " + out.result
	}
	return out.result
}

// table has a row for each key.
func table(done []outcome, o options) string {
	var b strings.Builder
	t := ui.Columns(&b)
	fmt.Fprintln(t, "PROFILE\tKEY\tRESULT\tUSER")
	for _, out := range done {
		user := out.arn
		if user == "" && out.stored {
			user = "not verified"
		}
		ui.Row(t, out.name, out.ID, out.words(o), user)
	}
	t.Flush()
	return b.String()
}

// nextStep says how other programs get credentials now: the keys are no longer in the files for these profiles, nor for
// any role on top of them.
func nextStep(d Deps, done []outcome) string {
	set, err := d.Settings.Profiles()
	if err != nil {
		return ""
	}
	if !slices.ContainsFunc(done, func(out outcome) bool {
		_, ok := set.Profile(out.name)
		return ok && out.stored
	}) {
		return ""
	}
	return "To have the AWS CLI and the SDKs ask hatstand for credentials: hatstand adopt --all\n"
}

// failures returns the errors of the keys that were not imported. If others were, its exit code says that part of the
// work is done.
func failures(done []outcome, ended error) error {
	var errs ui.Errors
	some := false
	for _, out := range done {
		if out.err != nil {
			errs = append(errs, out.err)
		}
		some = some || out.stored
	}
	failed := len(errs)
	if ended != nil {
		errs = append(errs, ended)
	}
	switch {
	case len(errs) == 0:
		return nil
	case errors.Is(ended, mfa.ErrCancelled), errors.Is(ended, context.Canceled):
		return mfa.ErrCancelled
	case some && ended != nil && !isA[*stillInFileError](ended):
		return append(ui.Errors{errors.New("not all keys were imported: run it again for the rest")}, errs...)
	case some && failed > 0:
		return append(ui.Errors{fmt.Errorf("%d of %d keys were not imported", failed, len(done))}, errs...)
	}
	return errs
}

// A stillInFileError says that keys are in the keyring and, in plain text, in the file as well.
type stillInFileError struct {
	path, keys string
	err        error
}

func (e *stillInFileError) Error() string {
	return fmt.Sprintf("%s are in the keyring and still in %s: %v", e.keys, e.path, e.err)
}

func (e *stillInFileError) Unwrap() error { return e.err }

// Hints are the cause's, and how to go on.
func (e *stillInFileError) Hints() []string {
	return append(slices.Clone(advice.Hints(e.err)),
		"then take them out of the file: hatstand keys import --from credentials")
}

// profilesNamed are profiles in a sentence.
func profilesNamed(names []string) string {
	if len(names) == 1 {
		return "profile " + names[0]
	}
	return "profiles " + strings.Join(names, ", ")
}

// keysOf are the keys of profiles in a sentence.
func keysOf(names []string) string {
	if len(names) == 1 {
		return "the keys of profile " + names[0]
	}
	return fmt.Sprintf("the keys of %d profiles (%s)", len(names), strings.Join(names, ", "))
}
