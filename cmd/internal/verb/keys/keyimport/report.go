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
	var b strings.Builder
	if len(done) > 0 {
		b.WriteString(table(done, o))
	}
	for _, out := range done {
		b.WriteString(keypair.RootWarning(out.name, out.arn))
	}
	b.WriteString(more)
	if !o.dryRun && !o.keepFile && ended == nil {
		b.WriteString(nextStep(d, done))
	}
	if err := d.World.Streams().Print(b.String()); err != nil {
		return err
	}
	return failures(done, ended)
}

// table has a row for each key.
func table(done []outcome, o options) string {
	var b strings.Builder
	t := ui.Columns(&b)
	fmt.Fprintln(t, "PROFILE\tKEY\tRESULT\tUSER")
	for _, out := range done {
		result := out.result
		switch {
		case out.err != nil:
			result = "not imported"
		case out.skipped != "":
			result = "left: " + out.skipped
		case o.dryRun && !out.stored:
			result = "to be " + result
		}
		user := out.arn
		if user == "" && out.stored {
			user = "not verified"
		}
		ui.Row(t, out.name, out.ID, result, user)
	}
	t.Flush()
	return b.String()
}

// nextStep says how other programs get credentials now: not these profiles alone start from keys that are out of the
// files, but every role of theirs too.
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

// failures are the errors of those that were not imported. Where others were, the exit code is that of work done in
// part.
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
