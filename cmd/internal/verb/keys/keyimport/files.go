package keyimport

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hatstand/cache"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/accesskeys"
	"hatstand/profiles/edit"
)

// fromFiles moves keys out of the two files. A key leaves its file last, all keys of a file at
// once, and only if the file then still has what the keyring gave back.
func fromFiles(ctx context.Context, d Deps, o options, names []string) error {
	config, credentials, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return err
	}
	set, err := profiles.Parse(config, credentials)
	if err != nil {
		return err
	}
	pairs, err := accesskeys.Find(set, names...)
	if err != nil {
		return err
	}
	if len(pairs) == 0 && len(names) == 0 {
		return d.World.Streams().Print("No keys in " + filesNamed(d) + ".\n")
	}
	found := candidatesIn(pairs)
	if !o.keepFile {
		if found, err = rejectIdentityChanges(found, pairs, set, config, credentials); err != nil {
			return err
		}
	}
	keyring, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	stored := func(name string) (cache.Keys, error) { return keyring.Keys(ctx, name) }
	if found, err = withStored(found, names, stored, filesNamed(d), o.from); err != nil {
		return err
	}
	done, ended := storeAll(ctx, d, found, o)
	if errors.Is(ended, mfa.ErrCancelled) || errors.Is(ended, context.Canceled) {
		return report(d, done, o, ended, "") // the files stay as they are: running it again clears them
	}
	text, err := clearFiles(ctx, d, done, pairs, o)
	if err == nil {
		var more string
		more, err = addSections(ctx, d, done, o)
		text += more
	}
	if err == nil {
		var more string
		more, err = fromAWSMFA(ctx, d, done, o)
		text += more
	}
	if err != nil && ended == nil {
		ended = err
	}
	return report(d, done, o, ended, text)
}

// candidatesIn is one candidate for each profile; a pair that is in both files is one.
func candidatesIn(pairs []accesskeys.Pair) []candidate {
	var found []candidate
	for _, p := range pairs {
		if slices.ContainsFunc(found, func(c candidate) bool { return c.name == p.Profile }) {
			continue
		}
		c := candidate{name: p.Profile, Pair: keypair.Pair{ID: p.AccessKeyID, Secret: p.SecretAccessKey.Reveal()}}
		if p.Temporary() {
			c.skipped = "temporary credentials"
		}
		found = append(found, c)
	}
	return found
}

// clearFiles takes the keys that the keyring has out of the files.
func clearFiles(
	ctx context.Context, d Deps, done []outcome, pairs []accesskeys.Pair, o options,
) (said string, err error) {
	if o.keepFile {
		return "", nil
	}
	at := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
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
		wrote := d.Files.Rewrite(ctx, file.which, func(f profiles.File) (after []byte, err error) {
			after, gone, err = withoutKeys(f, file.which, leaving)
			return after, err
		})
		switch {
		case wrote != nil:
			err = errors.Join(err, &stillInFileError{path: file.path, keys: keysOf(namesOf(leaving)), err: wrote})
		case len(gone) > 0:
			said += fmt.Sprintf("Removed from %s: %s.\n", ui.Plain(file.path), keysOf(gone))
		}
	}
	return said, err
}

// leavingFile are the pairs in a file whose keys the keyring has, or will have.
func leavingFile(done []outcome, pairs []accesskeys.Pair, which awsfile.File, dryRun bool) (leaving []accesskeys.Pair) {
	for _, p := range pairs {
		if p.Credentials != (which == awsfile.Credentials) {
			continue
		}
		if slices.ContainsFunc(done, func(out outcome) bool {
			return out.name == p.Profile && out.imported(dryRun)
		}) {
			leaving = append(leaving, p)
		}
	}
	return leaving
}

// withoutKeys takes pairs out of a file, those that it still has as they were read.
func withoutKeys(
	f profiles.File, which awsfile.File, leaving []accesskeys.Pair,
) (after []byte, gone []string, err error) {
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
		now, err := accesskeys.Find(set, p.Profile)
		if err != nil {
			return nil, nil, err
		}
		same := func(q accesskeys.Pair) bool {
			return q.Own == p.Own && q.AccessKeyID == p.AccessKeyID && q.SecretAccessKey == p.SecretAccessKey &&
				!q.Temporary()
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
func addSections(ctx context.Context, d Deps, done []outcome, o options) (said string, err error) {
	if o.keepFile {
		return "", nil
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return "", err
	}
	var names, added []string
	for _, out := range done {
		if _, ok := set.Profile(out.name); ok && out.imported(o.dryRun) {
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
	at := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	did := "Added to"
	if o.dryRun {
		did = "To be added to"
		var config profiles.File
		if config, _, err = settings.ReadFiles(at); err == nil {
			_, err = add(config)
		}
	} else {
		err = d.Files.Rewrite(ctx, awsfile.Config, add)
	}
	if err != nil || len(added) == 0 {
		return "", err
	}
	return fmt.Sprintf(
		"%s %s: an empty section for %s.\n",
		did,
		ui.Plain(at.Short(at.Config)),
		profilesNamed(added),
	), nil
}

func namesOf(pairs []accesskeys.Pair) (names []string) {
	for _, p := range pairs {
		names = append(names, p.Profile)
	}
	return names
}

// filesNamed names the two files.
func filesNamed(d Deps) string {
	at := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	return at.Short(at.Credentials) + " or " + at.Short(at.Config)
}
