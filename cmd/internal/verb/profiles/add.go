package profiles

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/limits"
	"hatstand/profiles/partitions"
)

// addFlags are what profiles add is told of the new profile, as it was typed.
type addFlags struct {
	role, source, serial, region, externalID, duration string
	dryRun                                             bool
}

func newAdd(d Deps) *cobra.Command {
	var k addFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Write a profile for a role",
		Long: `Writes a profile that assumes a role at the end of the AWS config file. On a
terminal it asks for what no flag gives. Everything is checked before the file
is written, without asking AWS: the source profile has to exist, and the new one
must not. Every other byte of the file stays as it is.

The AWS CLI and the SDKs read the profile too, and assume its role themselves;
to have them use hatstand: hatstand adopt NAME. For the permission sets of IAM
Identity Center, hatstand profiles sync writes all profiles at once.`,
		Example: "  hatstand profiles add prod\n" +
			"  hatstand profiles add prod --role-arn 222222222222:Admin --source me --dry-run",
		Args:              ui.Exactly(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return d.add(cmd.Context(), args[0], k) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&k.role, "role-arn", "", "`ROLE` role to assume: an ARN, or ACCOUNT:ROLE")
	f.StringVar(&k.source, "source", "", "`PROFILE` profile whose credentials may assume the role")
	f.StringVar(&k.serial, "mfa-serial", "", "`SERIAL` MFA device, if the source profile names none")
	f.StringVar(&k.region, "region", "", "`REGION` region of the profile")
	f.StringVar(&k.externalID, "external-id", "", "`ID` external ID that the role requires")
	f.StringVar(&k.duration, "duration", "", "`TIME` how long the credentials live: 900 to 43200 seconds, or 15m to 12h")
	f.BoolVar(&k.dryRun, "dry-run", false, "show what would change in the file, as a diff, and write nothing")
	_ = cmd.RegisterFlagCompletionFunc("source", d.Targets.CompleteMany)
	return cmd
}

func (d Deps) add(ctx context.Context, name string, k addFlags) error {
	set, err := d.Settings.Profiles()
	if err != nil {
		return err
	}
	if err := checkNewName(set, name); err != nil {
		return err
	}
	if err := d.checkAdd(set, &k); err != nil {
		return err
	}
	if k.role == "" || k.source == "" {
		if err := d.askAdd(ctx, set, name, &k); err != nil {
			return err
		}
	}
	keys := k.settings()
	// Once before the file is locked, so that nothing waits behind a profile that cannot be.
	change, line, chain, err := d.withProfile(set, name, keys)
	if err != nil {
		return err
	}
	if k.dryRun {
		return d.printDiff(change)
	}
	err = d.Files.Rewrite(ctx, awsfile.Config, func(config profiles.File) ([]byte, error) {
		_, credentials, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
		if err != nil {
			return nil, err
		}
		set, err := profiles.Parse(config, credentials)
		if err != nil {
			return nil, err
		}
		if change, line, chain, err = d.withProfile(set, name, keys); err != nil {
			return nil, err
		}
		return change.Bytes(), nil
	})
	if err != nil {
		return err
	}
	return d.World.Streams().Print(d.addedText(name, line, chain))
}

// addedText says what was written, and what can be done with it.
func (d Deps) addedText(name string, line int, chain *profiles.Chain) string {
	at := settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	role, word := chain.Roles[len(chain.Roles)-1], advice.ShellWord(name)
	return fmt.Sprintf("Added profile %s (%s:%d): %s in %s, from %s.\nUse it: hatstand exec %s -- aws sts get-caller-identity\n"+
		"Let the AWS CLI and SDKs use it through hatstand: hatstand adopt %s\n",
		name, at.Short(at.Config), line, role.Name, role.AccountID, chain.Base.Profile, word, word)
}

// checkNewName refuses a name that no profile can have, one that is a flag to every program, and one that is taken.
func checkNewName(set *profiles.Set, name string) error {
	if err := profiles.CheckName(name); err != nil {
		return &ui.UsageError{Reason: err.Error(), Next: "choose a name of letters, digits, - and _"}
	}
	if strings.HasPrefix(name, "-") {
		return &ui.UsageError{
			Reason: "a profile named " + ui.Quoted(name) + " would look like a flag", Next: "choose another name",
		}
	}
	_, _, err := edit.AddProfile(set, name, nil)
	return err
}

// checkAdd checks the flags that are given, and turns them into what the file has.
func (d Deps) checkAdd(set *profiles.Set, k *addFlags) error {
	for _, flag := range []struct {
		name  string
		value *string
		check func(*profiles.Set, addFlags, string) (string, error)
	}{
		{"--source", &k.source, checkSource}, {"--region", &k.region, checkRegion}, {"--role-arn", &k.role, wholeRole},
		{"--mfa-serial", &k.serial, checkSerial}, {"--external-id", &k.externalID, checkExternalID},
		{"--duration", &k.duration, inSeconds},
	} {
		if *flag.value == "" {
			continue
		}
		value, err := flag.check(set, *k, *flag.value)
		if err != nil {
			hints := advice.Hints(err)
			return &ui.UsageError{Reason: flag.name + ": " + err.Error(), Next: strings.Join(hints, "; ")}
		}
		*flag.value = value
	}
	return nil
}

// askAdd asks for what the flags have left out.
func (d Deps) askAdd(ctx context.Context, set *profiles.Set, name string, k *addFlags) error {
	ask := d.World.Streams()
	if !ask.CanChoose() {
		missing, example := "--source", "me"
		if k.role == "" {
			missing, example = "--role-arn", "222222222222:Admin"
		}
		return &ui.UsageError{
			Reason: "profiles add needs " + missing + ", and there is no terminal to ask on",
			Next:   "as in: hatstand profiles add " + advice.ShellWord(name) + " " + missing + " " + example,
		}
	}
	var err error
	input := func(into *string, question, preset string, check func(*profiles.Set, addFlags, string) (string, error)) {
		if err != nil || *into != "" {
			return
		}
		*into, err = ask.Line(ctx, question, preset, func(text string) error {
			_, err := check(set, *k, text)
			return err
		})
		if err == nil {
			*into, err = check(set, *k, *into)
		}
	}
	if k.source == "" {
		if k.source, err = d.Targets.Choose(ctx, "Whose credentials may assume the role?"); err != nil {
			return err
		}
	}
	input(&k.role, "Role (ARN, or ACCOUNT:ROLE):", "", wholeRole)
	if source, ok := set.Profile(k.source); ok && err == nil {
		chain, failed := set.Chain(profiles.Request{Target: k.source, Getenv: d.Settings.Environment().OfProfile})
		if failed == nil && chain.Base.Life() == profiles.LongLived && len(chain.Roles) == 0 &&
			!chain.Base.MFASerial.IsSet() {
			input(&k.serial, "MFA device's serial (Enter: none):", "", checkSerial)
		}
		region := source.Get("region").Value
		input(&k.region, "Region (Enter: "+cmp.Or(region, "none")+"):", region, checkRegion)
	}
	return err
}

// settings returns the profile's settings, in the order in which they are written.
func (k addFlags) settings() (all []edit.KeyValue) {
	for _, s := range []edit.KeyValue{
		{Key: "role_arn", Value: k.role}, {Key: "source_profile", Value: k.source},
		{Key: "mfa_serial", Value: k.serial}, {Key: "external_id", Value: k.externalID},
		{Key: "duration_seconds", Value: k.duration}, {Key: "region", Value: k.region},
	} {
		if s.Value != "" {
			all = append(all, s)
		}
	}
	return all
}

// withProfile is the file with the new profile, which hatstand can give credentials for.
func (d Deps) withProfile(
	set *profiles.Set, name string, settings []edit.KeyValue,
) (change *edit.Change, line int, chain *profiles.Chain, err error) {
	if change, line, err = edit.AddProfile(set, name, settings); err != nil {
		return nil, 0, nil, err
	}
	config, keys := set.Files()
	config.Data = change.Bytes()
	after, err := profiles.Parse(config, keys)
	if err != nil {
		return nil, 0, nil, err
	}
	chain, err = after.Chain(profiles.Request{
		Target: name, Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self(),
	})
	if err != nil {
		return nil, 0, nil, err
	}
	_, err = credproc.NewPlan(chain, credproc.Options{Ambient: standIn()})
	return change, line, chain, err
}

func checkSource(set *profiles.Set, _ addFlags, source string) (string, error) {
	_, err := set.Chain(profiles.Request{Target: source})
	return source, err
}

func checkRegion(_ *profiles.Set, _ addFlags, region string) (string, error) {
	if region == "" {
		return "", nil
	}
	return region, limits.CheckRegion(region)
}

// wholeRole returns the ARN of a role that was given as ACCOUNT:ROLE. The region decides the partition.
func wholeRole(set *profiles.Set, k addFlags, role string) (string, error) {
	if account, name, ok := limits.CutRole(role); ok {
		region := k.region
		if source, ok := set.Profile(k.source); ok && region == "" {
			region = source.Get("region").Value
		}
		role = "arn:" + partitions.Of(region) + ":iam::" + account + ":role/" + name
	}
	_, err := limits.ParseRoleARN(role)
	return role, err
}

func checkSerial(_ *profiles.Set, _ addFlags, serial string) (string, error) {
	if serial == "" {
		return "", nil
	}
	if err := limits.CheckSerial(serial); err != nil {
		return "", err
	}
	return serial, mfa.CheckDevice(serial)
}

func checkExternalID(_ *profiles.Set, _ addFlags, id string) (string, error) {
	return id, limits.CheckExternalID(id)
}

// inSeconds is a duration as the AWS CLI and the SDKs read it.
func inSeconds(_ *profiles.Set, _ addFlags, text string) (string, error) {
	d, err := limits.ParseDuration(text)
	if err == nil {
		err = limits.CheckRoleDuration(d)
	}
	return strconv.Itoa(int(d / time.Second)), err
}
