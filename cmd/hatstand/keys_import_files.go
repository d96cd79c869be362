package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// importFromFiles moves keys out of the two files. A key leaves its file last, all keys of a file at
// once, and only if the file then still has what the keyring gave back.
func (a *parts) importFromFiles(ctx context.Context, o importing, names []string) error {
	config, credentials, err := profiles.Read(profiles.Locate(a.Getenv, a.GOOS))
	if err != nil {
		return err
	}
	set, err := profiles.Parse(config, credentials)
	if err != nil {
		return err
	}
	pairs, err := set.Pairs(names...)
	if err != nil {
		return err
	}
	if len(pairs) == 0 && len(names) == 0 {
		return a.ui().Print("No keys in " + a.placesOfKeys() + ".\n")
	}
	found := inFiles(pairs)
	if !o.keepFile {
		if found, err = stayTrue(found, pairs, set, config, credentials); err != nil {
			return err
		}
	}
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return err
	}
	held := func(name string) (cache.Keys, error) { return store.Keys(ctx, name) }
	if found, err = asked(names, found, held, a.placesOfKeys(), o.from); err != nil {
		return err
	}
	done, ended := a.importAll(ctx, found, o)
	if errors.Is(ended, mfa.ErrCancelled) || errors.Is(ended, context.Canceled) {
		return a.finished(done, o, ended, "") // the files stay as they are: running it again clears them
	}
	text, err := a.clearFiles(ctx, done, pairs, o)
	if err == nil {
		var more string
		more, err = a.addSections(ctx, done, o)
		text += more
	}
	if err == nil {
		var more string
		more, err = a.fromAWSMFA(ctx, done, o)
		text += more
	}
	if err != nil && ended == nil {
		ended = err
	}
	return a.finished(done, o, ended, text)
}

// inFiles is one candidate for each profile; a pair that stands in both files is one.
func inFiles(pairs []profiles.Pair) []candidate {
	var found []candidate
	for _, p := range pairs {
		if slices.ContainsFunc(found, func(c candidate) bool { return c.name == p.Profile }) {
			continue
		}
		c := candidate{name: p.Profile, pair: pair{p.AccessKeyID, p.SecretAccessKey.Reveal()}}
		if p.Temporary() {
			c.left = "temporary credentials"
		}
		found = append(found, c)
	}
	return found
}

// clearFiles takes the keys that the keyring has out of the files.
func (a *parts) clearFiles(ctx context.Context, done []outcome, pairs []profiles.Pair, o importing) (said string, err error) {
	if o.keepFile {
		return "", nil
	}
	at := profiles.Locate(a.Getenv, a.GOOS)
	files := []struct {
		which awsfile.File
		path  string
	}{{awsfile.Credentials, at.Short(at.Credentials)}, {awsfile.Config, at.Short(at.Config)}}
	for _, file := range files {
		leaving := leavingFile(done, pairs, file.which, o.dryRun)
		if len(leaving) == 0 {
			continue
		}
		if o.dryRun {
			said += fmt.Sprintf("To be removed from %s: %s.\n", ui.Plain(file.path), keysOf(namesOf(leaving)))
			continue
		}
		var gone []string
		wrote := a.files().Rewrite(ctx, file.which, func(f profiles.File) (after []byte, err error) {
			after, gone, err = withoutKeys(f, file.which, leaving)
			return after, err
		})
		switch {
		case wrote != nil:
			err = errors.Join(err, &stillThereError{path: file.path, names: keysOf(namesOf(leaving)), err: wrote})
		case len(gone) > 0:
			said += fmt.Sprintf("Removed from %s: %s.\n", ui.Plain(file.path), keysOf(gone))
		}
	}
	return said, err
}

// leavingFile are the pairs in a file whose keys the keyring has, or will have.
func leavingFile(done []outcome, pairs []profiles.Pair, which awsfile.File, planned bool) (leaving []profiles.Pair) {
	for _, p := range pairs {
		if p.Credentials != (which == awsfile.Credentials) {
			continue
		}
		if slices.ContainsFunc(done, func(out outcome) bool {
			return out.name == p.Profile && out.err == nil && out.left == "" && (out.kept || planned)
		}) {
			leaving = append(leaving, p)
		}
	}
	return leaving
}

// withoutKeys takes pairs out of a file, those that it still has as they were read.
func withoutKeys(f profiles.File, which awsfile.File, leaving []profiles.Pair) (after []byte, gone []string, err error) {
	config, credentials := f, profiles.File{}
	begin := edit.Config
	if which == awsfile.Credentials {
		config, credentials = credentials, f
		begin = edit.Credentials
	}
	set, err := profiles.Parse(config, credentials)
	if err != nil {
		return nil, nil, err
	}
	editor, err := begin(f)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range leaving {
		now, err := set.Pairs(p.Profile)
		if err != nil {
			return nil, nil, err
		}
		same := func(q profiles.Pair) bool {
			return q.Own == p.Own && q.AccessKeyID == p.AccessKeyID && q.SecretAccessKey == p.SecretAccessKey && !q.Temporary()
		}
		if !slices.ContainsFunc(now, same) {
			continue
		}
		if _, err := editor.Unset(edit.PairSection(p), edit.KeyNames()...); err != nil {
			return nil, nil, err
		}
		gone = append(gone, p.Profile)
	}
	return editor.Bytes(), gone, nil
}

// addSections makes [profile NAME] in the config file for profiles that only the credentials file has:
// credential_process belongs there, and adopt looks for it there.
func (a *parts) addSections(ctx context.Context, done []outcome, o importing) (said string, err error) {
	if o.keepFile {
		return "", nil
	}
	set, err := a.settings.Profiles()
	if err != nil {
		return "", err
	}
	var names, added []string
	for _, out := range done {
		if _, ok := set.Profile(out.name); ok && out.err == nil && out.left == "" && (out.kept || o.dryRun) {
			names = append(names, out.name)
		}
	}
	add := func(f profiles.File) ([]byte, error) {
		added = nil
		editor, err := edit.Config(f)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			made, err := editor.Add(edit.Profile(name))
			if err != nil {
				return nil, err
			}
			if made {
				added = append(added, name)
			}
		}
		return editor.Bytes(), nil
	}
	at := profiles.Locate(a.Getenv, a.GOOS)
	did := "Added to"
	if o.dryRun {
		did = "To be added to"
		var config profiles.File
		if config, _, err = profiles.Read(at); err == nil {
			_, err = add(config)
		}
	} else {
		err = a.files().Rewrite(ctx, awsfile.Config, add)
	}
	if err != nil || len(added) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s %s: an empty section for %s.\n", did, ui.Plain(at.Short(at.Config)), profilesNamed(added)), nil
}

func profilesNamed(names []string) string {
	if len(names) == 1 {
		return "profile " + names[0]
	}
	return "profiles " + strings.Join(names, ", ")
}

func namesOf(pairs []profiles.Pair) (names []string) {
	for _, p := range pairs {
		names = append(names, p.Profile)
	}
	return names
}

func keysOf(names []string) string {
	if len(names) == 1 {
		return "the keys of profile " + names[0]
	}
	return fmt.Sprintf("the keys of %d profiles (%s)", len(names), strings.Join(names, ", "))
}

// A stillThereError says that keys are in the keyring and, in plain text, in the file as well.
type stillThereError struct {
	path, names string
	err         error
}

func (e *stillThereError) Error() string {
	return fmt.Sprintf("%s are in the keyring and still in %s: %v", e.names, e.path, e.err)
}

func (e *stillThereError) Unwrap() error { return e.err }

// Hints are the cause's, and how to go on.
func (e *stillThereError) Hints() []string {
	return append(slices.Clone(advice.Hints(e.err)), "then take them out of the file: hatstand keys import --from credentials")
}
